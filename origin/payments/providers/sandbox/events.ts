import { createHmac, timingSafeEqual } from 'node:crypto'
import { z } from 'zod'
import type { Clock } from '../../../../shared/runtime/clock.ts'
import type { ReadProviderEvent } from '../../provider-events.ts'

const EventSchema = z.object({
  type: z.string(),
  data: z.object({ payment: z.uuid().optional().catch(undefined) }),
})
const ID = /^[!-~]{1,255}$/
const TIMESTAMP = /^\d{1,12}$/

/**
 * Reads events that the sandbox signed, as Standard Webhooks describes it:
 * https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md
 *
 * @param options.toleranceSeconds - signatures that are further from the present are refused, so that an intercepted
 * request cannot be replayed later
 */
export function createSandboxEventReader(options: {
  webhookSecret: string
  toleranceSeconds: number
  now: Clock
}): ReadProviderEvent {
  return (payload, header) => {
    const id = header('webhook-id') ?? ''
    const timestamp = header('webhook-timestamp') ?? ''
    const signatures = header('webhook-signature') ?? ''
    if (!ID.test(id) || !TIMESTAMP.test(timestamp)) return undefined
    if (Math.abs(options.now() / 1000 - Number(timestamp)) > options.toleranceSeconds) return undefined
    const expected = createHmac('sha256', options.webhookSecret)
      .update(`${id}.${timestamp}.`)
      .update(payload)
      .digest()
    if (!signatures.split(' ').some((signature) => isSignature(signature, expected))) return undefined
    const event = EventSchema.safeParse(parseJson(payload))
    if (!event.success) return undefined
    const { payment } = event.data.data
    return payment === undefined ? { id } : { id, payment }
  }
}

function isSignature(signature: string, expected: Buffer): boolean {
  const [version, value = ''] = signature.split(',')
  const given = Buffer.from(value, 'base64')
  return version === 'v1' && given.length === expected.length && timingSafeEqual(given, expected)
}

function parseJson(payload: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder().decode(payload))
  } catch {
    return undefined
  }
}
