import { and, eq } from 'drizzle-orm'
import { isDuplicate } from '../../../drizzle/errors.ts'
import { deadLetters, type PaymentState, payments } from '../../../drizzle/schema/purchases.ts'
import type { Redis } from '../../../shared/redis/client.ts'
import { roomKeys } from '../../../shared/redis/keys.ts'
import { recordChange } from '../../audit-log/record-change.ts'
import { isOwnFailure } from '../failure.ts'
import { chargeAttemptOf, isOpen, type Payment } from '../payment.ts'
import { parseFields } from '../payment-entry.ts'
import { abandonCharge } from '../process/abandon-charge.ts'
import { finishPayment } from '../process/finish-payment.ts'
import { beginPayments, expirePayment } from '../process/record-payments.ts'
import { endPayment, type ResolveDeps } from '../process/resolve-payment.ts'

export type ResolveDeadLetterInput = {
  room: string
  id: number
  account: string
  action: 'retry' | 'dismiss'
}

export type ResolveDeadLetterResult =
  | { status: 'resolved' }
  | { status: 'missing' }
  /** It was requeued, dismissed, or had ended before. */
  | { status: 'closed' }
  /** The entry cannot be parsed, so there is nothing to requeue. */
  | { status: 'unreadable' }
  /** It was charged or is being refunded: requeueing it brings it to the right end. */
  | { status: 'charged' }
  /** Redis does not know the room now: decide again after it was rebuilt. */
  | { status: 'room-absent' }
  /** Whether it was charged is unknown now. */
  | { status: 'unknown' }

const DISMISSED = 'dismissed'

type DeadLetterRow = typeof deadLetters.$inferSelect

/**
 * Applies an organiser's decision on a dead letter and writes it to the audit log. `retry` requeues it with a new set
 * of attempts; `dismiss` abandons it, if it was not charged, and its units are for sale again. Each step may be
 * repeated, and closing the entry is the last one: if a store was unavailable, the same request can be sent again.
 */
export async function resolveDeadLetter(
  deps: ResolveDeps,
  input: ResolveDeadLetterInput,
): Promise<ResolveDeadLetterResult> {
  const [deadLetter] = await deps.db.select().from(deadLetters).where(isDeadLetter(input))
  if (deadLetter === undefined) return { status: 'missing' }
  if (deadLetter.resolvedAt !== null) return { status: 'closed' }
  const payment = parseFields(input.room, deadLetter.fields)
  const refusal =
    input.action === 'retry'
      ? await putBack(deps.redis, deadLetter, payment)
      : await (payment === undefined ? abandonUnreadable(deps, deadLetter) : abandon(deps, payment))
  return refusal ?? (await close(deps, input, deadLetter))
}

async function putBack(
  redis: Redis,
  { fields }: DeadLetterRow,
  payment: Payment | undefined,
): Promise<ResolveDeadLetterResult | undefined> {
  if (payment === undefined) return { status: 'unreadable' }
  const keys = roomKeys(payment.room)
  const entry = await redis.paymentRequeue(
    ...([keys.payments, keys.payment(payment.id), keys.settings, keys.hold] as const),
    ...([JSON.stringify(Object.entries(fields).flat()), payment.id, payment.hold] as const),
  )
  return entry === '' ? { status: 'room-absent' } : undefined
}

/**
 * An entry that cannot be parsed was never charged, since no worker could read it. Its hold ends if that much can be
 * parsed, and so does what its origin recorded of it.
 */
async function abandonUnreadable(
  { redis, db, now, rememberSeconds }: ResolveDeps,
  { festivalId: room, fields }: DeadLetterRow,
): Promise<undefined> {
  const { payment: id, hold, account } = fields
  if (id === undefined || hold === undefined || account === undefined) return
  const payment = { id, room, hold, account }
  await expirePayment(db, id, new Date(now()), DISMISSED)
  await finishPayment(redis, { payment }, { state: 'expired', reason: DISMISSED }, rememberSeconds)
}

async function abandon(deps: ResolveDeps, payment: Payment): Promise<ResolveDeadLetterResult | undefined> {
  const [recorded] = await deps.db
    .select({ state: payments.state })
    .from(payments)
    .where(eq(payments.id, payment.id))
  if (recorded?.state === 'refunding') return { status: 'charged' }
  if (recorded !== undefined && !isOpen(recorded.state)) {
    // Does not close the entry: the caller does, and writes that to the audit log.
    const ended = await endPayment(deps, payment.id)
    return ended.status === 'unknown' ? { status: 'unknown' } : undefined
  }
  const found = await deps.provider.findCharge(payment.id, chargeAttemptOf(payment, deps.now))
  if (found.status === 'unknown') return { status: 'unknown' }
  if (found.status === 'succeeded') return { status: 'charged' }
  const state = await writeAbandoned(deps, payment)
  if (state !== undefined && state !== 'expired') return { status: 'charged' }
  await finishPayment(deps.redis, { payment }, { state: 'expired', reason: DISMISSED }, deps.rememberSeconds)
  const left = await abandonCharge(deps, payment)
  if (left.status === 'succeeded') await endPayment(deps, payment.id)
  return undefined
}

/**
 * From here on it is not charged: a stalled worker that still has it either finds this or refunds its charge. Returns
 * the payment's state, undefined when MySQL rejects the payment's values.
 */
async function writeAbandoned({ db, now }: ResolveDeps, payment: Payment): Promise<PaymentState | undefined> {
  const at = new Date(now())
  if (await expirePayment(db, payment.id, at, DISMISSED)) return 'expired'
  try {
    return (await beginPayments(db, [payment], at, DISMISSED)).get(payment.id)?.state
  } catch (error) {
    if (isDuplicate(error) || !isOwnFailure(error)) throw error
    return undefined
  }
}

/** Closes the entry and writes to the audit log who did it, once. */
async function close(
  { db, now }: ResolveDeps,
  input: ResolveDeadLetterInput,
  { entry, paymentId, reason }: DeadLetterRow,
): Promise<ResolveDeadLetterResult> {
  const at = new Date(now())
  return await db.transaction(async (tx) => {
    const [deadLetter] = await tx
      .select({ resolvedAt: deadLetters.resolvedAt })
      .from(deadLetters)
      .where(isDeadLetter(input))
      .for('update')
    if (deadLetter?.resolvedAt !== null) return { status: 'closed' }
    await tx.update(deadLetters).set({ resolvedAt: at }).where(isDeadLetter(input))
    await recordChange(tx, {
      at,
      accountId: input.account,
      action: `payment.${input.action}`,
      subject: input.room,
      festivalId: input.room,
      before: { entry, payment: paymentId, reason },
      after: { action: input.action },
    })
    return { status: 'resolved' }
  })
}

function isDeadLetter({ room, id }: ResolveDeadLetterInput) {
  return and(eq(deadLetters.id, id), eq(deadLetters.festivalId, room))
}
