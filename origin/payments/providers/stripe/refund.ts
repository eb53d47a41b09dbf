import type Stripe from 'stripe'
import { toStripeAmount } from '../../../../shared/stripe.ts'
import type { RefundOutcome, RefundRequest } from '../../provider.ts'
import { isAlreadyRefunded, isShortOfFunds, refusalReason, wasReplayed } from './failures.ts'
import { findSucceeded } from './find-charge.ts'
import { PAYMENT_METADATA } from './intents.ts'
import type { Operation } from './operation.ts'

/** The metadata name under which a refund carries its own key. */
export const REFUND_METADATA = 'naru_refund'

/** Refunds of one charge; there are never more than this. */
const REFUNDS_PER_CHARGE_MAX = 100

/** Refunds all that remains of a charge, or a part of it, once for each key. */
export async function refund(operation: Operation, request: RefundRequest): Promise<RefundOutcome> {
  const intent = request.chargeId ?? (await findSucceeded(operation, request.chargeKey))
  return request.part === true
    ? await refundPart(operation, intent, request)
    : await refundRest(operation, intent, request)
}

/** Without an amount Stripe refunds all that remains. */
async function refundRest(
  operation: Operation,
  intent: string,
  request: RefundRequest,
): Promise<RefundOutcome> {
  try {
    return outcomeOf(await createRefund(operation, intent, request))
  } catch (error) {
    if (isAlreadyRefunded(error)) {
      const made = await findRefund(operation, intent, request.key)
      return made?.status === 'pending' ? outcomeOf(made) : { status: 'refunded' }
    }
    // There may be enough on the balance later, and a whole refund is always owed.
    const refused = isShortOfFunds(error) ? undefined : refusalReason(error)
    if (refused === undefined) throw error
    return { status: 'refused', reason: refused }
  }
}

/** Stripe knows idempotency keys for a day; after that only the refund itself tells that it was made. */
async function refundPart(
  operation: Operation,
  intent: string,
  request: RefundRequest,
): Promise<RefundOutcome> {
  const made = await findRefund(operation, intent, request.key)
  if (made !== undefined) return outcomeOf(made)
  const amount = toStripeAmount(request.amountMinor, request.currency)
  if (amount === undefined)
    return { status: 'refused', reason: `Stripe cannot refund this much ${request.currency}` }
  try {
    return outcomeOf(await createRefund(operation, intent, request, amount))
  } catch (error) {
    const refused = refusalReason(error)
    if (refused === undefined) throw error
    return { status: 'refused', reason: refused }
  }
}

async function createRefund(
  { stripe, call }: Operation,
  intent: string,
  { key, chargeKey }: RefundRequest,
  amount?: number,
): Promise<Stripe.Refund> {
  const made = await call(() =>
    stripe.refunds.create(
      {
        payment_intent: intent,
        metadata: { [PAYMENT_METADATA]: chargeKey, [REFUND_METADATA]: key },
        ...(amount === undefined ? {} : { amount }),
      },
      { idempotencyKey: key },
    ),
  )
  // A response cached for the key has the refund's state at that time.
  return wasReplayed(made.lastResponse.headers) ? await call(() => stripe.refunds.retrieve(made.id)) : made
}

async function findRefund(
  { stripe, call }: Operation,
  intent: string,
  key: string,
): Promise<Stripe.Refund | undefined> {
  const query = { payment_intent: intent, limit: REFUNDS_PER_CHARGE_MAX }
  const { data } = await call(() => stripe.refunds.list(query))
  return data.find(({ metadata }) => metadata?.[REFUND_METADATA] === key)
}

/** https://docs.stripe.com/refunds#refund-statuses; `requires_action` waits for the fan's bank account. */
function outcomeOf(made: Stripe.Refund): RefundOutcome {
  switch (made.status) {
    case 'succeeded':
      return { status: 'refunded' }
    case 'pending':
    case 'requires_action':
      return { status: 'pending' }
    case 'failed':
    case 'canceled':
      return { status: 'refused', reason: made.failure_reason ?? made.status }
    default:
      return { status: 'unknown', cause: new Error(`Stripe has the refund ${made.id} as ${made.status}`) }
  }
}
