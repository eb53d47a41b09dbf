import type { PaymentState } from '../../../drizzle/schema/purchases.ts'
import type { ListedCharge } from '../provider.ts'
import type { Found } from './finding.ts'

/** What MySQL knows of the payment that a charge is for. */
export type ChargedFor = {
  id: string
  state: PaymentState
  amountMinor: number
  currency: string
  /** The charge that the payment names. */
  chargeId: string | null
  order: string | null
  /** What Naru has refunded of it in part, or is about to. */
  refundedInPartMinor: number
}

/**
 * What is wrong with a charge, and how to repair it: `resolve` its payment by its state at the provider, `refund` this
 * very charge, `note-refund` that was made, `abandon` an attempt of an expired payment, or `list` it for an organiser.
 */
export type Wrong = {
  found: Found
  action: 'resolve' | 'refund' | 'note-refund' | 'abandon' | 'list'
  reason: string
}

/**
 * Compares a charge with its payment. Undefined when they agree, or when another step handles it: a payment that is
 * open or `refunding` is resolved as such, whatever the ledger has.
 */
export function evaluateCharge(charge: ListedCharge, payment: ChargedFor | undefined): Wrong | undefined {
  if (charge.status !== 'succeeded') return evaluateUncharged(charge, payment)
  const retained = charge.amountMinor - charge.refundedMinor
  if (payment === undefined) {
    return retained <= 0 ? undefined : list('charge-without-payment', `no payment has the key ${charge.key}`)
  }
  if (payment.chargeId !== null && payment.chargeId !== charge.chargeId) {
    return retained <= 0 ? undefined : evaluateSecond(charge, payment)
  }
  if (charge.refundedMinor > 0) return evaluateRefunded(charge, payment, retained)
  if (charge.amountMinor !== payment.amountMinor || charge.currency !== payment.currency) {
    const { amountMinor, currency } = payment
    return list(
      'charge-differs',
      `charged ${charge.amountMinor} ${charge.currency}, the payment is of ${amountMinor} ${currency}`,
    )
  }
  const action = RETAINED[payment.state]
  if (action === undefined) return undefined
  return { found: 'charge-of-ended-payment', action, reason: `the payment is ${payment.state}` }
}

/** The repair for a charge that was not refunded, by the state of its payment. */
const RETAINED: { [state in PaymentState]?: Wrong['action'] } = {
  declined: 'resolve',
  expired: 'resolve',
  refunded: 'refund',
}

function evaluateUncharged(charge: ListedCharge, payment: ChargedFor | undefined): Wrong | undefined {
  if (payment?.state === 'expired' && charge.status === 'open') {
    return { found: 'attempt-left-open', action: 'abandon', reason: 'the payment is expired' }
  }
  if (payment?.state !== 'confirmed' || payment.chargeId !== charge.chargeId) return undefined
  return list('order-not-charged', `the charge that the payment names is ${charge.status}`)
}

function evaluateSecond(charge: ListedCharge, { chargeId }: ChargedFor): Wrong {
  if (charge.refundedMinor > 0) return list('refunded-in-part', `the payment names ${chargeId}`)
  return { found: 'second-charge', action: 'refund', reason: `the payment names ${chargeId}` }
}

/** Part of the charge or all of it was refunded, by Naru or in another way. */
function evaluateRefunded(charge: ListedCharge, payment: ChargedFor, retained: number): Wrong | undefined {
  const given = `${charge.refundedMinor} of ${charge.amountMinor} was given back`
  switch (payment.state) {
    case 'confirmed':
      // `reconcileReversals` finds it by the refund, however old the charge is.
      return undefined
    case 'accepted':
    case 'charging':
    case 'waiting':
      return list('refunded-outside', `${given}, and the payment is not settled`)
    case 'refunding':
      if (retained > 0) {
        // The cancellation refunds the rest.
        if (charge.refundedMinor <= payment.refundedInPartMinor) return undefined
        return list('refunded-in-part', given)
      }
      return {
        found: payment.order === null ? 'refund-unfinished' : 'cancellation-unfinished',
        action: 'note-refund',
        reason: given,
      }
    case 'declined':
    case 'expired':
    case 'refunded':
      return retained > 0 ? list('refunded-in-part', given) : undefined
  }
}

function list(found: Found, reason: string): Wrong {
  return { found, action: 'list', reason }
}
