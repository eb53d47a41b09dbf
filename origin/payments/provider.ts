/** A charge to be made. The same key always means the same charge: the provider makes it once. */
export type ChargeRequest = {
  key: string
  amountMinor: number
  currency: string
  method: string
  /** Shown in the provider's books. */
  reference: string
}

export type ChargeOutcome =
  | { status: 'succeeded'; chargeId: string }
  | { status: 'declined'; reason: string }
  /** No answer, or one that leaves it open: the charge may or may not exist. Ask with `findCharge`. */
  | { status: 'unknown'; cause: unknown }

/** What Naru needs of a payment provider. No method rejects: what cannot be told is an outcome of its own. */
export type PaymentProvider = {
  charge(request: ChargeRequest): Promise<ChargeOutcome>
  /** The truth about an earlier attempt; `none` when the provider never saw the key. */
  findCharge(key: string): Promise<ChargeOutcome | { status: 'none' }>
  /** Gives a whole charge back, once for each key. */
  refund(request: {
    key: string
    chargeKey: string
    amountMinor: number
  }): Promise<{ status: 'refunded' } | { status: 'unknown'; cause: unknown }>
}
