import { and, desc, eq, inArray } from 'drizzle-orm'
import { v7 as uuidv7 } from 'uuid'
import type { Database, Transaction } from '../../drizzle/database.ts'
import { shownNumber } from '../../drizzle/order-number.ts'
import {
  checkIns,
  orders,
  payments,
  type RefundAccount,
  type RefundedTicket,
  refunds,
  tickets,
} from '../../drizzle/schema/purchases.ts'
import type { Redis } from '../../shared/redis/client.ts'
import type { Clock } from '../../shared/runtime/clock.ts'
import { pricesOf } from '../../shared/ticket-prices.ts'
import { recordChange } from '../audit-log/record-change.ts'
import type { QueueEmails } from '../email/queue-emails.ts'
import {
  findKey,
  hashOfKey,
  type KeyedRequest,
  type KeyRefusal,
  keyedTransaction,
  storeKey,
} from '../idempotency/keyed-request.ts'
import { readReversed } from '../payments/refund-payment.ts'
import { findPaidOrder } from './find-paid-order.ts'
import { readPrices, readRefundedMinor, readReturned } from './refunded.ts'

export type RefundInPartInput = {
  order: string
  /** The organiser. */
  account: string
  /** IDs of the tickets to refund, which become void; none for an amount alone. */
  tickets: readonly string[]
  /** Without it, the price of the tickets. */
  amountMinor?: number | undefined
  reason: string
  refundAccount?: RefundAccount | undefined
  /** The request's `Idempotency-Key`. */
  key: string
}

export type RefundInPartResult =
  /** Recorded; `finishRefund` does the rest. */
  | { status: 'refunding'; refund: string }
  /** The same request was recorded before. */
  | { status: 'repeated'; refund: string }
  | { status: 'missing' }
  /** The order is cancelled or being cancelled, which refunds all that remains. */
  | { status: 'cancelled' }
  /** A chosen ticket is not of the order, or void. */
  | { status: 'ticket-void' }
  /** A chosen ticket was checked in; it can be refunded once that is undone. */
  | { status: 'checked-in' }
  /** Every valid ticket was chosen: that is a cancellation. */
  | { status: 'whole-order' }
  /** The price of the chosen tickets is unknown, since prices have changed: the request must name an amount. */
  | { status: 'amount-unknown' }
  | { status: 'too-much'; remainingMinor: number }
  /** A dispute of the charge is open, which may take the money. */
  | { status: 'disputed' }
  /** A deposit is refunded to an account that the request must name. */
  | { status: 'account-needed' }
  /** Bought a moment ago, and not ended in Redis yet. */
  | { status: 'unfinished' }
  | KeyRefusal

export type RefundInPartDeps = {
  db: Database
  redis: Redis
  now: Clock
  /** Writes the e-mail to the buyer; missing where none are sent. */
  queueEmails?: QueueEmails | undefined
}

type Tx = { tx: Transaction; at: Date }

/**
 * Records the refund of some tickets of an order, or of an amount of it, before the provider is asked. From here on
 * the tickets admit nobody and the amount cannot be refunded another time: all refunds of one payment are recorded under
 * the lock of its row.
 */
export async function refundInPart(
  deps: RefundInPartDeps,
  input: RefundInPartInput,
): Promise<RefundInPartResult> {
  const found = await findPaidOrder(deps, input.order)
  if (typeof found === 'string') return { status: found }
  const { account, key, ...request } = input
  const keyed = { account, key, request: { operation: 'order.refund', ...request } }
  return await keyedTransaction(deps.db, async (tx): Promise<RefundInPartResult> => {
    const at = new Date(deps.now())
    const locked = await lockOrder(tx, input.order, found.paymentId)
    const status = await findKey(tx, at, keyed)
    if (status === 'repeated') return { status, refund: await findByKey(tx, input) }
    if (status !== 'new') return { status }
    return await recordIn({ tx, at }, deps, { input, locked, keyed })
  })
}

type LockedOrder = Awaited<ReturnType<typeof lockOrder>>

/** The payment's lock serialises refunds, cancellations, and reversals of one payment. */
async function lockOrder(tx: Transaction, id: string, paymentId: string) {
  const [payment] = await tx.select().from(payments).where(eq(payments.id, paymentId)).for('update')
  const [order] = await tx.select().from(orders).where(eq(orders.id, id)).for('update')
  if (payment === undefined || order === undefined) throw new Error(`the order ${id} has no payment`)
  return { order, payment }
}

async function findByKey(tx: Transaction, { account, key, order }: RefundInPartInput): Promise<string> {
  const [made] = await tx
    .select({ id: refunds.id })
    .from(refunds)
    .where(
      and(eq(refunds.orderId, order), eq(refunds.accountId, account), eq(refunds.keyHash, hashOfKey(key))),
    )
    .orderBy(desc(refunds.id))
    .limit(1)
  if (made === undefined) throw new Error('a stored key has its refund')
  return made.id
}

