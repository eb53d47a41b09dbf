import { and, asc, count, eq, gt, isNotNull, max, min, or, sql } from 'drizzle-orm'
import type { Database, Transaction } from '../../../drizzle/database.ts'
import { ticketTypes, units } from '../../../drizzle/schema/catalogue.ts'
import { checkIns, orders, payments, refunds, reversals, tickets } from '../../../drizzle/schema/purchases.ts'
import type {
  CheckInFacts,
  OrderFacts,
  PaymentFacts,
  RefundFacts,
  SalesFacts,
  TicketFacts,
  TypeFacts,
  UnitFacts,
} from './facts.ts'

const ROWS_PER_PAGE = 5000
/**
 * Payments whose fans did not act in time are ended every few seconds; while the provider is unavailable they are asked
 * about again. After this long, nothing ends them.
 */
export const OVERDUE_GRACE_MINUTES = 30

/** A festival as MySQL has it at the call: one consistent snapshot, read in pages. */
export async function readSales(db: Database, festival: string): Promise<SalesFacts> {
  return db.transaction(
    async (tx) => {
      const types = await readTypes(tx, festival)
      const ownedUnits: UnitFacts[][] = []
      const issued: TicketFacts[][] = []
      const used: CheckInFacts[][] = []
      for (const type of types.keys()) {
        ownedUnits.push(await readOwnedUnits(tx, type))
        issued.push(await readTickets(tx, type))
        used.push(await readCheckIns(tx, type))
      }
      return {
        types,
        payments: await readPayments(tx, festival),
        orders: await readOrders(tx, festival),
        ownedUnits: ownedUnits.flat(),
        tickets: issued.flat(),
        checkIns: used.flat(),
        refunds: await readRefunds(tx, festival),
      }
    },
    { isolationLevel: 'repeatable read', withConsistentSnapshot: true },
  )
}

async function readTypes(tx: Transaction, festival: string): Promise<Map<number, TypeFacts>> {
  const types = await tx
    .select({
      id: ticketTypes.id,
      quantity: ticketTypes.quantity,
      accountLimit: ticketTypes.accountLimit,
      rows: count(units.number),
      firstNumber: min(units.number),
      lastNumber: max(units.number),
      owned: count(units.orderId),
    })
    .from(ticketTypes)
    .leftJoin(units, eq(units.ticketTypeId, ticketTypes.id))
    .where(eq(ticketTypes.festivalId, festival))
    .groupBy(ticketTypes.id)
  return new Map(
    types.map(({ id, firstNumber, lastNumber, ...type }) => [
      id,
      { ...type, firstNumber: firstNumber ?? 0, lastNumber: lastNumber ?? 0 },
    ]),
  )
}

type Row<Facts> = Facts & { id: string }

async function readPayments(tx: Transaction, festival: string): Promise<Map<string, PaymentFacts>> {
  const rows = await readPaged(
    (
      last: ({ id: string } & Omit<PaymentFacts, 'overdueSince'> & { actionUntil: Date | null }) | undefined,
    ) =>
      tx
        .select({
          id: payments.id,
          account: payments.accountId,
          basket: payments.basket,
          amountMinor: payments.amountMinor,
          currency: payments.currency,
          state: payments.state,
          chargeId: payments.chargeId,
          actionUntil: payments.actionUntil,
          // Drizzle names no tables in a statement of one, so this names its own.
          reversedMinor:
            sql<string>`(select coalesce(sum(r.amount_minor), 0) from ${reversals} r where r.payment_id = payments.id and r.state = 'done')`.mapWith(
              Number,
            ),
        })
        .from(payments)
        .where(and(eq(payments.festivalId, festival), last && gt(payments.id, last.id)))
        .orderBy(asc(payments.id))
        .limit(ROWS_PER_PAGE),
  )
  const overdueBefore = Date.now() - OVERDUE_GRACE_MINUTES * 60_000
  return new Map(
    rows.map(({ id, actionUntil, ...payment }) => {
      const isOverdue =
        payment.state === 'waiting' && actionUntil !== null && actionUntil.getTime() < overdueBefore
      return [id, isOverdue ? { ...payment, overdueSince: actionUntil } : payment]
    }),
  )
}

