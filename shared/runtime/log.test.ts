import { spawnSync } from 'node:child_process'
import { expect, it } from 'vitest'

/** What a process writes that logs this. */
function logged(statement: string): string {
  const program = `import { createLogger } from '${new URL('./log.ts', import.meta.url).href}'
const log = createLogger('test', 'info')
${statement}`
  const run = spawnSync(process.execPath, ['--input-type=module', '-e', program], { encoding: 'utf8' })
  return run.stdout
}

it('writes one JSON line with the service and an ISO time', () => {
  const line = JSON.parse(logged("log.info({ room: 'r' }, 'said')")) as Record<string, unknown>
  expect(line).toMatchObject({ service: 'test', room: 'r', msg: 'said' })
  expect(String(line['time'])).toMatch(/^\d{4}-\d\d-\d\dT/)
})

it('keeps tokens and passwords out', () => {
  const text = logged(
    "log.info({ token: 'sec-1', body: { password: 'sec-2' }, headers: { cookie: 'sec-3' } }, 'x')",
  )
  expect(text).toContain('[secret]')
  expect(text).not.toContain('sec-')
})

it('says which query failed and why, and not with which values', () => {
  const text = logged(`
    const error = new Error('Failed query: insert (?) params: sec-1', { cause: new Error('table is full') })
    log.error({ err: Object.assign(error, { query: 'insert (?)', params: ['sec-1'] }) }, 'x')`)
  expect(text).toContain('insert (?)')
  expect(text).toContain('table is full')
  expect(text).not.toContain('sec-1')
})
