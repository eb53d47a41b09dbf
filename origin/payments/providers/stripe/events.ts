import Stripe from 'stripe'
import { z } from 'zod'
import type { Clock } from '../../../../shared/runtime/clock.ts'
import type { ReadProviderEvent } from '../../provider-events.ts'
import { PAYMENT_METADATA } from './intents.ts'

/** The fields of an event that Naru reads, whatever API version the endpoint is set to. */
const EventSchema = z.object({
  id: z.string().min(1).max(255),
  type: z.string(),
  /** Set on events of other accounts that are connected to ours. */
  account: z.string().nullish(),
  data: z.object({
    object: z.object({
      metadata: z
        .object({ [PAYMENT_METADATA]: z.uuid().optional() })
        .nullish()
        .catch(null),
      payment_intent: z.string().max(64).nullish().catch(null),
    }),
  }),
})

/**
 * Charges carry their intent's metadata, and Naru's refunds have their own; disputes and other refunds name the intent.
 */
const TYPES = /^(payment_intent|charge|refund)\./

/**
 * Reads events that Stripe signed: https://docs.stripe.com/webhooks/signature
 *
 * @param toleranceSeconds - older signatures are rejected, so that an intercepted request cannot be replayed later
 */
export function createEventReader(options: {
  webhookSecret: string
  toleranceSeconds: number
  now: Clock
}): ReadProviderEvent {
  return (payload, header) => {
    const event = EventSchema.safeParse(verified(payload, header('stripe-signature') ?? ''))
    if (!event.success) return undefined
    const { id, type, account, data } = event.data
    if (!TYPES.test(type) || account != null) return { id }
    const payment = data.object.metadata?.[PAYMENT_METADATA]
    if (payment !== undefined) return { id, payment }
    const chargeId = data.object.payment_intent
    return chargeId == null ? { id } : { id, chargeId }
  }

  function verified(payload: Uint8Array, signature: string): unknown {
    try {
      return Stripe.webhooks.constructEvent(
        Buffer.from(payload.buffer, payload.byteOffset, payload.byteLength),
        signature,
        options.webhookSecret,
        options.toleranceSeconds,
        undefined,
        options.now(),
      )
    } catch {
      return undefined
    }
  }
}
