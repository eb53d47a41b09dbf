import { expect, it } from 'vitest'
import { HostError, type RunResult } from './host.ts'
import { report } from './journal.ts'

async function reported(error: unknown) {
  const written: string[] = []
  const run = async (_: string, __: readonly string[], { input = '' } = {}): Promise<RunResult> => {
    written.push(input)
    return { status: 0, stdout: '', stderr: '' }
  }
  await report({ run }, error, (text) => void written.push(text))
  return written
}

it('reports an expected failure in one line, to its caller and to the journal', async () => {
  expect(await reported(new HostError('The disk is full'))).toEqual([
    'naru: The disk is full\n',
    'The disk is full\n',
  ])
})

it('reports why a query failed, without its parameters', async () => {
  const failed = new Error('Failed query: insert (?) params: olla@example.org', {
    cause: new Error('no such table'),
  })
  const written = await reported(Object.assign(failed, { query: 'insert (?)', params: ['olla@example.org'] }))
  for (const text of written) expect(text).toContain('A query failed: Error: no such table')
  expect(written.join('')).not.toContain('olla')
})
