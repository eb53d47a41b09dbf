import { and, eq, inArray, isNull, or, type SQL } from 'drizzle-orm'
import type { Database, Transaction } from '../../drizzle/database.ts'
import { units } from '../../drizzle/schema/catalogue.ts'
import {
  type OrderState,
  orders,
  payments,
  type RefundAccount,
  type RefundedTicket,
  type RefundState,
  refunds,
  tickets,
} from '../../drizzle/schema/purchases.ts'
import { runTransaction } from '../../drizzle/transaction.ts'
import type { Redis } from '../../shared/redis/client.ts'
import type { Clock } from '../../shared/runtime/clock.ts'
import { cutText } from '../../shared/text.ts'
import type { QueueEmails } from '../email/queue-emails.ts'
import type { PaymentProvider } from '../payments/provider.ts'
import { basketOf, readReturned } from './refunded.ts'
import { noteReturning, returnUnits, shareRoom } from './return-units.ts'

export type FinishRefundDeps = {
  db: Database
  redis: Redis
  provider: PaymentProvider
  now: Clock
  /** Writes the e-mail to the buyer when the provider refuses; missing where none are sent. */
  queueEmails?: QueueEmails | undefined
}

export type FinishRefundResult =
  /** Refunded, and the units of its tickets are for sale again; or it had ended before. */
  | { status: 'finished' }
  /** The provider refused it: nothing was refunded, and its tickets are valid again. */
  | { status: 'failed'; reason: string }
  /** The provider has it and has not decided. */
  | { status: 'pending' }
  /** The provider's outcome is unknown: to be requested again. */
  | { status: 'refund-unknown'; cause: unknown }
  /** Redis does not know the room now: to be retried after it was rebuilt. */
  | { status: 'room-absent' }
  | { status: 'missing' }

type RecordedRefund = {
  id: string
  order: string
  payment: string
  room: string
  account: string
  charge: string | null
  currency: string
  amountMinor: number
  tickets: RefundedTicket[]
  refundAccount: RefundAccount | null
  state: RefundState
  finishedAt: Date | null
}

const FAILURE_CHARACTERS_MAX = 200

/**
 * Completes the refund of a part of an order: the money is refunded, the units of its tickets are free in MySQL, and
 * then for sale again in Redis. Each step is durable before the next and may be repeated by any process at any time;
 * the provider refunds once for the refund's ID.
 */
export async function finishRefund(deps: FinishRefundDeps, id: string): Promise<FinishRefundResult> {
  const [refund] = await readRefunds(deps.db, eq(refunds.id, id))
  if (refund === undefined) return { status: 'missing' }
  if (refund.finishedAt !== null) return { status: 'finished' }
  if (refund.state === 'pending') {
    const undecided = await decide(deps, refund)
    if (undecided !== undefined) return undecided
  }
  const { room, account } = refund
  if (refund.tickets.length > 0) {
    await returnUnits(deps.redis, { id, room, account, basket: basketOf(refund.tickets) })
  }
  await deps.db
    .update(refunds)
    .set({ finishedAt: new Date(deps.now()) })
    .where(and(eq(refunds.id, id), isNull(refunds.finishedAt)))
  return { status: 'finished' }
}

/** Finishes the undecided refunds of a payment; returns the first that stays undecided. */
export async function finishRefundsOf(
  deps: FinishRefundDeps,
  payment: string,
): Promise<FinishRefundResult | undefined> {
  const open = await readRefunds(
    deps.db,
    and(eq(refunds.paymentId, payment), or(eq(refunds.state, 'pending'), isNull(refunds.finishedAt))),
  )
  for (const { id } of open) {
    const finished = await finishRefund(deps, id)
    if (finished.status !== 'finished' && finished.status !== 'failed') return finished
  }
  return undefined
}

async function readRefunds(db: Database, where: SQL | undefined): Promise<RecordedRefund[]> {
  return await db
    .select({
      id: refunds.id,
      order: refunds.orderId,
      payment: refunds.paymentId,
      room: refunds.festivalId,
      account: orders.accountId,
      charge: payments.chargeId,
      currency: orders.currency,
      amountMinor: refunds.amountMinor,
      tickets: refunds.tickets,
      refundAccount: refunds.refundAccount,
      state: refunds.state,
      finishedAt: refunds.finishedAt,
    })
    .from(refunds)
    .innerJoin(orders, eq(orders.id, refunds.orderId))
    .innerJoin(payments, eq(payments.id, refunds.paymentId))
    .where(where)
    .orderBy(refunds.id)
}