async function recordIn(
  { tx, at }: Tx,
  deps: RefundInPartDeps,
  { input, locked, keyed }: { input: RefundInPartInput; locked: LockedOrder; keyed: KeyedRequest },
): Promise<RefundInPartResult> {
  const { order, payment } = locked
  if (order.state !== 'owned') return { status: 'cancelled' }
  const chosen = await chooseTickets(tx, order.id, input.tickets)
  if ('status' in chosen) return chosen
  const amount = await amountOf(tx, { input, locked, chosen: chosen.tickets, all: chosen.all })
  if (typeof amount !== 'number') return amount
  if (amount > 0 && isDeposit(payment) && input.refundAccount === undefined) {
    return { status: 'account-needed' }
  }
  await storeKey(tx, at, keyed)
  const refund = uuidv7({ msecs: at.getTime() })
  await tx.insert(refunds).values({
    ...{ id: refund, orderId: order.id, paymentId: payment.id, festivalId: order.festivalId },
    ...{ amountMinor: amount, tickets: chosen.tickets, reason: input.reason, accountId: input.account },
    ...{ keyHash: hashOfKey(input.key), refundAccount: input.refundAccount ?? null },
    ...{ state: 'pending', createdAt: at },
  })
  await voidTickets(tx, order.id, chosen.tickets)
  await recordRefund({ tx, at }, { input, order, refund, amountMinor: amount, chosen: chosen.tickets })
  const email = { template: 'order-refunded', params: { refund }, key: `order-refunded:${refund}` } as const
  await deps.queueEmails?.(tx, at, [{ ...email, account: order.accountId }])
  return { status: 'refunding', refund }
}

/** Under the tickets' row locks, which checking in takes too: none can be checked in before it is void. */
async function chooseTickets(
  tx: Transaction,
  order: string,
  wanted: readonly string[],
): Promise<{ tickets: RefundedTicket[]; all: { type: number }[] } | RefundInPartResult> {
  const all = await tx
    .select({ id: tickets.id, type: tickets.ticketTypeId, number: tickets.unitNumber, live: tickets.live })
    .from(tickets)
    .where(eq(tickets.orderId, order))
    .for('update')
  const live = all.filter((ticket) => ticket.live === true)
  const ids = new Set(wanted)
  const chosen = live.filter(({ id }) => ids.has(id)).map(({ live: _, ...ticket }) => ticket)
  if (chosen.length !== ids.size) return { status: 'ticket-void' }
  if (chosen.length > 0 && chosen.length === live.length) return { status: 'whole-order' }
  if (await isAnyCheckedIn(tx, chosen)) return { status: 'checked-in' }
  return { tickets: chosen, all }
}

async function isAnyCheckedIn(tx: Transaction, chosen: readonly RefundedTicket[]): Promise<boolean> {
  if (chosen.length === 0) return false
  const used = await tx
    .select({ id: checkIns.id })
    .from(checkIns)
    .where(
      and(
        inArray(
          checkIns.ticketId,
          chosen.map(({ id }) => id),
        ),
        eq(checkIns.live, true),
      ),
    )
    .limit(1)
  return used.length > 0
}

/** The amount to refund, which is not more than remains of what was paid. */
async function amountOf(
  tx: Transaction,
  of: {
    input: RefundInPartInput
    locked: LockedOrder
    chosen: readonly RefundedTicket[]
    all: readonly { type: number }[]
  },
): Promise<number | RefundInPartResult> {
  const { order, payment } = of.locked
  const { doneMinor: outsideMinor, isDisputed } = await readReversed(tx, payment.id)
  if (isDisputed) return { status: 'disputed' }
  const { doneMinor, pendingMinor } = await readRefundedMinor(tx, payment.id)
  const remainingMinor = Math.max(payment.amountMinor - outsideMinor - doneMinor - pendingMinor, 0)
  const prices = pricesOf(
    { amountMinor: order.amountMinor, tickets: of.all },
    await readPrices(tx, order.festivalId),
  )
  const priceMinor = of.chosen.reduce((sum, { type }) => sum + (prices.get(type) ?? Number.NaN), 0)
  const amountMinor = of.input.amountMinor ?? priceMinor
  if (!Number.isSafeInteger(amountMinor)) return { status: 'amount-unknown' }
  return amountMinor > remainingMinor ? { status: 'too-much', remainingMinor } : amountMinor
}

/** The provider does not know where the money of a deposit came from. */
export function isDeposit({ action }: Pick<typeof payments.$inferSelect, 'action'>): boolean {
  return action?.kind === 'deposit'
}

async function voidTickets(tx: Transaction, order: string, chosen: readonly RefundedTicket[]): Promise<void> {
  if (chosen.length === 0) return
  const ids = chosen.map(({ id }) => id)
  await tx.update(tickets).set({ live: null }).where(inArray(tickets.id, ids))
  await tx
    .update(orders)
    .set({ returned: await readReturned(tx, order) })
    .where(eq(orders.id, order))
}

async function recordRefund(
  { tx, at }: Tx,
  change: {
    input: RefundInPartInput
    order: typeof orders.$inferSelect
    refund: string
    amountMinor: number
    chosen: readonly RefundedTicket[]
  },
): Promise<void> {
  const { input, order, refund, amountMinor, chosen } = change
  const number = shownNumber(order)
  await recordChange(tx, {
    at,
    accountId: input.account,
    action: 'order.refund',
    subject: order.id,
    festivalId: order.festivalId,
    before: { number },
    after: {
      ...{ number, refund, amountMinor, currency: order.currency, reason: input.reason },
      ...(chosen.length === 0 ? {} : { tickets: chosen.length }),
    },
  })
}
