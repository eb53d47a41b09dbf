import { and, asc, eq, gt, inArray, isNull, lte, ne, notExists, or } from 'drizzle-orm'
import pLimit from 'p-limit'
import type { Database } from '../../../drizzle/database.ts'
import { deadLetters, orders, type PaymentState, payments } from '../../../drizzle/schema/purchases.ts'
import { isOpen, OPEN_STATES } from '../payment.ts'
import { expirePayment } from '../process/record-payments.ts'
import type { Done, Finding } from './finding.ts'
import { queuedPayments } from './queued-payments.ts'
import { type PartReconciled, type ReconcileDeps, reconcileRows } from './reconcile-part.ts'

type OpenPayment = {
  id: string
  room: string
  state: PaymentState
  amountMinor: number
  currency: string
  createdAt: Date
}

/** Those that wait for their fans come to an end by themselves, and are only looked at when they did not. */
const UNFINISHED: PaymentState[] = [...OPEN_STATES, 'refunding']

/**
 * Resolves payments that are neither settled nor refunded and that no worker will find, such as those whose stream was
 * lost with a wiped Redis. Refunds of cancelled orders are left to `reconcileOrders`.
 */
export async function reconcilePayments(deps: ReconcileDeps): Promise<PartReconciled> {
  const { now, limits } = deps
  const before = new Date(now() - limits.restMs)
  return reconcileRows(limits.rowsMax, {
    what: 'payments',
    read: (after, rows) => readPage(deps.db, before, after, rows),
    repair: async (rows) => requeue(deps, await findLost(deps, rows)),
  })
}

async function readPage(db: Database, before: Date, after: string, rows: number): Promise<OpenPayment[]> {
  return db
    .select({
      id: payments.id,
      room: payments.festivalId,
      state: payments.state,
      amountMinor: payments.amountMinor,
      currency: payments.currency,
      createdAt: payments.createdAt,
    })
    .from(payments)
    .where(
      and(
        inArray(payments.state, UNFINISHED),
        or(ne(payments.state, 'waiting'), lte(payments.actionUntil, before)),
        lte(payments.createdAt, before),
        gt(payments.id, after),
        notExists(db.select({ id: orders.id }).from(orders).where(eq(orders.paymentId, payments.id))),
      ),
    )
    .orderBy(asc(payments.id))
    .limit(rows)
}

/** Those in no stream, and still open: a payment leaves its stream after MySQL has its end, so no worker has them. */
async function findLost(deps: ReconcileDeps, page: readonly OpenPayment[]): Promise<OpenPayment[]> {
  const lost: OpenPayment[] = []
  for (const [room, ofRoom] of Map.groupBy(page, (payment) => payment.room)) {
    const queued = await queuedPayments(deps.redis, room)
    lost.push(...ofRoom.filter(({ id }) => !queued.has(id)))
  }
  const states = await readStates(deps.db, lost)
  return lost.filter(({ id }) => UNFINISHED.includes(states.get(id) ?? 'expired'))
}

async function requeue(deps: ReconcileDeps, lost: readonly OpenPayment[]): Promise<Finding[]> {
  if (lost.length === 0) return []
  const deadLetter = await findDeadLetter(deps.db, lost)
  const limit = pLimit(deps.limits.concurrencyMax)
  return Promise.all(
    lost.map(async (payment): Promise<Finding> => {
      const { id, state, amountMinor, currency } = payment
      const finding = { payment: id, amountMinor, currency }
      const attempts = deadLetter.get(id)
      const end = await limit(() => resolve(deps, payment, attempts === undefined))
      if (attempts !== undefined && end.done === 'waiting') {
        const reason = `tried ${attempts} times and dead-lettered; put it back or dismiss it`
        return { found: 'payment-dead-lettered', done: 'listed', reason, ...finding }
      }
      return { found: isOpen(state) ? 'payment-unfinished' : 'refund-unfinished', ...end, ...finding }
    }),
  )
}

async function findDeadLetter(db: Database, lost: readonly OpenPayment[]): Promise<Map<string, number>> {
  const rows = await db
    .select({ paymentId: deadLetters.paymentId, attempts: deadLetters.attempts })
    .from(deadLetters)
    .where(
      and(
        isNull(deadLetters.resolvedAt),
        inArray(
          deadLetters.paymentId,
          lost.map(({ id }) => id),
        ),
      ),
    )
  return new Map(
    rows.flatMap(({ paymentId, attempts }) => (paymentId === null ? [] : [[paymentId, attempts]])),
  )
}

/** @param mayAbandon - unless an organiser is to decide whether it is still charged */
async function resolve(
  deps: ReconcileDeps,
  { id, state: known, createdAt }: OpenPayment,
  mayAbandon: boolean,
): Promise<{ done: Done; reason: string }> {
  try {
    const resolved = await (known === 'waiting' ? deps.endWaiting(id) : deps.resolvePayment(id))
    const { status } = resolved
    if (status === 'refund-pending')
      return { done: 'waiting', reason: 'the provider has not decided its refund' }
    if (status === 'refund-refused') {
      return { done: 'listed', reason: `the provider refuses its refund: ${resolved.reason}` }
    }
    const isOver = deps.now() - createdAt.getTime() > deps.limits.abandonMs
    if (status === 'none' && known !== 'waiting' && mayAbandon && isOver) {
      await expirePayment(deps.db, id, new Date(deps.now()))
      // Looks it up once more: a charge found now is refunded.
      await deps.resolvePayment(id)
    }
    const state = (await readStates(deps.db, [{ id }])).get(id)
    return state === undefined ? { done: 'listed', reason: 'it is gone' } : OUTCOMES[state]
  } catch (error) {
    deps.log.warn({ err: error, payment: id }, 'a payment could not be resolved')
    return { done: 'waiting', reason: 'a store did not answer' }
  }
}

const OUTCOMES: Record<PaymentState, { done: Done; reason: string }> = {
  confirmed: { done: 'finished', reason: 'it was charged, and is an order now' },
  refunded: { done: 'refunded', reason: 'it was charged and no unit was left' },
  declined: { done: 'released', reason: 'it was declined' },
  expired: { done: 'released', reason: 'it was never charged' },
  accepted: { done: 'waiting', reason: 'no worker has begun to charge it' },
  charging: {
    done: 'waiting',
    reason: 'the provider does not say, or not for certain, whether it was charged',
  },
  waiting: { done: 'waiting', reason: 'its fan has not done what the provider asks' },
  refunding: { done: 'waiting', reason: 'the provider does not say whether it was given back' },
}

async function readStates(db: Database, some: readonly { id: string }[]): Promise<Map<string, PaymentState>> {
  if (some.length === 0) return new Map()
  const rows = await db
    .select({ id: payments.id, state: payments.state })
    .from(payments)
    .where(
      inArray(
        payments.id,
        some.map(({ id }) => id),
      ),
    )
  return new Map(rows.map(({ id, state }) => [id, state]))
}
