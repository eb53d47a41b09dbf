import type { OrderState, PaymentState, RefundState } from '../../../drizzle/schema/purchases.ts'
import type { ChargeFacts, Facts, OrderFacts, PaymentFacts } from './facts.ts'
import type { Finding, Verdict } from './finding.ts'

/** A payment with its order, charges and refunds. */
type Attempt = PaymentFacts & {
  id: string
  charges: readonly ChargeFacts[]
  /** Whether the provider's charges are known: otherwise there are none to compare with. */
  isListed: boolean
  orders: readonly (OrderFacts & { id: string })[]
  /** What Naru has refunded in part, and is about to. */
  refundedMinor: number
  refundingMinor: number
  /** Its order may have been cancelled since MySQL was read, before the ledger was. */
  isReturning: boolean
}

/**
 * Invariant 3: every successful charge is a settled order or was refunded, and every order has exactly one. A payment
 * in flight may have either half; one that no worker will find never gets the other. The charge of a cancelled order is
 * refunded, or about to be; of a refund in part its amount is, and never more in all than was paid. Free tickets are never charged. Charges without any payment are found by `findStrays`.
 */
export function checkCharges({ sales, charges, lost, returning }: Facts): Verdict {
  const refundsOf = Map.groupBy(sales.refunds, ({ payment }) => payment)
  const sumOf = (payment: string, wanted: RefundState) =>
    (refundsOf.get(payment) ?? []).reduce(
      (sum, { state, amountMinor }) => sum + (state === wanted ? amountMinor : 0),
      0,
    )
  const ordersOf = Map.groupBy(
    [...sales.orders].map(([id, order]) => ({ id, ...order })),
    ({ payment }) => payment,
  )
  const attempts = [...sales.payments].map(([id, payment]) => ({
    ...payment,
    id,
    charges: charges?.get(id) ?? [],
    isListed: charges !== undefined,
    refundedMinor: sumOf(id, 'done'),
    refundingMinor: sumOf(id, 'pending'),
    orders: ordersOf.get(id) ?? [],
    isReturning: ordersOf.get(id)?.some((order) => returning.has(order.id)) ?? false,
  }))
  const orphans = [...sales.orders].filter(([, { payment }]) => !sales.payments.has(payment))
  return {
    checked: {
      payments: attempts.length,
      ...(charges === undefined
        ? {}
        : { charges: attempts.reduce((sum, attempt) => sum + attempt.charges.length, 0) }),
      orders: sales.orders.size,
    },
    findings: [
      ...attempts.flatMap((attempt) => [...checkAny(attempt), ...CHECKS[attempt.state](attempt)]),
      ...attempts.filter(({ id }) => lost.has(id)).map(describeLost),
      ...orphans.map(([id, { payment }]) => ({
        breach: "an order's payment is none of the festival's",
        id,
        detail: `payment ${payment}`,
      })),
    ],
  }
}

/** The valid states of an order's payment. Units and money are returned in one transaction. */
const PAID_BY: Record<OrderState, readonly PaymentState[]> = {
  owned: ['confirmed'],
  cancelling: ['refunding', 'refunded'],
  cancelled: ['refunded'],
}

/** Rules for a payment in any state. */
function checkAny(attempt: Attempt): Finding[] {
  const { id, state, amountMinor, currency, charges, orders } = attempt
  const findings: Finding[] = []
  const add = (breach: string, detail: string) => findings.push({ breach, id, detail })
  if (charges.length > 1) {
    add('a payment was charged more than once', charges.map((charge) => charge.id).join(' and '))
  }
  for (const charge of charges) {
    if (charge.amountMinor === amountMinor && charge.currency === currency) continue
    // It became no order, and all of it is refunded.
    if (state === 'refunding' || state === 'refunded') continue
    add(
      'a charge is not of the amount of its payment',
      `charged ${charge.amountMinor} ${charge.currency}, not ${amountMinor} ${currency}`,
    )
  }
  const refundedMinor = attempt.refundedMinor + attempt.refundingMinor
  if (refundedMinor > amountMinor)
    add('more is refunded in part than was paid', `${refundedMinor} of ${amountMinor}`)
  for (const order of orders) {
    if (PAID_BY[order.state].includes(state)) continue
    const breach =
      order.state === 'owned'
        ? 'a payment that is not confirmed has an order'
        : 'the payment of a cancelled order is not given back'
    add(breach, `${state}, order ${order.id}`)
  }
  return findings
}

