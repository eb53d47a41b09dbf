import type { BasketLine, PaymentState } from '../../drizzle/schema/purchases.ts'
import type { ChargeRequest } from './provider.ts'

/** An attempt to pay for a hold, as stored in the stream. */
export type Payment = {
  id: string
  account: string
  room: string
  hold: string
  basket: BasketLine[]
  amountMinor: number
  currency: string
  method: string
  /** The fingerprint of its request (`requestOf`); payments accepted by older versions have none. */
  request?: string | undefined
}

/** The charge to request of the provider: the payment's ID is its key, so repeated requests charge once. */
export function chargeRequestOf(payment: Payment): ChargeRequest {
  return {
    key: payment.id,
    amountMinor: payment.amountMinor,
    currency: payment.currency,
    method: payment.method,
    reference: payment.id,
  }
}

/** `paid`: charged, not settled yet. Only Redis shows it; MySQL has it as `charging`. */
export type ShownState = 'paid' | PaymentState

/** What the owner of a payment sees. */
export type PaymentStatus = {
  id: string
  state: ShownState
  orderId: string | undefined
  reason: string | undefined
  /** Too many payments were declined: the pass has expired. */
  turnEnded?: boolean
}

/** A payment leaves a final state only when money is found that must be refunded, or its order is cancelled. */
export function hasEnded(state: ShownState): boolean {
  return state === 'confirmed' || state === 'declined' || state === 'refunded' || state === 'expired'
}

/** Recorded, and neither certainly charged nor abandoned. */
export const OPEN_STATES = ['accepted', 'charging'] as const satisfies readonly PaymentState[]

export function isOpen(state: PaymentState | undefined): state is (typeof OPEN_STATES)[number] {
  return state === 'accepted' || state === 'charging'
}

export type SettledState = Exclude<PaymentState, (typeof OPEN_STATES)[number]>
