import type Stripe from 'stripe'
import { fromStripeAmount } from '../../../../shared/stripe.ts'
import type { Reversal } from '../../provider.ts'
import { PAYMENT_METADATA } from './intents.ts'
import type { Operation } from './operation.ts'
import { REFUND_METADATA } from './refund.ts'

const PER_PAGE = 100

/** The refunds and disputes of a charge, as many as one page has. */
export async function findReversals(
  { stripe, call }: Operation,
  chargeId: string,
): Promise<{ status: 'found'; reversals: Reversal[] }> {
  const query = { payment_intent: chargeId, limit: PER_PAGE }
  const [refunds, disputes] = await Promise.all([
    call(() => stripe.refunds.list(query)),
    call(() => stripe.disputes.list(query)),
  ])
  return { status: 'found', reversals: [...refunds.data.map(toRefund), ...disputes.data.map(toDispute)] }
}

/** A pending refund counts as succeeded until it fails. */
function toRefund(refund: Stripe.Refund): Reversal {
  const key = refund.metadata?.[REFUND_METADATA]
  return {
    id: refund.id,
    kind: 'refund',
    ...(key === undefined ? {} : { key }),
    state: refund.status === 'failed' || refund.status === 'canceled' ? 'failed' : 'done',
    amountMinor: fromStripeAmount(refund.amount, refund.currency.toUpperCase()),
    madeAt: new Date(refund.created * 1000),
  }
}

/** https://docs.stripe.com/api/disputes/object#dispute_object-status; a warning may still become a dispute. */
function toDispute(dispute: Stripe.Dispute): Reversal {
  return {
    id: dispute.id,
    kind: 'dispute',
    state: DISPUTE_STATES[dispute.status] ?? 'open',
    amountMinor: fromStripeAmount(dispute.amount, dispute.currency.toUpperCase()),
    madeAt: new Date(dispute.created * 1000),
  }
}

const DISPUTE_STATES: Partial<Record<string, Reversal['state']>> = {
  lost: 'done',
  won: 'failed',
  warning_closed: 'failed',
  prevented: 'failed',
}

/** The payments of all refunds and disputes since a time. Throws when there are more than `listedMax` of either. */
export async function* listReversed(
  stripe: Stripe,
  { since, listedMax }: { since: Date; listedMax: number },
): AsyncGenerator<{ key: string; kind: Reversal['kind'] }> {
  const query = {
    created: { gte: Math.floor(since.getTime() / 1000) },
    limit: PER_PAGE,
    expand: ['data.payment_intent'],
  }
  const lists = { refund: stripe.refunds.list(query), dispute: stripe.disputes.list(query) }
  for (const kind of ['refund', 'dispute'] as const) {
    let read = 0
    for await (const { payment_intent: intent } of lists[kind]) {
      read += 1
      if (read > listedMax) throw new Error(`Stripe has more than ${listedMax} to list`)
      const key = typeof intent === 'object' ? intent?.metadata[PAYMENT_METADATA] : undefined
      if (key !== undefined) yield { key, kind }
    }
  }
}
