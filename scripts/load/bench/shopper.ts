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
const UNDER_WAY = ['"accepted"', '"charging"', '"paid"']

/** Enters the room and reads its status once. */
export function* enterRoom(room: string): Walk<Waiting> {
  const key = randomBytes(KEY_BYTES).toString('base64url')
  const entered = expectStatus(yield requestBytes('POST', `/api/rooms/${room}/entries`, [], { key }), 201)
  const place = cookieOf(entered, placeCookie(room))
  expectStatus(yield requestBytes('GET', `/api/rooms/${room}/status`, [bearer(place)]), 200)
  return { place, index: indexOf(place) }
}

/** Claims for a place that has been called, holds a unit, pays, and follows the payment until it is confirmed. */
export function* buyTicket(room: string, { place }: Waiting, { session, type }: Buyer): Walk<void> {
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
    yield requestBytes('POST', `${path}/payments`, [bearer(pass), idempotencyKey], agreementTo(held)),
    202,
  )
  yield* followPayment(locationOf(accepted), session)
}

/** Requests to pay for the hold. */
function agreementTo({ body }: HttpAnswer): object {
  const { amountMinor, version } = JSON.parse(body.toString()) as { amountMinor: number; version: string }
  return { method: 'card-ok', amountMinor, holdVersion: version }
}

function* followPayment(path: string, session: string): Walk<void> {
  let state = '"accepted"'
  while (UNDER_WAY.includes(state)) {
    const headers = [bearer(session), `Prefer: wait=${WAIT_SECONDS}`, `If-None-Match: ${state}`]
    const answer = yield requestBytes('GET', path, headers)
    state = etagOf(answer.status === 304 ? answer.head : expectStatus(answer, 200))
  }
  if (state !== '"confirmed"') throw new Error(`A payment became ${state}`)
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
