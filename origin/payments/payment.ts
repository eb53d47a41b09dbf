import type { BasketLine, PaymentState } from '../../drizzle/schema/purchases.ts'
import type { ChargeRequest } from './provider.ts'

/** An attempt to pay for a hold, as it stands in the stream. */
export type Payment = {
  id: string
  account: string
  room: string
  hold: string
  basket: BasketLine[]
  amountMinor: number
  currency: string
  method: string
  /** What it was asked for with (`requestOf`); payments accepted by older versions have none. */
  request?: string | undefined
}

/** What the provider is asked for: the payment's ID is the key, so that it is charged once however often that is. */
export function chargeRequestOf(payment: Payment): ChargeRequest {
  return {
    key: payment.id,
    amountMinor: payment.amountMinor,
    currency: payment.currency,
    method: payment.method,
    reference: payment.id,
  }
}

/** `paid`: charged, not settled yet. It is seen in Redis alone; MySQL has it as `charging`. */
export type ShownState = 'paid' | PaymentState

/** What the owner of a payment sees. */
export type PaymentStatus = {
  id: string
  state: ShownState
  orderId: string | undefined
  reason: string | undefined
  /** Too many payments were declined: the pass has ended. */
  turnEnded?: boolean
}

/** From an end a payment goes on only when money is found that has to be given back, or its order is cancelled. */
export function hasEnded(state: ShownState): boolean {
  return state === 'confirmed' || state === 'declined' || state === 'refunded' || state === 'expired'
}

/** Recorded, and neither charged for certain nor given up. */
export const OPEN_STATES = ['accepted', 'charging'] as const satisfies readonly PaymentState[]

export function isOpen(state: PaymentState | undefined): state is (typeof OPEN_STATES)[number] {
  return state === 'accepted' || state === 'charging'
}

export type SettledState = Exclude<PaymentState, (typeof OPEN_STATES)[number]>
