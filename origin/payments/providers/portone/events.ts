import { verify, WebhookVerificationError } from '@portone/server-sdk/webhook'
import { z } from 'zod'
import type { ReadProviderEvent } from '../../provider-events.ts'

const HEADERS = ['webhook-id', 'webhook-timestamp', 'webhook-signature'] as const

/** The fields that Naru reads of an event (PortOne's webhook version 2024-04-25). */
const EventSchema = z.object({
  type: z.string(),
  data: z.object({ storeId: z.string(), paymentId: z.uuid() }),
})

/** A window that was opened, or a request to confirm that Naru does not use, changes no payment. */
const WITHOUT_CHANGE = ['Transaction.Ready', 'Transaction.Confirm']

/**
 * Reads events that PortOne signed as https://www.standardwebhooks.com/ describes. Its library verifies them, and rejects
 * signatures of more than five minutes ago or ahead, so that an intercepted request cannot be replayed later. Events of
 * another store or about anything but a payment are ignored.
 */
export function createEventReader(options: { webhookSecret: string; storeId: string }): ReadProviderEvent {
  return async (payload, header) => {
    const id = header('webhook-id') ?? ''
    const verified = await read(payload, header)
    if (verified === undefined) return undefined
    const event = EventSchema.safeParse(verified.body)
    if (!event.success) return { id }
    const { type, data } = event.data
    const concerns =
      type.startsWith('Transaction.') && !WITHOUT_CHANGE.includes(type) && data.storeId === options.storeId
    return concerns ? { id, payment: data.paymentId } : { id }
  }

  /** Undefined for what PortOne did not sign. */
  async function read(
    payload: Uint8Array,
    header: (name: string) => string | undefined,
  ): Promise<{ body: unknown } | undefined> {
    try {
      const headers = Object.fromEntries(HEADERS.map((name) => [name, header(name)]))
      return { body: await verify(options.webhookSecret, Buffer.from(payload).toString('utf8'), headers) }
    } catch (error) {
      if (error instanceof WebhookVerificationError || error instanceof SyntaxError) return undefined
      throw error
    }
  }
}
