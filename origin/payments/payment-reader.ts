import QuickLRU from 'quick-lru'
import { hasEnded, type PaymentStatus } from './payment.ts'
import type { PaymentChanges } from './payment-changes.ts'

type ReadInput = { room: string; payment: string; account: string }
export type ReadPayment = (input: ReadInput) => Promise<PaymentStatus | undefined>

/** A final state may still be followed by a refund, of which the notification may be missed. */
const KEPT_MS_MAX = 10_000
export const PAYMENTS_CACHED_MAX = 20_000

/**
 * Reads payments with a bounded cache of those that have ended. A cached payment is dropped when a change of it is
 * received; while no changes can be received, nothing is cached.
 */
export function createPaymentReader(deps: {
  read: ReadPayment
  changes: Pick<PaymentChanges, 'heard' | 'onChange'>
  keptMax: number
}): ReadPayment {
  const ends = new QuickLRU<string, { account: string; room: string; status: PaymentStatus }>({
    maxSize: deps.keptMax,
    maxAge: KEPT_MS_MAX,
  })
  let changes = 0
  deps.changes.onChange((payment) => {
    changes += 1
    if (payment === undefined) ends.clear()
    else ends.delete(payment)
  })

  return async (input) => {
    const kept = ends.get(input.payment)
    if (kept !== undefined) {
      return kept.account === input.account && kept.room === input.room ? kept.status : undefined
    }
    const changesBefore = changes
    const status = await deps.read(input)
    // A value read before a change that has been received since may be outdated already.
    if (status !== undefined && hasEnded(status.state) && deps.changes.heard() && changes === changesBefore) {
      ends.set(input.payment, { account: input.account, room: input.room, status })
    }
    return status
  }
}
