import { and, asc, eq } from 'drizzle-orm'
import type { Database } from '../../drizzle/database.ts'
import { shownNumber } from '../../drizzle/order-number.ts'
import { accounts } from '../../drizzle/schema/accounts.ts'
import { ticketTypes } from '../../drizzle/schema/catalogue.ts'
import {
  checkIns,
  type OrderState,
  orders,
  payments,
  refunds,
  tickets,
} from '../../drizzle/schema/purchases.ts'
import { pricesOf } from '../../shared/ticket-prices.ts'
import { readReversed } from '../payments/refund-payment.ts'
import { isDeposit } from './refund-in-part.ts'
import { type OrderRefund, readPrices, readRefundedMinor, toOrderRefund } from './refunded.ts'

/** An order as its organiser sees it before refunding a part of it. */
export type RefundableOrder = {
  order: string
  number: string
  festival: string
  state: OrderState
  amountMinor: number
  currency: string
  /** What can still be refunded. */
  remainingMinor: number
  isDeposit: boolean
  isDisputed: boolean
  tickets: {
    id: string
    type: number
    typeName: string
    number: number
    /** Null where prices have changed since it was bought. */
    priceMinor: number | null
    state: 'valid' | 'used' | 'void'
  }[]
  /** Oldest first. */
  refunds: (OrderRefund & { reason: string; failure: string | null; by: { id: string; name: string } })[]
}

export async function findRefundable(db: Database, id: string): Promise<RefundableOrder | undefined> {
  const [row] = await db
    .select({ order: orders, payment: { id: payments.id, action: payments.action } })
    .from(orders)
    .innerJoin(payments, eq(payments.id, orders.paymentId))
    .where(eq(orders.id, id))
  if (row === undefined) return undefined
  const { order, payment } = row
  const [{ doneMinor: outsideMinor, isDisputed }, inPart] = await Promise.all([
    readReversed(db, payment.id),
    readRefundedMinor(db, payment.id),
  ])
  const remainingMinor = order.amountMinor - outsideMinor - inPart.doneMinor - inPart.pendingMinor
  return {
    ...{ order: id, number: shownNumber(order), festival: order.festivalId, state: order.state },
    ...{ amountMinor: order.amountMinor, currency: order.currency },
    remainingMinor: order.state === 'owned' ? Math.max(remainingMinor, 0) : 0,
    ...{ isDeposit: isDeposit(payment), isDisputed },
    tickets: await readTickets(db, order),
    refunds: await readRefunds(db, id),
  }
}

async function readTickets(
  db: Database,
  order: typeof orders.$inferSelect,
): Promise<RefundableOrder['tickets']> {
  const rows = await db
    .select({
      id: tickets.id,
      type: tickets.ticketTypeId,
      typeName: ticketTypes.name,
      number: tickets.unitNumber,
      live: tickets.live,
      checkIn: checkIns.id,
    })
    .from(tickets)
    .innerJoin(ticketTypes, eq(ticketTypes.id, tickets.ticketTypeId))
    .leftJoin(checkIns, and(eq(checkIns.ticketId, tickets.id), eq(checkIns.live, true)))
    .where(eq(tickets.orderId, order.id))
    .orderBy(asc(tickets.ticketTypeId), asc(tickets.unitNumber))
  const prices = pricesOf(
    { amountMinor: order.amountMinor, tickets: rows },
    await readPrices(db, order.festivalId),
  )
  return rows.map(({ live, checkIn, ...ticket }) => ({
    ...ticket,
    priceMinor: prices.get(ticket.type) ?? null,
    state: live !== true ? 'void' : checkIn === null ? 'valid' : 'used',
  }))
}

async function readRefunds(db: Database, order: string): Promise<RefundableOrder['refunds']> {
  const rows = await db
    .select({ refund: refunds, by: { id: accounts.id, name: accounts.name } })
    .from(refunds)
    .innerJoin(accounts, eq(accounts.id, refunds.accountId))
    .where(eq(refunds.orderId, order))
    .orderBy(asc(refunds.id))
  return rows.map(({ refund, by }) => ({
    ...toOrderRefund(refund),
    ...{ reason: refund.reason, failure: refund.failure, by },
  }))
}
