import { expect, it } from 'vitest'
import { buyTicket, enterRoom, type Walk } from './shopper.ts'

const place = ['{}', '{"index":7}', 'signature']
  .map((part) => Buffer.from(part).toString('base64url'))
  .join('.')
const entered = head(201, `Set-Cookie: naru-place-r=${place}; Path=/`)
const claimed = head(201, 'set-cookie: naru-pass-r=the-pass; Path=/')
const held = {
  ...head(200),
  body: Buffer.from(JSON.stringify({ amountMinor: 4000, version: '0123456789abcdef' })),
}
const accepted = head(202, 'Location: /api/rooms/r/payments/p')
const state = (name: string, status = 200) => head(status, `ETag: "${name}"`)
const buy = () => buyTicket('r', { place, index: 7 }, { session: 'the-session', type: 5 })

it('enters the room, reads its status, and knows the place it was given', () => {
  const { sent, result } = follow(enterRoom('r'), [entered, head(200)])
  expect(result).toEqual({ place, index: 7 })
  expect(sent.map(lineOf)).toEqual(['POST /api/rooms/r/entries', 'GET /api/rooms/r/status'])
})

it('claims, holds, pays, and follows the payment from state to state until it is confirmed', () => {
  const states = [state('accepted', 304), state('charging'), state('paid'), state('confirmed')]
  const { sent, ended } = follow(buy(), [claimed, held, accepted, ...states])
  expect(ended).toBe(true)
  expect(sent.map(lineOf)).toEqual([
    'POST /api/rooms/r/claims',
    'PUT /api/rooms/r/hold',
    'POST /api/rooms/r/payments',
    ...states.map(() => 'GET /api/rooms/r/payments/p'),
  ])
  expect(sent[0]).toContain('Bearer the-session')
  expect(sent[1]).toContain('Bearer the-pass')
  expect(sent[1]).toMatch(/\{"basket":\[\{"type":5,"quantity":1\}\]\}$/)
  expect(sent[2]).toMatch(/\{"method":"card-ok","amountMinor":4000,"holdVersion":"0123456789abcdef"\}$/)
  expect(sent.slice(3).map((text) => /If-None-Match: (\S+)/.exec(text)?.[1])).toEqual([
    '"accepted"',
    '"accepted"',
    '"charging"',
    '"paid"',
  ])
})

it('comes back from the bank, and follows the payment from there', () => {
  const bank = buyTicket('r', { place, index: 7 }, { session: 'the-session', type: 5 }, 'bank')
  const states = [state('action-redirect'), state('paid'), state('confirmed')]
  const { sent, ended } = follow(bank, [claimed, held, accepted, ...states])
  expect(ended).toBe(true)
  expect(sent[2]).toContain('"method":"bank"')
  expect(sent.slice(3).map(lineOf)).toEqual([
    'GET /api/rooms/r/payments/p',
    'POST /api/rooms/r/payments/p/completion',
    'GET /api/rooms/r/payments/p',
  ])
})

it('uses a separate idempotency key for each purchase', () => {
  const keyOf = () => /Idempotency-Key: (\S+)/.exec(follow(buy(), [claimed, held]).sent[2] ?? '')?.[1]
  const [first, second] = [keyOf(), keyOf()]
  expect(first).toMatch(/^"[\w-]{36}"$/)
  expect(second).not.toBe(first)
})

it.each([
  ['refused at the door', [head(409)], 'not a 201'],
  ['sold out', [claimed, head(409)], 'not a 200'],
  ['sent away when paying', [claimed, held, head(503)], 'not a 202'],
  ['declined', [claimed, held, accepted, state('declined')], '"declined"'],
])('does not count a fan who was %s as one who bought', (_, answers, message) => {
  expect(() => follow(buy(), answers)).toThrow(message)
})

function head(status: number, ...headers: string[]) {
  return { status, head: [`HTTP/1.1 ${status} Any`, ...headers, '', ''].join('\r\n'), body: Buffer.alloc(0) }
}

/** Runs the shopper with these responses, and records its requests. */
function follow<T>(walk: Walk<T>, answers: readonly ReturnType<typeof head>[]) {
  let step = walk.next()
  const sent: string[] = []
  for (const answer of answers) {
    if (step.done !== true) sent.push(step.value.toString())
    step = walk.next(answer)
  }
  if (step.done !== true) return { sent: [...sent, step.value.toString()], ended: false, result: undefined }
  return { sent, ended: true, result: step.value }
}

function lineOf(request: string): string {
  return request.split(' HTTP')[0] ?? ''
}
