import { expect, it } from 'vitest'
import { createDeadline } from './deadline.ts'

it('aborts what takes too long, and sends nothing after that', async () => {
  const call = createDeadline(20)
  expect(await call(async () => 'in time')).toBe('in time')
  await expect(call(() => new Promise(() => {}))).rejects.toThrow(/timeout/i)
  let sent = false
  const late = call(async () => {
    sent = true
  })
  await expect(late).rejects.toThrow(/timeout/i)
  expect(sent).toBe(false)
})
