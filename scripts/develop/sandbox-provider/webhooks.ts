import { createHmac, randomUUID } from 'node:crypto'
import type { Clock } from '../../../shared/runtime/clock.ts'
import type { Logger } from '../../../shared/runtime/log.ts'

export type WebhookEvent = {
  type: 'payment.succeeded' | 'payment.declined' | 'refund.created' | 'dispute.changed'
  /** The key of the charge. */
  payment: string
}

export type Webhooks = {
  /** Delivers an event, with retries; resolves to whether the shop has accepted it. Never rejects. */
  send(event: WebhookEvent): Promise<boolean>
}

export type WebhooksOptions = {
  /** Undefined where the shop is not notified. */
  target: { url: string; secret: string } | undefined
  now: Clock
  wait: (ms: number) => Promise<unknown>
  log: Logger
}

const RETRY_MS = [1000, 5000, 30_000]
const TIMEOUT_MS = 5000
/** More events than this at the same time are dropped, as a provider in trouble does; the shop finds out by itself. */
const SENDING_MAX = 1000

/** Sends signed events to the shop. They are in memory alone: one that a restart loses never arrives. */
export function createWebhooks({ target, now, wait, log }: WebhooksOptions): Webhooks {
  let sending = 0
  return {
    async send({ type, payment }) {
      if (target === undefined || sending >= SENDING_MAX) return false
      sending += 1
      const id = `evt_${randomUUID()}`
      const body = JSON.stringify({ type, timestamp: new Date(now()).toISOString(), data: { payment } })
      try {
        for (const pauseMs of [0, ...RETRY_MS]) {
          if (pauseMs > 0) await wait(pauseMs)
          if (await deliver(target.url, body, signedHeaders(target.secret, id, now(), body), log)) return true
        }
        return false
      } finally {
        sending -= 1
      }
    },
  }
}

/** Headers of Standard Webhooks: https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md */
function signedHeaders(secret: string, id: string, nowMs: number, body: string): Record<string, string> {
  const seconds = Math.floor(nowMs / 1000)
  const signature = createHmac('sha256', secret).update(`${id}.${seconds}.${body}`).digest('base64')
  return {
    'content-type': 'application/json',
    'webhook-id': id,
    'webhook-timestamp': String(seconds),
    'webhook-signature': `v1,${signature}`,
  }
}

async function deliver(
  url: string,
  body: string,
  headers: Record<string, string>,
  log: Logger,
): Promise<boolean> {
  try {
    const response = await fetch(url, {
      ...{ method: 'POST', headers, body, redirect: 'error' },
      signal: AbortSignal.timeout(TIMEOUT_MS),
    })
    await response.arrayBuffer()
    if (!response.ok) log.warn({ status: response.status }, 'the shop refused a webhook')
    return response.ok
  } catch (error) {
    log.warn({ err: error }, 'a webhook could not be delivered')
    return false
  }
}