const CHECKS: Record<PaymentState, (attempt: Attempt) => Finding[]> = {
  // It may have been started and charged since MySQL was read.
  accepted: () => [],
  charging: () => [],
  waiting: checkWaiting,
  confirmed: checkConfirmed,
  declined: checkDeclined,
  expired: checkDeclined,
  refunding: checkRefunding,
  refunded: checkRefunded,
}

/** Free tickets need no charge. */
function lacksCharge({ charges, isListed, amountMinor }: Attempt): boolean {
  return isListed && charges.length === 0 && amountMinor > 0
}

function checkConfirmed(attempt: Attempt): Finding[] {
  const { id, amountMinor, currency, chargeId, charges, orders } = attempt
  const findings: Finding[] = []
  const add = (breach: string, at: string, detail?: string) =>
    findings.push({ breach, id: at, ...(detail === undefined ? {} : { detail }) })
  if (orders.length === 0) add('a confirmed payment has no order', id)
  if (orders.length > 1) {
    add('a payment has more than one order', id, orders.map((order) => order.id).join(' and '))
  }
  for (const order of orders) {
    if (lacksCharge(attempt)) add('an order has no successful charge', order.id, `payment ${id}`)
    if (order.amountMinor !== amountMinor || order.currency !== currency) {
      add(
        'an order is not of the amount of its payment',
        order.id,
        `ordered for ${order.amountMinor} ${order.currency}, not ${amountMinor} ${currency}`,
      )
    }
  }
  for (const charge of charges) {
    if (charge.id !== chargeId)
      add('a payment does not name its charge', id, `${chargeId ?? 'none'}, not ${charge.id}`)
  }
  return [...findings, ...charges.flatMap((charge) => checkRefundedInPart(attempt, charge))]
}

/** The charge of an owned order was refunded as far as refunds in part and reversals are recorded. */
function checkRefundedInPart(attempt: Attempt, charge: ChargeFacts): Finding[] {
  const { id, reversedMinor = 0, refundedMinor, refundingMinor, isReturning } = attempt
  if (charge.refundedMinor < refundedMinor) {
    const breach = 'a refund in part is done, and its charge was not given back'
    return [{ breach, id, detail: `${charge.refundedMinor} of ${refundedMinor}` }]
  }
  if (charge.refundedMinor <= reversedMinor + refundedMinor + refundingMinor || isReturning) return []
  return [{ breach: 'a charge was given back, and its order stands', id, detail: `${charge.refundedMinor}` }]
}

function checkWaiting({ id, overdueSince }: Attempt): Finding[] {
  if (overdueSince === undefined) return []
  const detail = `until ${overdueSince.toISOString()}`
  return [{ breach: 'a payment waits for its fan long past its end', id, detail }]
}

function checkDeclined({ id, charges }: Attempt): Finding[] {
  return charges
    .filter((charge) => charge.refundedMinor !== charge.amountMinor)
    .map((charge) => ({ breach: 'a declined payment was charged', id, detail: charge.id }))
}

function checkRefunding(attempt: Attempt): Finding[] {
  if (!lacksCharge(attempt)) return []
  return [{ breach: 'a payment is to be given back and was never charged', id: attempt.id }]
}

function checkRefunded(attempt: Attempt): Finding[] {
  const { id, charges } = attempt
  if (lacksCharge(attempt)) return [{ breach: 'a payment was given back and never charged', id }]
  return charges
    .filter((charge) => charge.refundedMinor !== charge.amountMinor)
    .map((charge) => ({
      breach: 'a refunded payment was not given back in full',
      id,
      detail: `${charge.refundedMinor} of ${charge.amountMinor}`,
    }))
}

function describeLost({ id, state, charges, isListed }: Attempt): Finding {
  const charged = charges.length === 0 ? 'not charged' : 'charged'
  const detail = `${state}, ${isListed ? charged : 'charged or not'}`
  return { breach: 'a payment is not settled and no longer in the stream', id, detail }
}
