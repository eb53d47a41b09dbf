import type { ReversalState } from '../../drizzle/schema/purchases.ts'

/** A charge to be made. The same key always means the same charge: the provider makes it once. */
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
  /** No answer, or one that leaves it open: the charge may or may not exist. Ask with `findCharge`. */
  | { status: 'unknown'; cause: unknown }

export type AbandonOutcome =
  | { status: 'abandoned' }
  | { status: 'succeeded'; chargeId: string }
  /** No answer, or one that leaves it open. */
  | { status: 'unknown'; cause: unknown }

/** A charge as the provider's ledger have it. */
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

/** What Naru needs of a payment provider. No promise rejects: what cannot be told is an outcome of its own. */
export type PaymentProvider = {
  charge(request: ChargeRequest): Promise<ChargeOutcome>
  /**
   * The truth about an earlier attempt; `none` when nothing has been charged under the key. Never charges.
   *
   * @param request - what the attempt asked for. Without it Stripe cannot tell `none`, and says `unknown` instead.
   */
  findCharge(key: string, request?: ChargeRequest): Promise<ChargeOutcome | { status: 'none' }>
  /**
   * Takes back an attempt that was given up, so that nothing of it stays open at the provider and, where the provider
   * can promise that, nothing is charged under the key any more. Only for a payment that MySQL has as expired: before
   * that a worker may still charge it. May be repeated. `succeeded`: it was charged after all, and is left as it is.
   * Missing where an attempt that charged nothing leaves nothing.
   */
  abandon?(request: ChargeRequest): Promise<AbandonOutcome>
  /**
   * Gives a whole charge back, once for each key: what is left of it, when some of it went back otherwise.
   *
   * @param request.chargeId - saves a provider that knows charges by IDs of its own from looking the key up
   */
  refund(request: {
    key: string
    chargeKey: string
    chargeId?: string
    amountMinor: number
  }): Promise<{ status: 'refunded' } | { status: 'unknown'; cause: unknown }>
  /**
   * Every charge since a time, in no order, page by page. The iteration throws when the provider does not answer, or
   * when there are more than the provider was configured to list: a list that ends is a whole one.
   */
  listCharges?(options: { since: Date }): AsyncIterable<ListedCharge>
  /** Every refund and dispute of a charge, whoever made it. Missing where a provider has none but ours. */
  findReversals?(charge: { key: string; chargeId: string }): Promise<FoundReversals>
  /**
   * Charges, however old, of which something was refunded or disputed since a time, by their key; some maybe more than
   * once. Throws as `listCharges` does.
   */
  listReversed?(options: { since: Date }): AsyncIterable<{ key: string; kind: Reversal['kind'] }>
}
