import QuickLRU from 'quick-lru'
import { hasEnded, type PaymentStatus } from './payment.ts'
import type { PaymentChanges } from './payment-changes.ts'

type ReadInput = { room: string; payment: string; account: string }
export type ReadPayment = (input: ReadInput) => Promise<PaymentStatus | undefined>

/** A final state may still be followed by a refund, of which the notification may be missed. */
const CACHED_MS_MAX = 10_000
export const PAYMENTS_CACHED_MAX = 20_000

/**
 * Reads payments with a bounded cache of those that have ended. A cached payment is dropped when a change of it is
 * received; while no changes can be received, nothing is cached.
 */
export function createPaymentReader(deps: {
  read: ReadPayment
  changes: Pick<PaymentChanges, 'isConnected' | 'onChange'>
  cachedMax: number
}): ReadPayment {
  const ends = new QuickLRU<string, { account: string; room: string; status: PaymentStatus }>({
    maxSize: deps.cachedMax,
    maxAge: CACHED_MS_MAX,
  })
  let changes = 0
  deps.changes.onChange((payment) => {
    changes += 1
    if (payment === undefined) ends.clear()
    else ends.delete(payment)
  })

  return async (input) => {
    const cached = ends.get(input.payment)
    if (cached !== undefined) {
      return cached.account === input.account && cached.room === input.room ? cached.status : undefined
    }
    const changesBefore = changes
    const status = await deps.read(input)
    // A value read before a change that has been received since may be outdated already.
    if (
      status !== undefined &&
      hasEnded(status.state) &&
      deps.changes.isConnected() &&
      changes === changesBefore
    ) {
      ends.set(input.payment, { account: input.account, room: input.room, status })
    }
    return status
  }
}
