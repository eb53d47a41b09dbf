import { createHmac } from 'node:crypto'
import { createServer, type IncomingHttpHeaders } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import { expect, it, onTestFinished } from 'vitest'
import { createLogger } from '../../../shared/runtime/log.ts'
import { createWebhooks } from './webhooks.ts'

const SECRET = 'webhook-secret'
const NOW_MS = Date.UTC(2026, 4, 1)
const EVENT = { type: 'payment.succeeded', payment: 'payment-1' } as const

async function openShop(statuses: number[]) {
  const received: { headers: IncomingHttpHeaders; body: string }[] = []
  const server = createServer((request, response) => {
    void text(request).then((body) => {
      received.push({ headers: request.headers, body })
      response.writeHead(statuses[received.length - 1] ?? 200).end()
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => void server.close())
  const pauses: number[] = []
  const webhooks = createWebhooks({
    target: { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/hook`, secret: SECRET },
    now: () => NOW_MS,
    wait: async (ms) => void pauses.push(ms),
    log: createLogger('test', 'silent'),
  })
  return { webhooks, received, pauses }
}

it('delivers an event with an HMAC over its ID, time and body', async () => {
  const { webhooks, received } = await openShop([])
  expect(await webhooks.send(EVENT)).toBe(true)
  const [{ headers, body } = { headers: {}, body: '' }] = received
  const { 'webhook-id': id, 'webhook-timestamp': timestamp, 'webhook-signature': signature } = headers
  expect(JSON.parse(body)).toEqual({
    type: 'payment.succeeded',
    timestamp: '2026-05-01T00:00:00.000Z',
    data: { payment: 'payment-1' },
  })
  expect(timestamp).toBe(String(NOW_MS / 1000))
  const expected = createHmac('sha256', SECRET)
    .update(`${String(id)}.${timestamp}.${body}`)
    .digest('base64')
  expect(signature).toBe(`v1,${expected}`)
})

it('retries an event that the shop refuses, with the same ID', async () => {
  const { webhooks, received, pauses } = await openShop([503, 500, 200])
  expect(await webhooks.send(EVENT)).toBe(true)
  expect(pauses).toEqual([1000, 5000])
  expect(new Set(received.map(({ headers }) => headers['webhook-id'])).size).toBe(1)
})

it('gives an event up after its last retry', async () => {
  const { webhooks, received } = await openShop([500, 500, 500, 500, 500])
  expect(await webhooks.send(EVENT)).toBe(false)
  expect(received).toHaveLength(4)
})

it('reports an event as not delivered where no shop is notified', async () => {
  const { now, wait, log } = { now: Date.now, wait: async () => {}, log: createLogger('test', 'silent') }
  expect(await createWebhooks({ target: undefined, now, wait, log }).send(EVENT)).toBe(false)
})
