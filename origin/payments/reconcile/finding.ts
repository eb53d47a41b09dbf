/** What reconciling can find, as counted and logged. */
export type Found =
  /** An order that was cancelled and whose money is not refunded or whose units are not free. */
  | 'cancellation-unfinished'
  /** A refund of a part of an order that is not decided, or whose units are not free. */
  | 'part-refund-unfinished'
  /** A payment that is recorded, neither settled nor expired, and that no worker will find. */
  | 'payment-unfinished'
  /** The same, but dead-lettered after too many attempts: an organiser decides about it. */
  | 'payment-dead-lettered'
  /** Charged and to be refunded, and no worker will find it. */
  | 'refund-unfinished'
  /** Charged, though the payment was declined, expired, or refunded. */
  | 'charge-of-ended-payment'
  /** A charge other than the one the payment names. */
  | 'second-charge'
  | 'charge-without-payment'
  /** Amount or currency differs from the payment's. */
  | 'charge-differs'
  /** An order is owned, and the charge its payment names did not succeed. */
  | 'order-not-charged'
  /** A payment has expired, and its attempt, which charged nothing, is open at the provider. */
  | 'attempt-left-open'
  /** A payment is not settled, and its money was refunded outside Naru. */
  | 'refunded-outside'
  /** Something of a charge was refunded or disputed at the provider, without Naru. */
  | 'reversed-outside'
  /** A payment that has ended without an order was refunded only in part. */
  | 'refunded-in-part'
  /** Something was not checked: the provider did not respond, or there was more than one run checks. */
  | 'not-all-read'

/**
 * What was done about it. `finished`, `refunded` and `released` (the units are for sale again) close it; `waiting` was
 * attempted and will be again; `listed` is left for an organiser, and nothing is guessed.
 */
export type Done = 'finished' | 'refunded' | 'released' | 'waiting' | 'listed'

export type Finding = {
  found: Found
  done: Done
  /** A description. */
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
