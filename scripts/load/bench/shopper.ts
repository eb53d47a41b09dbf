import { randomBytes, randomUUID } from 'node:crypto'
import { passCookie, placeCookie } from '../../../shared/tokens/cookies.ts'
import { etagOf, type HttpAnswer } from './connection.ts'
import { bearer, requestBytes } from './requests.ts'

/** A purchase over one connection: yields the next request, given the last response. */
export type Walk<T> = Generator<Buffer, T, HttpAnswer>

/** A waiting fan: the place token, and how many entered before. */
export type Waiting = { place: string; index: number }

/** A fan with an account, and the ticket type they want. */
export type Buyer = { session: string; type: number }

const KEY_BYTES = 16
/** As on the payment's page. */
const WAIT_SECONDS = 10
const AT_BANK = '"action-redirect"'
const UNDER_WAY = ['"accepted"', '"charging"', '"paid"']

/** Enters the room and reads its status once. */
export function* enterRoom(room: string): Walk<Waiting> {
  const key = randomBytes(KEY_BYTES).toString('base64url')
  const entered = expectStatus(yield requestBytes('POST', `/api/rooms/${room}/entries`, [], { key }), 201)
  const place = cookieOf(entered, placeCookie(room))
  expectStatus(yield requestBytes('GET', `/api/rooms/${room}/status`, [bearer(place)]), 200)
  return { place, index: indexOf(place) }
}

/** How a fan pays: by card, or at their bank, from which they come back. */
export type PayBy = 'card-ok' | 'bank'

/**
 * Claims for a place that has been called, holds a unit, pays, and follows the payment until it is confirmed. What a fan
 * does at the bank itself takes no time.
 */
export function* buyTicket(
  room: string,
  { place }: Waiting,
  { session, type }: Buyer,
  method: PayBy = 'card-ok',
): Walk<void> {
  const path = `/api/rooms/${room}`
  const claimed = expectStatus(
    yield requestBytes('POST', `${path}/claims`, [bearer(session)], { place }),
    201,
  )
  const pass = cookieOf(claimed, passCookie(room))
  const basket = [{ type, quantity: 1 }]
  const held = yield requestBytes('PUT', `${path}/hold`, [bearer(pass)], { basket })
  expectStatus(held, 200)
  const idempotencyKey = `Idempotency-Key: "${randomUUID()}"`
  const accepted = expectStatus(
    yield requestBytes('POST', `${path}/payments`, [bearer(pass), idempotencyKey], agreementTo(held, method)),
    202,
  )
  const payment = locationOf(accepted)
  let state = yield* followPayment(payment, session, '"accepted"')
  if (method === 'bank' && state === AT_BANK) {
    const back = yield requestBytes('POST', `${payment}/completion`, [bearer(session)], {})
    state = yield* followPayment(payment, session, etagOf(expectStatus(back, 200)))
  }
  if (state !== '"confirmed"') throw new Error(`A payment became ${state}`)
}

/** Requests to pay for the hold. */
function agreementTo({ body }: HttpAnswer, method: PayBy): object {
  const { amountMinor, version } = JSON.parse(body.toString()) as { amountMinor: number; version: string }
  return { method, amountMinor, holdVersion: version }
}

/** Returns the first state in which the payment is not under way. */
function* followPayment(path: string, session: string, known: string): Walk<string> {
  let state = known
  while (UNDER_WAY.includes(state)) {
    const headers = [bearer(session), `Prefer: wait=${WAIT_SECONDS}`, `If-None-Match: ${state}`]
    const answer = yield requestBytes('GET', path, headers)
    state = etagOf(answer.status === 304 ? answer.head : expectStatus(answer, 200))
  }
  return state
}

/** The response's head, if it has the status of a sale without errors. */
function expectStatus({ status, head }: HttpAnswer, expected: number): string {
  if (status !== expected) throw new Error(`An answer was not a ${expected}: ${head}`)
  return head
}

function cookieOf(head: string, name: string): string {
  const value = new RegExp(`\\r\\nset-cookie: ${name}=([^;\\r]+)`, 'i').exec(head)?.[1]
  if (value === undefined) throw new Error(`An answer sets no ${name}: ${head}`)
  return value
}

function locationOf(head: string): string {
  const path = /\r\nlocation: (\S+)/i.exec(head)?.[1]
  if (path === undefined) throw new Error(`An answer names no location: ${head}`)
  return path
}

function indexOf(place: string): number {
  const payload = Buffer.from(place.split('.')[1] ?? '', 'base64url').toString()
  return (JSON.parse(payload) as { index: number }).index
}
