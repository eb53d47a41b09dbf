import { expect, it, vi } from 'vitest'
import { retryDeadlocks } from './transaction.ts'

const failure = (code: string) => Object.assign(new Error('Query failed'), { code })

/** Fails a number of times, and then returns how often it was called. */
function failing(times: number, code: string) {
  let calls = 0
  return vi.fn(async () => {
    calls += 1
    if (calls <= times) throw failure(code)
    return calls
  })
}

it('retries what the database aborted to resolve a conflict', async () => {
  expect(await retryDeadlocks(failing(0, ''))).toBe(1)
  expect(await retryDeadlocks(failing(1, 'ER_LOCK_DEADLOCK'))).toBe(2)
  expect(await retryDeadlocks(failing(4, 'ER_LOCK_WAIT_TIMEOUT'))).toBe(5)
})

it('rethrows the deadlock of the fifth attempt', async () => {
  const run = failing(5, 'ER_LOCK_DEADLOCK')
  await expect(retryDeadlocks(run)).rejects.toMatchObject({ code: 'ER_LOCK_DEADLOCK' })
  expect(run).toHaveBeenCalledTimes(5)
})

it('rethrows any other error without a retry, unless the caller marks it as retryable', async () => {
  const run = failing(1, 'ER_DUP_ENTRY')
  await expect(retryDeadlocks(run)).rejects.toMatchObject({ code: 'ER_DUP_ENTRY' })
  expect(run).toHaveBeenCalledTimes(1)
  const isDuplicate = (error: unknown) =>
    error instanceof Error && 'code' in error && error.code === 'ER_DUP_ENTRY'
  expect(await retryDeadlocks(failing(1, 'ER_DUP_ENTRY'), isDuplicate)).toBe(2)
})
