import { expect, it } from 'vitest'
import type { Asker, Client } from '../replay/client.ts'
import type { Call } from '../replay/exchange.ts'
import { createObserver } from './observer.ts'

const ROOM = '/api/rooms/chaos'
const asker: Asker = {
  step: 'pay',
  signal: new AbortController().signal,
  random: () => 0,
  counts: { retries: 0, waited: 0 },
  queuedMs: 0,
}

type CallTimes = [
  method: Call['method'],
  path: string,
  status: number,
  body?: object,
  more?: Pick<Call, 'token' | 'headers' | 'body'>,
]

/** A token that can be decoded without a key. */
const tokenOf = (claims: object) => `e30.${Buffer.from(JSON.stringify(claims)).toString('base64url')}.`
const SESSION = tokenOf({ sub: 'fan' })
const PASS = tokenOf({ sub: 'fan', jti: 'pass-1' })
const CLAIM: CallTimes = [
  'POST',
  `${ROOM}/claims`,
  201,
  { pass: PASS },
  { token: SESSION, body: { place: tokenOf({ index: 7 }) } },
]

/** An observer with these responses, one per call; every reading of the clock is a millisecond later. */
async function observe(...times: CallTimes[]) {
  const answers: CallTimes[] = []
  const asked: Call[] = []
  const client: Client = {
    async send(_, call) {
      const [, , status, body] = answers.shift() ?? []
      if (status === undefined) throw new Error('more calls than answers')
      asked.push(call)
      const nothing = { etag: undefined, retryAfterMs: undefined, code: undefined, detail: undefined }
      return { status, body: body as unknown, ...nothing }
    },
    stats: () => ({ requests: 0, queuedMaxMs: 0 }),
    close: async () => {},
  }
  let nowMs = 0
  const observer = createObserver(client, () => {
    nowMs += 1
    return nowMs
  })
  for (const one of times) {
    const [method, path, , , more] = one
    answers.push(one)
    await observer.client.send(asker, { method, path, ...more })
  }
  return { ...observer, answers, askedSince: () => asked.slice(times.length) }
}

it('records each accepted payment, and every outcome reported for it', async () => {
  const { payments } = await observe(
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

it('records an outcome that the completion of a payment reported', async () => {
  const { payments } = await observe(
    ['POST', `${ROOM}/payments`, 202, { id: 'p1' }],
    ['POST', `${ROOM}/payments/p1/completion`, 200, { id: 'p1', state: 'confirmed', order: 'o1' }],
  )
  expect(payments.get('p1')).toMatchObject({ ends: new Set(['confirmed']), orders: new Set(['o1']) })
})

it('records that a payment was reported as unknown', async () => {
  const { payments } = await observe(['GET', `${ROOM}/payments/p1`, 404, { code: 'not-found' }])
  expect(payments.get('p1')).toMatchObject({ isDenied: true })
})

it('ignores responses that are not about a payment', async () => {
  const { payments } = await observe(
    ['GET', '/api/orders/p1', 404],
    ['PUT', `${ROOM}/hold`, 200, { id: 'p1', state: 'confirmed' }],
  )
  expect(payments.size).toBe(0)
})

it('records which payments were returned for one Idempotency-Key of a fan', async () => {
  const headers = { 'idempotency-key': '"k"' }
  const pay = (id: string, token = PASS): CallTimes => [
    'POST',
    `${ROOM}/payments`,
    202,
    { id },
    { token, headers },
  ]
  const { keys } = await observe(pay('p1'), pay('p1'), pay('p2'), pay('p3', tokenOf({ sub: 'other' })))
  expect([...keys.values()]).toEqual([new Set(['p1', 'p2']), new Set(['p3'])])
})

it("requests, with its fan's session, only the outcomes that are not known yet", async () => {
  const observer = await observe(
    CLAIM,
    ['POST', `${ROOM}/payments`, 202, { id: 'p1' }, { token: PASS }],
    ['POST', `${ROOM}/payments`, 202, { id: 'p2' }, { token: PASS }],
    ['GET', `${ROOM}/payments/p2`, 200, { id: 'p2', state: 'declined' }],
  )
  const path = `${ROOM}/payments/p1`
  observer.answers.push(['GET', path, 200, { id: 'p1', state: 'expired' }])
  await observer.askForEnds(asker)
  expect(observer.askedSince()).toEqual([{ method: 'GET', path, token: SESSION }])
  expect(observer.payments.get('p1')?.ends).toEqual(new Set(['expired']))
})

it('considers a pass valid from the first to the last accepted request', async () => {
  const hold: CallTimes = ['PUT', `${ROOM}/hold`, 200, {}, { token: PASS }]
  const { passes: once } = await observe(CLAIM, hold)
  expect(once.get('pass-1')).toMatchObject({ account: 'fan', position: 7, good: undefined })
  const refused: CallTimes = ['POST', `${ROOM}/payments`, 409, { code: 'room-restored' }, { token: PASS }]
  const { passes: still } = await observe(CLAIM, hold, refused)
  expect(still.get('pass-1')).toMatchObject({ good: undefined })
  const paid: CallTimes = ['POST', `${ROOM}/payments`, 202, { id: 'p1' }, { token: PASS }]
  const { passes: twice } = await observe(CLAIM, hold, paid)
  // The claim read the clock twice, the hold the next two times, and the payment was sent at the fifth.
  expect(twice.get('pass-1')?.good).toEqual({ fromMs: 4, untilMs: 5 })
})
