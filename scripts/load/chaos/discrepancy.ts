/** A discrepancy: something that fans were told and that is not true, or that must not happen to them. */
export type Discrepancy = {
  /** The same words for all of one kind. */
  what: string
  /** The subject: a fan's address, or the ID of a payment. */
  id: string
  detail: string
}
