import { expect, it } from 'vitest'
import type { Asker, Client } from '../replay/client.ts'
import type { Call } from '../replay/exchange.ts'
import { createWitness } from './witness.ts'

const ROOM = '/api/rooms/chaos'
const asker: Asker = {
  step: 'pay',
  signal: new AbortController().signal,
  random: () => 0,
  counts: { retries: 0, waited: 0 },
  queuedMs: 0,
}

/** A witness to these answers, each to one call. */
async function hear(...heard: [method: Call['method'], path: string, status: number, body?: object][]) {
  const answers = heard.map(([, , status, body]) => ({ status, body: body as unknown }))
  const client: Client = {
    async send() {
      const answer = answers.shift()
      if (answer === undefined) throw new Error('more calls than answers')
      const nothing = { etag: undefined, retryAfterMs: undefined, code: undefined, detail: undefined }
      return { ...answer, ...nothing }
    },
    figures: () => ({ requests: 0, queuedMaxMs: 0 }),
    close: async () => {},
  }
  const witness = createWitness(client)
  for (const [method, path] of heard) await witness.client.send(asker, { method, path })
  return witness.payments
}

it('remembers each payment that was accepted, and every way in which it was said to have ended', async () => {
  const payments = await hear(
    ['POST', `${ROOM}/payments`, 202, { id: 'p1' }],
    ['POST', `${ROOM}/payments`, 503, { id: 'p2' }],
    ['GET', `${ROOM}/payments/p1`, 200, { id: 'p1', state: 'charging' }],
    ['GET', `${ROOM}/payments/p1`, 200, { id: 'p1', state: 'confirmed', order: 'o1' }],
    ['GET', `${ROOM}/payments/p1`, 200, { id: 'p1', state: 'declined' }],
  )
  expect([...payments]).toEqual([
    ['p1', { ends: new Set(['confirmed', 'declined']), orders: new Set(['o1']), isDenied: false }],
  ])
})

it('remembers that a payment was denied', async () => {
  const payments = await hear(['GET', `${ROOM}/payments/p1`, 404, { code: 'not-found' }])
  expect(payments.get('p1')).toMatchObject({ isDenied: true })
})

it('takes no other answer for one about a payment', async () => {
  const payments = await hear(
    ['GET', '/api/orders/p1', 404],
    ['PUT', `${ROOM}/hold`, 200, { id: 'p1', state: 'confirmed' }],
  )
  expect(payments.size).toBe(0)
})
