import { createHash } from 'node:crypto'
import { eq } from 'drizzle-orm'
import { v7 as uuidv7 } from 'uuid'
import type { Database } from '../../drizzle/database.ts'
import { payments } from '../../drizzle/schema/purchases.ts'
import type { Redis } from '../../shared/redis/client.ts'
import { roomKeys } from '../../shared/redis/keys.ts'
import { type Hold, parseHold } from '../holds/hold.ts'

export type AcceptPaymentResult =
  | { status: 'accepted'; payment: string }
  | { status: 'paying'; payment: string }
  /** Payments of the account were declined: it may pay again after this long. */
  | { status: 'paused'; retryMs: number }
  /** The hold is not what the fan saw: nothing is paid. */
  | { status: 'hold-changed'; hold: Hold }
  | { status: 'key-reused' | 'hold-missing' | 'hold-expired' | 'busy' | 'room-absent' | 'room-restored' }

/** What is held lasts at least this much longer when too many payments wait and this one has to come again. */
const HOLD_WAITS_MS = 10_000

export type AcceptPaymentDeps = { redis: Redis; db: Database; rememberSeconds: number; waitingMax: number }
export type AcceptPaymentInput = {
  room: string
  account: string
  passId: string
  /** Of the pass; undefined in one from before passes carried it. */
  epoch?: number | undefined
  method: string
  /** Amount and version of the hold that the fan saw and agreed to pay for. */
  amountMinor: number
  holdVersion: string
  idempotencyKey: string
}

const CHECKED_IN_MYSQL = ['hold-missing', 'hold-expired', 'hold-changed', 'paying', 'room-restored']

/**
 * Takes a payment for a pass' hold into the stream, from which a worker makes it, if the hold still has the amount and
 * version that the fan saw. Once accepted it is not lost, and the hold does not expire. The same Idempotency-Key and request give the same payment, also when Redis was lost in
 * between: MySQL knows with what a payment was asked for.
 */
export async function acceptPayment(
  deps: AcceptPaymentDeps,
  input: AcceptPaymentInput,
): Promise<AcceptPaymentResult> {
  const result = await acceptInRedis(deps, input)
  if (!CHECKED_IN_MYSQL.includes(result.status)) return result
  const payment = await findRequest(deps.db, requestOf(input))
  return payment === undefined ? result : { status: 'accepted', payment }
}

/** SHA-256 of everything that makes two requests the same, in base64url. */
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

async function findRequest(db: Database, request: string): Promise<string | undefined> {
  const [row] = await db.select({ id: payments.id }).from(payments).where(eq(payments.request, request))
  return row?.id
}

async function acceptInRedis(
  deps: Pick<AcceptPaymentDeps, 'redis' | 'rememberSeconds' | 'waitingMax'>,
  input: AcceptPaymentInput,
): Promise<AcceptPaymentResult> {
  const keys = roomKeys(input.room)
  const id = uuidv7()
  const [status, detail] = await deps.redis.paymentAccept(
    keys.settings,
    keys.holds,
    keys.hold,
    keys.payments,
    keys.payment(id),
    keys.idempotency(input.account, input.idempotencyKey),
    keys.payPause(input.account),
    input.account,
    input.passId,
    id,
    input.method,
    hashOf(contentOf(input)),
    deps.rememberSeconds,
    deps.waitingMax,
    HOLD_WAITS_MS,
    requestOf(input),
    input.amountMinor,
    input.holdVersion,
    input.epoch ?? '',
  )
  switch (status) {
    case 'accepted':
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