/** Asks the provider and records its decision. Undefined when the money is refunded and the units are free. */
async function decide(
  deps: FinishRefundDeps,
  refund: RecordedRefund,
): Promise<FinishRefundResult | undefined> {
  const asked = await deps.provider.refund({
    key: refund.id,
    chargeKey: refund.payment,
    ...(refund.charge === null ? {} : { chargeId: refund.charge }),
    ...{ amountMinor: refund.amountMinor, currency: refund.currency, part: true },
    ...(refund.refundAccount === null ? {} : { refundAccount: refund.refundAccount }),
  })
  switch (asked.status) {
    case 'unknown':
      return { status: 'refund-unknown', cause: asked.cause }
    case 'pending':
      await deps.db
        .update(refunds)
        .set({ atProvider: true })
        .where(and(eq(refunds.id, refund.id), eq(refunds.state, 'pending')))
      return { status: 'pending' }
    case 'refused': {
      const reason = cutText(asked.reason, FAILURE_CHARACTERS_MAX)
      await writeRefused(deps, refund, reason)
      return { status: 'failed', reason }
    }
    case 'refunded':
      return (await writeRefunded(deps, refund)) === 'room-absent' ? { status: 'room-absent' } : undefined
  }
}

/** The refund is done and the units of its tickets are free, in one transaction. */
async function writeRefunded(
  { db, redis, now }: FinishRefundDeps,
  refund: RecordedRefund,
): Promise<'freed' | 'room-absent'> {
  return await runTransaction(db, async (tx) => {
    await shareRoom(tx, refund.room)
    if ((await lockPending(tx, refund)) === undefined) return 'freed'
    if (refund.tickets.length > 0) {
      if ((await noteReturning(tx, redis, refund)) === 'room-absent') return 'room-absent'
      await tx
        .update(units)
        .set({ orderId: null })
        .where(and(eq(units.orderId, refund.order), or(...refund.tickets.map(isUnit))))
    }
    await tx
      .update(refunds)
      .set({ state: 'done', atProvider: false, endedAt: new Date(now()), refundAccount: null })
      .where(eq(refunds.id, refund.id))
    return 'freed'
  })
}

function isUnit({ type, number }: RefundedTicket): SQL | undefined {
  return and(eq(units.ticketTypeId, type), eq(units.number, number))
}

/** Its tickets are valid again, unless their order was cancelled meanwhile: its cancellation refunds the rest. */
async function writeRefused(
  { db, now, queueEmails }: FinishRefundDeps,
  refund: RecordedRefund,
  failure: string,
): Promise<void> {
  await runTransaction(db, async (tx) => {
    const order = await lockPending(tx, refund)
    if (order === undefined) return
    const at = new Date(now())
    await tx
      .update(refunds)
      .set({
        ...{ state: 'failed', atProvider: false, failure, refundAccount: null },
        ...{ endedAt: at, finishedAt: at },
      })
      .where(eq(refunds.id, refund.id))
    if (refund.tickets.length > 0) await revive(tx, refund, order)
    const email = { template: 'refund-failed', params: { refund: refund.id } } as const
    await queueEmails?.(tx, at, [{ ...email, key: `refund-failed:${refund.id}`, account: refund.account }])
  })
}

async function revive(
  tx: Transaction,
  refund: RecordedRefund,
  { state }: { state: OrderState },
): Promise<void> {
  await tx
    .update(orders)
    .set({ returned: await readReturned(tx, refund.order) })
    .where(eq(orders.id, refund.order))
  if (state !== 'owned') return
  const ids = refund.tickets.map(({ id }) => id)
  await tx.update(tickets).set({ live: true }).where(inArray(tickets.id, ids))
}

/** The refund's order, locked with its payment; undefined when another process has recorded the decision meanwhile. */
async function lockPending(
  tx: Transaction,
  refund: RecordedRefund,
): Promise<{ state: OrderState } | undefined> {
  await tx.select({ id: payments.id }).from(payments).where(eq(payments.id, refund.payment)).for('update')
  const [order] = await tx
    .select({ state: orders.state })
    .from(orders)
    .where(eq(orders.id, refund.order))
    .for('update')
  const [locked] = await tx
    .select({ state: refunds.state })
    .from(refunds)
    .where(eq(refunds.id, refund.id))
    .for('update')
  return locked?.state === 'pending' ? order : undefined
}
