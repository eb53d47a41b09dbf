import { and, eq, isNull } from 'drizzle-orm'
import type { Database } from '../../../drizzle/database.ts'
import {
  deadLetters,
  orders,
  type PaymentAction,
  type PaymentState,
  payments,
} from '../../../drizzle/schema/purchases.ts'
import type { Redis } from '../../../shared/redis/client.ts'
import type { Clock } from '../../../shared/runtime/clock.ts'
import type { QueueEmails } from '../../email/queue-emails.ts'
import { finishRefundsOf } from '../../orders/finish-refund.ts'
import { chargeAttemptOf, isOpen, type Payment } from '../payment.ts'
import type { ActionRequired, ChargeAttempt, PaymentProvider, RefundOutcome } from '../provider.ts'
import { refundPayment } from '../refund-payment.ts'
import { noteReversals } from '../reversals/note-reversals.ts'
import { showPayment } from '../show-payment.ts'
import { abandonCharge } from './abandon-charge.ts'
import { type AfterDecline, evaluateDecline } from './declines.ts'
import { finishPayment, type PaymentEnd } from './finish-payment.ts'
import { listRefusedRefund } from './move-to-dead-letters.ts'
import { boundedAction, noteFinished, readRequired, recordWaiting, replaceAction } from './record-waiting.ts'
import { type ChargedPayment, type SettledPayment, settlePayments } from './settle-payments.ts'
import { showWaiting } from './show-waiting.ts'

export type ResolveDeps = {
  redis: Redis
  db: Database
  provider: PaymentProvider
  now: Clock
  rememberSeconds: number
  /** Writes e-mails to buyers; missing where none are sent. */
  queueEmails?: QueueEmails | undefined
}

export type ResolvePaymentResult =
  | { status: 'ended'; state: PaymentEnd['state']; orderId?: string }
  /** The outcome of its charge or refund at the provider is unknown: request it again later. */
  | { status: 'unknown'; cause: unknown }
  /** The provider has its refund and has not decided. */
  | { status: 'refund-pending' }
  /** The provider refuses its refund, which the organiser is told. */
  | { status: 'refund-refused'; reason: string }
  /** The provider knows no charge; the payment is recorded and may still be charged. */
  | { status: 'none' }
  /** The fan has not done what the provider asks, which is open there. */
  | { status: 'action' }
  /** Its order is being cancelled, and the cancellation refunds it. */
  | { status: 'cancelling'; orderId: string }
  /** MySQL does not know it. */
  | { status: 'missing' }

export type RecordedRow = {
  payment: Payment
  state: PaymentState
  /** What its fan has to do, or had to. */
  actionKind: PaymentAction['kind'] | undefined
  /** Until when it waits for its fan; once it has ended, Redis may not have its end while this is there. */
  actionUntil: Date | undefined
  orderId?: string
  reason?: string
}

/**
 * Brings a recorded payment to its end by its state at the provider, and never charges: for webhooks and for
 * reconciling. May run at any time, repeatedly, and concurrently with a worker that processes the same payment: the
 * row's lock lets one of them settle it, and the other finds it settled.
 */
export async function resolvePayment(deps: ResolveDeps, paymentId: string): Promise<ResolvePaymentResult> {
  const result = await endPayment(deps, paymentId)
  if (result.status === 'ended' || result.status === 'cancelling') await closeDeadLetter(deps, paymentId)
  return result
}

/**
 * The same for events of the provider: it also looks for refunds and disputes, which may come to a payment long after
 * it has ended.
 */
export async function followProvider(
  deps: ResolveDeps,
  paymentId: string,
): Promise<{ status: ResolvePaymentResult['status'] }> {
  const resolved = await resolvePayment(deps, paymentId)
  if (resolved.status === 'unknown' || resolved.status === 'missing') return resolved
  await finishRefundsOf(deps, paymentId)
  const noted = await noteReversals(deps, paymentId)
  return noted.status === 'unknown' ? noted : resolved
}

/** The same, but leaves a dead letter of the payment open for the organiser. */
export async function endPayment(deps: ResolveDeps, paymentId: string): Promise<ResolvePaymentResult> {
  const recorded = await readRecorded(deps.db, paymentId)
  if (recorded === undefined) return { status: 'missing' }
  const { state } = recorded
  if (isOpen(state) || state === 'declined' || state === 'expired') {
    const found = await findFor(deps, recorded)
    if (found.status === 'unknown') return found
    if (found.status === 'action' && isOpen(state)) return await leaveToFan(deps, recorded, found)
    if (found.status === 'none' || found.status === 'action') {
      return isOpen(state) ? { status: 'none' } : await finish(deps, recorded, { ...recorded, state })
    }
    return await settle(deps, recorded, found)
  }
  return await finish(deps, recorded, { ...recorded, state })
}

/** Settles a recorded payment by what the provider says of it, and ends it. */
export async function settle(
  deps: ResolveDeps,
  recorded: RecordedRow,
  outcome: ChargedPayment['outcome'],
): Promise<ResolvePaymentResult> {
  const { payment } = recorded
  const at = new Date(deps.now())
  const settled = (await settlePayments(deps.db, [{ payment, outcome }], at, deps.queueEmails)).get(
    payment.id,
  )
  return settled === undefined ? { status: 'missing' } : await finish(deps, recorded, settled)
}

/**
 * A payment whose worker died between its request and the record of what is required waits from here on. What the
 * provider asks for instead, as money once the fan has chosen a bank, takes the place of what it asked before.
 */
