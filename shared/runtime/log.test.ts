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
  const line = JSON.parse(logged("log.info({ room: 'r' }, 'a message')")) as Record<string, unknown>
  expect(line).toMatchObject({ service: 'test', room: 'r', msg: 'a message' })
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

it('reports a failed query within another error without its values', () => {
  const text = logged(`
    const query = new Error('Failed query: insert (?) params: sec-1', { cause: new Error('table is full') })
    Object.assign(query, { query: 'insert (?)', params: ['sec-1'] })
    const error = new Error('The shop does not answer', { cause: query })
    log.error({ err: error }, 'x')
    log.error({ err: new AggregateError([error], 'all failed') }, 'x')`)
  expect(text).toContain('The shop does not answer: A query failed: table is full')
  expect(text).not.toContain('sec-1')
})

it('reports which command Redis refused and why, without what it was sent', () => {
  const text = logged(`
    const command = { name: 'hello', args: ['3', 'AUTH', 'default', 'sec-1'] }
    const refused = Object.assign(new Error('WRONGPASS invalid password'), { command })
    log.warn({ err: refused }, 'x')
    log.warn({ err: Object.assign(new Error('no node'), { lastNodeError: refused }) }, 'x')
    log.warn({ err: Object.assign(new Error('aborted'), { previousErrors: [refused] }) }, 'x')
    log.warn({ err: new Error('lost', { cause: refused }) }, 'x')`)
  expect(text.match(/"command":"hello"/g)).toHaveLength(4)
  expect(text).not.toContain('sec-1')
})

it('reports the code, the stack and the causes of any other error, however deep they go', () => {
  const text = logged(`
    const error = Object.assign(new Error('no way', { cause: new Error('cut') }), { code: 'EPIPE' })
    log.warn({ err: error }, 'x')
    const own = new Error('own')
    own.cause = own
    log.warn({ err: own }, 'x')`)
  const [first = '', second = ''] = text.split('\n')
  expect(JSON.parse(first)).toMatchObject({
    err: { type: 'Error', message: 'no way: cut', code: 'EPIPE', cause: { message: 'cut' } },
  })
  expect(first).toContain('at file:')
  expect(second).toContain('own: own')
})
