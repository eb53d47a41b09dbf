import { Pool } from 'undici'
import { z } from 'zod'
import type { ChargeOutcome, PaymentProvider } from '../provider.ts'

const ChargeSchema = z.discriminatedUnion('outcome', [
  z.object({ outcome: z.literal('succeeded'), id: z.string() }),
  z.object({ outcome: z.literal('declined'), reason: z.string().default('declined') }),
])

type Answer = { status: number; body: unknown }

/**
 * The sandbox provider over its HTTP API (`scripts/sandbox`).
 *
 * @param timeoutMs - after this long without an answer the outcome is unknown
 */
export function createSandboxProvider(options: { url: string; timeoutMs: number; connectionsMax: number }): {
  provider: PaymentProvider
  close: () => Promise<void>
} {
  const { timeoutMs } = options
  const pool = new Pool(options.url, { connections: options.connectionsMax })

  async function call(
    method: 'GET' | 'POST',
    path: string,
    send?: { key: string; body: object },
  ): Promise<Answer> {
    const response = await pool.request({
      method,
      path,
      signal: AbortSignal.timeout(timeoutMs),
      ...(send === undefined
        ? {}
        : {
            body: JSON.stringify(send.body),
            headers: { 'content-type': 'application/json', 'idempotency-key': send.key },
          }),
    })
    return { status: response.statusCode, body: await response.body.json() }
  }

  const provider: PaymentProvider = {
    async charge({ key, ...body }) {
      try {
        return readCharge(await call('POST', '/charges', { key, body }))
      } catch (cause) {
        return { status: 'unknown', cause }
      }
    },
    async findCharge(key) {
      try {
        const answer = await call('GET', `/charges/${encodeURIComponent(key)}`)
        return answer.status === 404 ? { status: 'none' } : readCharge(answer)
      } catch (cause) {
        return { status: 'unknown', cause }
      }
    },
    async refund({ key, ...body }) {
      try {
        const answer = await call('POST', '/refunds', { key, body })
        if (answer.status === 200 || answer.status === 201) return { status: 'refunded' }
        return { status: 'unknown', cause: answer }
      } catch (cause) {
        return { status: 'unknown', cause }
      }
    },
  }
  return { provider, close: () => pool.close() }
}

function readCharge(answer: Answer): ChargeOutcome {
  if (answer.status !== 200 && answer.status !== 201) {
    // Input the provider refuses is never charged, and never will be under this key.
    if (answer.status === 400 || answer.status === 422)
      return { status: 'declined', reason: 'refused by the provider' }
    return { status: 'unknown', cause: answer }
  }
  const charge = ChargeSchema.parse(answer.body)
  return charge.outcome === 'succeeded'
    ? { status: 'succeeded', chargeId: charge.id }
    : { status: 'declined', reason: charge.reason }
}
