import type { PaymentAction, ReversalState } from '../../drizzle/schema/purchases.ts'
import type { Checkout } from '../../shared/checkout.ts'

export type { PaymentAction }

/** An attempt to charge. The same key always means the same charge: the provider executes it once. */
export type ChargeAttempt = {
  key: string
  amountMinor: number
  currency: string
  method: string
  /** Shown in the provider's ledger. */
  reference: string
  /**
   * Until when the fan may complete an action. The provider's own end of it is not later, where it can be set. Differs
   * between repeated requests: it is no part of what makes two of them the same.
   */
  until: Date
  /** Of a deposit: until when its money may arrive. */
  depositUntil?: Date
}

/** A charge to request. */
export type ChargeRequest = ChargeAttempt & {
  /** Where the provider sends the fan after an action. Nothing that arrives there is believed. */
  returnUrl: string
}

export type SuccessfulCharge = {
  status: 'succeeded'
  chargeId: string
  /** What was paid by the provider's own record, where it has one: a difference from the payment is refunded. */
  amountMinor?: number
  currency?: string
}

export type ChargeOutcome =
  | SuccessfulCharge
  | { status: 'declined'; reason: string }
  /** No response, or an inconclusive one: the charge may or may not exist. Look it up with `findCharge`. */
  | { status: 'unknown'; cause: unknown }

/** Nothing is charged before the fan has done something. */
export type ActionRequired = {
  status: 'action'
  chargeId: string
  action: PaymentAction
  until: Date
}

/** `action`: it is still open. An action that ended without money, as expired or cancelled, is `declined`. */
export type FoundCharge = ChargeOutcome | ActionRequired | { status: 'none' }

export type AbandonOutcome =
  | { status: 'abandoned' }
  | SuccessfulCharge
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
  /** The key of the refund that Naru requested; missing when it was made in another way. */
  key?: string
  kind: 'refund' | 'dispute'
  /** `open`: a dispute that is not decided. `done`: the fan has the money, or will. `failed`: they do not get it. */
  state: ReversalState
  amountMinor: number
  madeAt: Date
}

export type RefundRequest = {
  key: string
  chargeKey: string
  /** Saves a provider that has its own charge IDs a look-up by key. */
  chargeId?: string
  /** Without `part`, only what is believed to remain: the provider's own record decides how much is refunded. */
  amountMinor: number
  currency: string
  /** Exactly `amountMinor` instead of all that remains; more than remains is refused. */
  part?: true
  /** Where to send money that arrived as a deposit, if the provider needs to be told. */
  refundAccount?: { bank: string; accountNumber: string; holder: string }
}

export type RefundOutcome =
  | { status: 'refunded' }
  /** The provider has it and will execute it: the same request returns its present state. */
  | { status: 'pending' }
  | { status: 'refused'; reason: string }
  | { status: 'unknown'; cause: unknown }

type FoundReversals = { status: 'found'; reversals: Reversal[] } | { status: 'unknown'; cause: unknown }

/** What Naru needs of a payment provider. No promise rejects: an unknown outcome is a result too. */
export type PaymentProvider = {
  /** What the page that pays needs. */
  checkout: Checkout
  charge(request: ChargeRequest): Promise<ChargeOutcome | ActionRequired>
  /**
   * What the provider's own record says of an earlier attempt; `none` when nothing is known under the key. Never
   * charges. Completes an action: what comes back through the browser is never asked.
   *
   * @param attempt - that attempt. Without it Stripe cannot return `none`, and returns `unknown` instead.
   */
  findCharge(key: string, attempt?: ChargeAttempt): Promise<FoundCharge>
  /**
   * Cancels an attempt, also an account to pay into, so that nothing of it stays open at the provider and, where the
   * provider can guarantee that, nothing is charged under the key any more. Only for a payment that no worker charges
   * any more: one that MySQL has as waiting for the fan, as declined or as expired. May be repeated. `succeeded`: it
   * was charged after all, and is left as it is.
   */
  abandon(attempt: ChargeAttempt): Promise<AbandonOutcome>
  /** Refunds a charge, once for each key: all that remains of it, or a part. */
  refund(request: RefundRequest): Promise<RefundOutcome>
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
