import { describe, expect, it } from 'vitest'
import type { PaymentStatus } from '../payment.ts'
import { createPaymentCompletion } from './complete-payment.ts'

const INTERVAL_MS = 100
/** Timers may fire a little before the clock shows their time. */
const TIMER_MS = 5
const fan = { room: 'room', payment: 'payment', account: 'account' }

/** A payment that waits for its fan, with when the provider was asked about each. */
function openCompletion() {
  const waiting: PaymentStatus = { id: fan.payment, state: 'action', orderId: undefined, reason: undefined }
  const asked: { payment: string; at: number }[] = []
  const ask = async (payment: string) => {
    asked.push({ payment, at: Date.now() })
    return { status: 'unknown', cause: new Error('the provider is silent') } as const
  }
  const completion = createPaymentCompletion({
    ...{ read: async () => waiting, resolve: ask, giveUp: ask },
    ...{ now: Date.now, intervalMs: INTERVAL_MS },
  })
  return { completion, asked, waiting }
}

describe('a fan who completes a payment in a loop', () => {
  it.each(['complete', 'leave'] as const)(
    'has the provider asked once per interval by "%s"',
    async (verb) => {
      const { completion, asked } = openCompletion()
      for (let i = 0; i < 3; i += 1) await completion[verb](fan)
      const pauses = asked.slice(1).map(({ at }, i) => at - (asked[i]?.at ?? at))
      expect(pauses).toHaveLength(2)
      for (const ms of pauses) expect(ms).toBeGreaterThanOrEqual(INTERVAL_MS - TIMER_MS)
    },
  )

  it('shares one look-up among concurrent requests, also among those that came too soon', async () => {
    const { completion, asked, waiting } = openCompletion()
    await completion.complete(fan)
    const answers = await Promise.all(Array.from({ length: 20 }, () => completion.complete(fan)))
    expect(answers).toEqual(Array.from({ length: 20 }, () => waiting))
    expect(asked).toHaveLength(2)
  })

  it('delays no other payment', async () => {
    const { completion, asked } = openCompletion()
    await completion.complete(fan)
    const slow = completion.complete(fan)
    await completion.complete({ ...fan, payment: 'other' })
    expect(asked.map(({ payment }) => payment)).toEqual(['payment', 'other'])
    await slow
  })
})
