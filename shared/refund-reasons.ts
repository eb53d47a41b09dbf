/** Why a charge that became no order is given back: stable words, which pages and e-mails translate. */
export const REFUND_REASONS = {
  soldOut: 'sold out',
  /** Money that was found for a payment after its end. */
  chargedLate: 'charged after it had ended',
  /** With what the account owns already it would have more of a ticket type than one account may. */
  overLimit: 'account limit reached',
  /** What it pays for was bought by another payment. */
  holdPaid: 'hold paid already',
} as const
