import type { BasketLine, PaymentState } from '../../drizzle/schema/purchases.ts'
import { ACTION_MINUTES } from '../../shared/api/payments.ts'
import type { Clock } from '../../shared/runtime/clock.ts'
import type { ChargeAttempt, ChargeRequest, PaymentAction } from './provider.ts'

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

/** The attempt at the provider: the payment's ID is its key, so repeated requests charge once. */
export function chargeAttemptOf(payment: Payment, now: Clock): ChargeAttempt {
  return {
    key: payment.id,
    amountMinor: payment.amountMinor,
    currency: payment.currency,
    method: payment.method,
    reference: payment.id,
    until: new Date(now() + ACTION_MINUTES * 60_000),
  }
}

/** @param publicUrl - of the gateway, to whose page the fan comes back */
export function chargeRequestOf(
  payment: Payment,
  { publicUrl, now }: { publicUrl: string; now: Clock },
): ChargeRequest {
  const path = `/festivals/${payment.room}/payments/${payment.id}/return`
  return { ...chargeAttemptOf(payment, now), returnUrl: new URL(path, publicUrl).href }
}

/** What the fan has to do, and until when. */
export type RequiredAction = { action: PaymentAction; until: Date; amountMinor: number; currency: string }

/**
 * `paid`: charged, not settled yet; only Redis shows it, and MySQL has it as `charging` or `waiting`. `action`: it
 * waits for the fan.
 */
export type ShownState = 'paid' | 'action' | Exclude<PaymentState, 'waiting'>

/** What the owner of a payment sees. */
export type PaymentStatus = {
  id: string
  state: ShownState
  orderId: string | undefined
  reason: string | undefined
  /** With the state `action`. */
  required?: RequiredAction
  /** Too many payments were declined: the pass has expired. */
  turnEnded?: boolean
}

/** A payment leaves a final state only when money is found that must be refunded, or its order is cancelled. */
export function hasEnded(state: ShownState): boolean {
  return state === 'confirmed' || state === 'declined' || state === 'refunded' || state === 'expired'
}

/** Recorded, and neither certainly charged nor abandoned: its units are held. */
export const OPEN_STATES = ['accepted', 'charging', 'waiting'] as const satisfies readonly PaymentState[]

export function isOpen(state: PaymentState | undefined): state is (typeof OPEN_STATES)[number] {
  return state === 'accepted' || state === 'charging' || state === 'waiting'
}

export type SettledState = Exclude<PaymentState, (typeof OPEN_STATES)[number]>
