/** Why a charge that became no order is refunded: stable codes, which pages and e-mails translate. */
export const REFUND_REASONS = {
  soldOut: 'sold out',
  /** A charge that was found after its payment was settled. */
  chargedLate: 'charged after it had ended',
  /** The account would own more of a ticket type than its limit. */
  overLimit: 'account limit reached',
  /** The hold was bought by another payment. */
  holdPaid: 'hold paid already',
  /** The provider's record has another amount or currency than the payment. */
  wrongAmount: 'not the amount to be paid',
} as const