async function leaveToFan(
  deps: ResolveDeps,
  recorded: RecordedRow,
  found: ActionRequired,
): Promise<ResolvePaymentResult> {
  const { payment, state, actionKind } = recorded
  if (state === 'accepted' || found.action.kind === actionKind) return { status: 'action' }
  const required = boundedAction(found, attemptOf(deps, recorded))
  if (state === 'charging') await recordWaiting(deps.db, [{ payment, required }], new Date(deps.now()))
  else await replaceAction(deps.db, payment.id, required)
  const shown = await readRequired(deps.db, payment.id)
  if (shown !== undefined) await showWaiting(deps.redis, { payment }, shown)
  return { status: 'action' }
}

/** A fan who changes what is asked of them at the provider gains no time: the payment keeps the end it has. */
function attemptOf(deps: ResolveDeps, { payment, state, actionUntil }: RecordedRow): ChargeAttempt {
  const attempt = chargeAttemptOf(payment, deps.now)
  return state === 'waiting' && actionUntil !== undefined ? { ...attempt, until: actionUntil } : attempt
}

/** No attempt of an expired payment stays open at the provider; if cancelling it fails, reconciling tries again. */
async function findFor(deps: ResolveDeps, recorded: RecordedRow) {
  const { payment, state } = recorded
  const found = await deps.provider.findCharge(payment.id, attemptOf(deps, recorded))
  const isOver = state === 'expired' || state === 'declined'
  if (!(found.status === 'action' && isOver) && !(found.status === 'none' && state === 'expired'))
    return found
  const left = await abandonCharge(deps, payment)
  return left.status === 'succeeded' ? left : found
}

/** Ends a settled payment in Redis; a refund is requested first. */
export async function finish(
  deps: ResolveDeps,
  { actionUntil }: Pick<RecordedRow, 'actionUntil'>,
  settled: SettledPayment,
  keepsHold = false,
): Promise<ResolvePaymentResult> {
  const { payment, state, orderId, reason } = settled
  const isCancelled = orderId !== undefined && state !== 'confirmed'
  if (state === 'refunding' && !isCancelled) {
    const refund = await refundPayment(deps, payment)
    if (refund.status !== 'refunded') return await notRefunded(deps, payment, refund)
  }
  // A hold that became an order is sold, whatever became of the order; the cancellation continues from there.
  const ended = isCancelled ? 'confirmed' : state === 'refunding' ? 'refunded' : state
  const end: PaymentEnd = { state: ended, keepsHold, ...given({ orderId, reason }) }
  if (ended === 'declined' || keepsHold) end.decline = await declineOf(deps, payment, end)
  await finishPayment(deps.redis, { payment }, end, deps.rememberSeconds)
  // Redis may have lost its state; then it has just been published as confirmed.
  if (isCancelled) await showPayment(deps.redis, payment, state)
  if (actionUntil !== undefined) await noteFinished(deps.db, payment.id)
  if (isCancelled && state === 'refunding') return { status: 'cancelling', orderId }
  return {
    status: 'ended',
    state: isCancelled ? 'refunded' : ended,
    ...given({ orderId }),
  }
}

/** A refund that the provider refuses is in the list of the organiser until it is made. */
async function notRefunded(
  { db, now }: ResolveDeps,
  payment: Payment,
  refund: Exclude<RefundOutcome, { status: 'refunded' }>,
): Promise<ResolvePaymentResult> {
  if (refund.status === 'unknown') return refund
  if (refund.status === 'pending') return { status: 'refund-pending' }
  await listRefusedRefund(db, payment, refund.reason, new Date(now()))
  return { status: 'refund-refused', reason: refund.reason }
}

/** A payment that was given up is followed by a pause as a declined one is, and ends no turn. */
async function declineOf(deps: ResolveDeps, payment: Payment, { state }: PaymentEnd): Promise<AfterDecline> {
  const decline = await evaluateDecline(deps.db, payment, new Date(deps.now()))
  return state === 'declined' ? decline : { ...decline, endsTurn: false }
}

/** Those that have a value. */
function given<T extends Record<string, string | undefined>>(
  values: T,
): { [name in keyof T]?: Exclude<T[name], undefined> } {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)) as {
    [name in keyof T]?: Exclude<T[name], undefined>
  }
}

/** Once the payment has ended, the organiser has nothing left to decide. */
async function closeDeadLetter({ db, now }: ResolveDeps, paymentId: string): Promise<void> {
  await db
    .update(deadLetters)
    .set({ resolvedAt: new Date(now()) })
    .where(and(eq(deadLetters.paymentId, paymentId), isNull(deadLetters.resolvedAt)))
}

export async function readRecorded(db: Database, id: string): Promise<RecordedRow | undefined> {
  const [row] = await db
    .select({ payment: payments, orderId: orders.id })
    .from(payments)
    .leftJoin(orders, eq(orders.paymentId, payments.id))
    .where(eq(payments.id, id))
  if (row === undefined) return undefined
  const { accountId, festivalId, holdId, basket, amountMinor, currency, method, state, reason } = row.payment
  return {
    payment: {
      id,
      account: accountId,
      room: festivalId,
      hold: holdId,
      basket,
      amountMinor,
      currency,
      method,
    },
    state,
    actionKind: row.payment.action?.kind,
    actionUntil: row.payment.actionUntil ?? undefined,
    ...(row.orderId === null ? {} : { orderId: row.orderId }),
    ...(reason === null ? {} : { reason }),
  }
}
