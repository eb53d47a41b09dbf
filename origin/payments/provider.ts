import type { ReversalState } from '../../drizzle/schema/purchases.ts'

/** A charge to request. The same key always means the same charge: the provider executes it once. */
export type ChargeRequest = {
  key: string
  amountMinor: number
  currency: string
  method: string
  /** Shown in the provider's ledger. */
  reference: string
}

export type ChargeOutcome =
  | { status: 'succeeded'; chargeId: string }
  | { status: 'declined'; reason: string }
  /** No response, or an inconclusive one: the charge may or may not exist. Look it up with `findCharge`. */
  | { status: 'unknown'; cause: unknown }

export type AbandonOutcome =
  | { status: 'abandoned' }
  | { status: 'succeeded'; chargeId: string }
  /** No response, or an inconclusive one. */
  | { status: 'unknown'; cause: unknown }

/** A charge as the provider's ledger has it. */
export type ListedCharge = {
  key: string
  chargeId: string
  amountMinor: number
  currency: string
  /** `open` was begun and has moved no money so far. */
  status: 'succeeded' | 'declined' | 'open'
  refundedMinor: number
  createdAt: Date
}

/** A refund or a dispute of a charge, as the provider has it. */
export type Reversal = {
  /** The provider's ID. */
  id: string
  kind: 'refund' | 'dispute'
  /** `open`: a dispute that is not decided. `done`: the fan has the money, or will. `failed`: they do not get it. */
  state: ReversalState
  amountMinor: number
  madeAt: Date
}

type FoundReversals = { status: 'found'; reversals: Reversal[] } | { status: 'unknown'; cause: unknown }

/** What Naru needs of a payment provider. No promise rejects: an unknown outcome is a result too. */
export type PaymentProvider = {
  charge(request: ChargeRequest): Promise<ChargeOutcome>
  /**
   * The actual outcome of an earlier attempt; `none` when nothing has been charged under the key. Never charges.
   *
   * @param request - the request of that attempt. Without it Stripe cannot return `none`, and returns `unknown`
   * instead.
   */
  findCharge(key: string, request?: ChargeRequest): Promise<ChargeOutcome | { status: 'none' }>
  /**
   * Cancels an abandoned attempt, so that nothing of it stays open at the provider and, where the provider can
   * guarantee that, nothing is charged under the key any more. Only for a payment that MySQL has as expired: before
   * that a worker may still charge it. May be repeated. `succeeded`: it was charged after all, and is left as it is.
   * Missing where an attempt that charged nothing leaves nothing open.
   */
  abandon?(request: ChargeRequest): Promise<AbandonOutcome>
  /**
   * Refunds a whole charge, once for each key: the remainder, when part of it was refunded in another way.
   *
   * @param request.chargeId - saves a provider that has its own charge IDs a look-up by key
   */
  refund(request: {
    key: string
    chargeKey: string
    chargeId?: string
    amountMinor: number
  }): Promise<{ status: 'refunded' } | { status: 'unknown'; cause: unknown }>
  /**
   * Every charge since a time, in no order, page by page. The iteration throws when the provider does not respond, or
   * when there are more than the provider was configured to list: a list that ends is complete.
   */
  listCharges?(options: { since: Date }): AsyncIterable<ListedCharge>
  /** Every refund and dispute of a charge, made by Naru or not. Missing where a provider has only Naru's. */
  findReversals?(charge: { key: string; chargeId: string }): Promise<FoundReversals>
  /**
   * The keys of charges, however old, of which something was refunded or disputed since a time; possibly with
   * duplicates. Throws as `listCharges` does.
   */
  listReversed?(options: { since: Date }): AsyncIterable<{ key: string; kind: Reversal['kind'] }>
}
