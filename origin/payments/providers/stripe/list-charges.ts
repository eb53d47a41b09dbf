import type Stripe from 'stripe'
import { fromStripeAmount } from '../../../../shared/stripe.ts'
import type { ListedCharge } from '../../provider.ts'
import { PAYMENT_METADATA, stateOf } from './intents.ts'

const INTENTS_PER_PAGE = 100

/** Every intent created by Naru since a time, newest first. Throws when there are more than `listedMax`. */
export async function* listCharges(
  stripe: Stripe,
  options: { since: Date; listedMax: number },
): AsyncGenerator<ListedCharge> {
  const intents = stripe.paymentIntents.list({
    created: { gte: Math.floor(options.since.getTime() / 1000) },
    limit: INTENTS_PER_PAGE,
    expand: ['data.latest_charge'],
  })
  let read = 0
  for await (const intent of intents) {
    read += 1
    if (read > options.listedMax) throw new Error(`Stripe has more than ${options.listedMax} intents to list`)
    const key = intent.metadata[PAYMENT_METADATA]
    if (key !== undefined) yield toListed(key, intent)
  }
}

function toListed(key: string, intent: Stripe.PaymentIntent): ListedCharge {
  const { status } = stateOf(intent)
  const currency = intent.currency.toUpperCase()
  const charge = typeof intent.latest_charge === 'object' ? intent.latest_charge : null
  return {
    key,
    chargeId: intent.id,
    amountMinor: fromStripeAmount(intent.amount, currency),
    currency,
    status: status === 'succeeded' || status === 'declined' ? status : 'open',
    refundedMinor: fromStripeAmount(charge?.amount_refunded ?? 0, currency),
    createdAt: new Date(intent.created * 1000),
  }
}