async function readOrders(tx: Transaction, festival: string): Promise<Map<string, OrderFacts>> {
  const rows = await readPaged((last: Row<OrderFacts> | undefined) =>
    tx
      .select({
        id: orders.id,
        payment: orders.paymentId,
        account: orders.accountId,
        amountMinor: orders.amountMinor,
        currency: orders.currency,
        state: orders.state,
      })
      .from(orders)
      .where(and(eq(orders.festivalId, festival), last && gt(orders.id, last.id)))
      .orderBy(asc(orders.id))
      .limit(ROWS_PER_PAGE),
  )
  return new Map(rows.map(({ id, ...order }) => [id, order]))
}

async function readRefunds(tx: Transaction, festival: string): Promise<RefundFacts[]> {
  return await readPaged((last: RefundFacts | undefined) =>
    tx
      .select({
        id: refunds.id,
        order: refunds.orderId,
        payment: refunds.paymentId,
        amountMinor: refunds.amountMinor,
        state: refunds.state,
        tickets: refunds.tickets,
      })
      .from(refunds)
      .where(and(eq(refunds.festivalId, festival), last && gt(refunds.id, last.id)))
      .orderBy(asc(refunds.id))
      .limit(ROWS_PER_PAGE),
  )
}

async function readOwnedUnits(tx: Transaction, type: number): Promise<UnitFacts[]> {
  const rows = await readPaged((last: { number: number; order: string | null } | undefined) =>
    tx
      .select({ number: units.number, order: units.orderId })
      .from(units)
      .where(
        and(eq(units.ticketTypeId, type), isNotNull(units.orderId), last && gt(units.number, last.number)),
      )
      .orderBy(asc(units.number))
      .limit(ROWS_PER_PAGE),
  )
  return rows.flatMap(({ number, order }) => (order === null ? [] : [{ type, number, order }]))
}

/** A unit has a ticket for each order that ever owned it; at most one of them is not void. */
async function readTickets(tx: Transaction, type: number): Promise<TicketFacts[]> {
  const rows = await readPaged((last: (Omit<TicketFacts, 'isVoid'> & { live: boolean | null }) | undefined) =>
    tx
      .select({
        id: tickets.id,
        type: tickets.ticketTypeId,
        number: tickets.unitNumber,
        order: tickets.orderId,
        live: tickets.live,
      })
      .from(tickets)
      .where(
        and(
          eq(tickets.ticketTypeId, type),
          last &&
            or(
              gt(tickets.unitNumber, last.number),
              and(eq(tickets.unitNumber, last.number), gt(tickets.id, last.id)),
            ),
        ),
      )
      .orderBy(asc(tickets.unitNumber), asc(tickets.id))
      .limit(ROWS_PER_PAGE),
  )
  return rows.map(({ live, ...ticket }) => ({ ...ticket, isVoid: live !== true }))
}

/** Every check-in of a type's tickets, undone ones as well. */
async function readCheckIns(tx: Transaction, type: number): Promise<CheckInFacts[]> {
  const rows = await readPaged(
    (last: { id: string; live: boolean | null; undoneAt: Date | null } | undefined) =>
      tx
        .select({
          id: checkIns.id,
          ticket: checkIns.ticketId,
          gate: checkIns.gate,
          live: checkIns.live,
          undoneAt: checkIns.undoneAt,
        })
        .from(checkIns)
        .innerJoin(tickets, eq(tickets.id, checkIns.ticketId))
        .where(and(eq(tickets.ticketTypeId, type), last && gt(checkIns.id, last.id)))
        .orderBy(asc(checkIns.id))
        .limit(ROWS_PER_PAGE),
  )
  return rows.map(({ live, undoneAt, ...row }) => ({
    ...row,
    isLive: live === true,
    isUndone: undoneAt !== null,
  }))
}

/** All rows, a page at a time; each page begins after the last row of the one before (keyset paging). */
async function readPaged<R>(readPage: (last: R | undefined) => Promise<R[]>): Promise<R[]> {
  const rows: R[] = []
  for (;;) {
    const page = await readPage(rows.at(-1))
    rows.push(...page)
    if (page.length < ROWS_PER_PAGE) return rows
  }
}
