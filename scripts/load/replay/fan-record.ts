import type { FanError } from './leaving.ts'

type Ticket = { id: string; type: number; number: number; code: string }

export type Outcome =
  | 'under-way'
  /** The fan's payment was confirmed, whatever came after. */
  | 'confirmed'
  | 'rejected'
  | 'declined'
  | 'refunded'
  | 'error'
  /** The replay was interrupted before they were done. */
  | 'stopped'

/** What one fan was told in the end, for comparison with the database. */
export type FanRecord = {
  readonly number: number
  readonly email: string
  outcome: Outcome
  /** Why they were rejected: `sold-out`, `closed`, or `pass-ended` while all units left were held by others. */
  reason: string | undefined
  /** Set for a confirmed fan when their tickets could not be read, or were not as bought. */
  error: FanError | undefined
  orderId: string | undefined
  tickets: readonly Ticket[]
}

export function createFanRecord(number: number, email: string): FanRecord {
  return {
    number,
    email,
    outcome: 'under-way',
    reason: undefined,
    error: undefined,
    orderId: undefined,
    tickets: [],
  }
}
