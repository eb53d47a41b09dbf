import { spawnSync } from 'node:child_process'
import { expect, it } from 'vitest'

/** The output of a process that logs this. */
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

it('redacts tokens and passwords', () => {
  const text = logged(
    "log.info({ token: 'sec-1', body: { password: 'sec-2' }, headers: { cookie: 'sec-3' } }, 'x')",
  )
  expect(text).toContain('[secret]')
  expect(text).not.toContain('sec-')
})

it('reports which query failed and why, without its values', () => {
  const text = logged(`
    const error = new Error('Failed query: insert (?) params: sec-1', { cause: new Error('table is full') })
    log.error({ err: Object.assign(error, { query: 'insert (?)', params: ['sec-1'] }) }, 'x')`)
  expect(text).toContain('insert (?)')
  expect(text).toContain('table is full')
  expect(text).not.toContain('sec-1')
})
