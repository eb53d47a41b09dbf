import type { PaymentAction, PaymentState } from '../../drizzle/schema/purchases.ts'
import type { RequiredAction } from './payment.ts'

/** A payment as MySQL has it; what is required of its fan while it waits. */
export type RecordedWaiting = { state: PaymentState; required?: RequiredAction }

type WaitingRow = {
  state: PaymentState
  action: PaymentAction | null
  until: Date | null
  amountMinor: number
  currency: string
}

/** A payment as its row has it. */
export function waitingOf({ state, action, until, amountMinor, currency }: WaitingRow): RecordedWaiting {
  if (state !== 'waiting' || action === null || until === null) return { state }
  return { state, required: { action, until, amountMinor, currency } }
}
