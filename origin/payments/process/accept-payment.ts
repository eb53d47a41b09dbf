import { createHash } from 'node:crypto'
import { eq } from 'drizzle-orm'
import { v7 as uuidv7 } from 'uuid'
import type { Database } from '../../../drizzle/database.ts'
import { isDatabaseUnavailable } from '../../../drizzle/errors.ts'
import { payments } from '../../../drizzle/schema/purchases.ts'
import type { Redis } from '../../../shared/redis/client.ts'
import { roomKeys } from '../../../shared/redis/keys.ts'
import { DeadlineExceeded } from '../../../shared/runtime/deadline.ts'
import { type Hold, parseHold } from '../../holds/hold.ts'
import type { Payment } from '../payment.ts'
import type { PaymentRecorder } from './payment-recorder.ts'

export type AcceptPaymentResult =
  | { status: 'accepted'; payment: string }
  | { status: 'paying'; payment: string }
  /** Payments of the account were declined: it may pay again after this delay. */
  | { status: 'paused'; retryMs: number }
  /** The hold is not what the fan saw: the payment is rejected. */
  | { status: 'hold-changed'; hold: Hold }
  /** MySQL cannot store it now: the same request again finds it, processed meanwhile or not. */
  | { status: 'not-recorded' }
  | { status: 'key-reused' | 'hold-missing' | 'hold-expired' | 'busy' | 'room-absent' | 'room-restored' }

/** A hold lasts at least this much longer when the queue is full and its payment must be sent again. */
const HOLD_WAITS_MS = 10_000

/** Payments in the stream of one room; further ones get 503. */
export const PAYMENT_QUEUE_MAX = 5000
/** How long the same Idempotency-Key returns the same payment. */
export const PAYMENT_KEY_REMEMBER_SECONDS = 86_400

export type AcceptPaymentDeps = {
  redis: Redis
  db: Database
  recorder: Pick<PaymentRecorder, 'record' | 'withdraw'>
  rememberSeconds: number
  queueMax: number
}
export type AcceptPaymentInput = {
  room: string
  account: string
  passId: string
  /** Epoch of the pass; undefined in passes issued before they had one. */
  epoch?: number | undefined
  method: string
  /** Amount and version of the hold that the fan saw and agreed to pay for. */
  amountMinor: number
  holdVersion: string
  idempotencyKey: string
}

/** Possible replies of a Redis that has lost a payment which MySQL has. */
const CHECKED_IN_MYSQL: readonly AcceptPaymentResult['status'][] = [
  ...(['hold-missing', 'hold-expired', 'hold-changed', 'paying', 'paused'] as const),
  ...(['room-absent', 'room-restored'] as const),
]

/** Redis has added it to the stream. Undefined when it knows the request, and has no hold for it any more. */
type Taken = { status: 'taken'; payment: Payment | undefined }

/**
 * Accepts a payment for a pass' hold, if the hold still has the amount and version that the fan saw: into the stream,
 * from which a worker processes it, and into MySQL, so that it outlives Redis. The hold does not expire any more.
 *
 * The same Idempotency-Key and request return the same payment, on any Redis: MySQL stores a payment's request and
 * accepts no second payment for it. Should MySQL be unavailable, or this process end before MySQL has it, the payment
 * is in the stream alone and its fan got no confirmation: a worker records it before it is charged, or it is lost with
 * its Redis, and repeating the request creates it again.
 */
export async function acceptPayment(
  deps: AcceptPaymentDeps,
  input: AcceptPaymentInput,
): Promise<AcceptPaymentResult> {
  const result = await takeInRedis(deps, input)
  if (result.status === 'taken' && result.payment !== undefined) return await record(deps, result.payment)
  if (result.status !== 'taken' && !CHECKED_IN_MYSQL.includes(result.status)) return result
  const found = await findRequest(deps.db, requestOf(input))
  if (found !== undefined) {
    // Recorded too late for the room that was rebuilt: it will not be charged, and the response must report that now.
    if (result.status === 'hold-missing' && found.state === 'accepted') await deps.recorder.withdraw(found.id)
    return { status: 'accepted', payment: found.id }
  }
  return result.status === 'taken' ? { status: 'hold-missing' } : result
}

async function record(
  { recorder }: Pick<AcceptPaymentDeps, 'recorder'>,
  payment: Payment,
): Promise<AcceptPaymentResult> {
  try {
    return { status: 'accepted', payment: await recorder.record(payment) }
  } catch (error) {
    if (isDatabaseUnavailable(error) || error instanceof DeadlineExceeded) return { status: 'not-recorded' }
    throw error
  }
}

/** SHA-256 over everything that makes two requests equal, in base64url. */
function requestOf({ account, idempotencyKey, ...input }: AcceptPaymentInput): string {
  return hashOf([account, idempotencyKey, ...contentOf(input)])
}

function contentOf(
  input: Pick<AcceptPaymentInput, 'passId' | 'method' | 'amountMinor' | 'holdVersion'>,
): (string | number)[] {
  return [input.passId, input.method, input.amountMinor, input.holdVersion]
}

function hashOf(parts: readonly (string | number)[]): string {
  return createHash('sha256').update(JSON.stringify(parts)).digest('base64url')
}

async function findRequest(db: Database, request: string) {
  const [row] = await db
    .select({ id: payments.id, state: payments.state })
    .from(payments)
    .where(eq(payments.request, request))
  return row
}

async function takeInRedis(
  deps: Pick<AcceptPaymentDeps, 'redis' | 'rememberSeconds' | 'queueMax'>,
  input: AcceptPaymentInput,
): Promise<AcceptPaymentResult | Taken> {
  const keys = roomKeys(input.room)
  const newId = uuidv7()
  const request = requestOf(input)
  const [status, detail, holdJson, currency] = await deps.redis.paymentAccept(
    keys.settings,
    keys.holds,
    keys.hold,
    keys.payments,
    keys.payment(newId),
    keys.idempotency(input.account, input.idempotencyKey),
    keys.payPause(input.account),
    input.account,
    input.passId,
    newId,
    input.method,
    hashOf(contentOf(input)),
    deps.rememberSeconds,
    deps.queueMax,
    HOLD_WAITS_MS,
    request,
    input.amountMinor,
    input.holdVersion,
    input.epoch ?? '',
  )
  switch (status) {
    case 'accepted': {
      if (holdJson === '') return { status: 'taken', payment: undefined }
      const { basket, amountMinor } = parseHold(String(holdJson))
      const { account, room, passId: hold, method } = input
      const content = { account, room, hold, basket, amountMinor, method, request }
      return { status: 'taken', payment: { id: String(detail), currency: String(currency), ...content } }
    }
    case 'paying':
      return { status, payment: String(detail) }
    case 'paused':
      return { status, retryMs: Number(detail) }
    case 'changed':
      return { status: 'hold-changed', hold: parseHold(String(detail)) }
    case 'key-reused':
    case 'busy':
      return { status }
    case 'restored':
      return { status: 'room-restored' }
    case 'missing':
      return { status: 'hold-missing' }
    case 'expired':
      return { status: 'hold-expired' }
    default:
      return { status: 'room-absent' }
  }
}
