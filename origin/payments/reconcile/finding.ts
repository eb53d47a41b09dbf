/** What reconciling can find, as it is counted and logged. */
export type Found =
  /** An order that was cancelled and whose money or units are not back. */
  | 'cancellation-unfinished'
  /** A payment that is recorded, neither settled nor given up, and that no worker will find. */
  | 'payment-unfinished'
  /** The same, but dead-lettered after too many attempts: what becomes of it is for people to decide. */
  | 'payment-dead-lettered'
  /** Charged and to be given back, and no worker will find it. */
  | 'refund-unfinished'
  /** Charged, though the payment was declined, given up, or given back. */
  | 'charge-of-ended-payment'
  /** Another charge than the one the payment names. */
  | 'second-charge'
  | 'charge-without-payment'
  /** Another amount or currency than the payment's. */
  | 'charge-differs'
  /** An order stands, and the charge its payment names did not succeed. */
  | 'order-not-charged'
  /** A payment has expired, and its attempt, which charged nothing, is open at the provider. */
  | 'attempt-left-open'
  /** A payment is not settled, and its money was given back by someone else. */
  | 'refunded-outside'
  /** Something of a charge was refunded or disputed at the provider, without Naru. */
  | 'reversed-outside'
  /** A payment that has ended without an order was given back in part only. */
  | 'refunded-in-part'
  /** Something was not looked at: the provider did not answer, or there was more than one run looks at. */
  | 'not-all-read'

/**
 * What was done about it. `finished`, `refunded` and `released` (the units are for sale again) close it; `waiting` was
 * tried and will be again; `listed` is for people, and nothing is guessed.
 */
export type Done = 'finished' | 'refunded' | 'released' | 'waiting' | 'listed'

export type Finding = {
  found: Found
  done: Done
  /** In words. */
  reason: string
  payment?: string
  order?: string
  /** The provider's ID. */
  charge?: string
  amountMinor?: number
  currency?: string
}

export function isOpen({ done }: Finding): boolean {
  return done === 'waiting' || done === 'listed'
}
