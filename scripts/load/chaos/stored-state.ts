import { and, eq, isNotNull } from 'drizzle-orm'
import type { Database } from '../../../drizzle/database.ts'
import { accounts } from '../../../drizzle/schema/accounts.ts'
import { ticketTypes, units } from '../../../drizzle/schema/catalogue.ts'
import {
  type OrderState,
  orders,
  type PaymentState,
  payments,
  tickets,
} from '../../../drizzle/schema/purchases.ts'
import { type AuditedEntry, type FetchLedger, ledgerPages } from '../../operate/audit/read-ledger.ts'

/** The expected state, from MySQL and the provider's ledger. */
export type StoredState = {
  /** Payments by their ID. */
  payments: ReadonlyMap<string, { email: string; state: PaymentState }>
  orders: readonly {
    id: string
    payment: string
    email: string
    state: OrderState
    tickets: string[]
    units: number
  }[]
  /** By payment: successful charges under its key, minus refunds. */
  charged: ReadonlyMap<string, { charges: number; retainedMinor: number }>
  /** What each account owns of each ticket type, and its limit. */
  owned: readonly { email: string; type: number; units: number; limit: number }[]
}

/** Reads a festival after its sale. */
export async function readStored(
  db: Database,
  fetchLedger: FetchLedger,
  festival: string,
): Promise<StoredState> {
  const paymentRows = await db
    .select({ id: payments.id, state: payments.state, email: accounts.email })
    .from(payments)
    .innerJoin(accounts, eq(accounts.id, payments.accountId))
    .where(eq(payments.festivalId, festival))
  const orderRows = await db
    .select({ id: orders.id, payment: orders.paymentId, state: orders.state, email: accounts.email })
    .from(orders)
    .innerJoin(accounts, eq(accounts.id, orders.accountId))
    .where(eq(orders.festivalId, festival))
  const ticketRows = await db
    .select({ id: tickets.id, order: tickets.orderId })
    .from(tickets)
    .innerJoin(orders, eq(orders.id, tickets.orderId))
    .where(and(eq(orders.festivalId, festival), eq(tickets.live, true)))
  const unitRows = await db
    .select({
      order: units.orderId,
      type: units.ticketTypeId,
      limit: ticketTypes.accountLimit,
      email: accounts.email,
    })
    .from(units)
    .innerJoin(ticketTypes, eq(ticketTypes.id, units.ticketTypeId))
    .innerJoin(orders, eq(orders.id, units.orderId))
    .innerJoin(accounts, eq(accounts.id, orders.accountId))
    .where(and(eq(orders.festivalId, festival), isNotNull(units.orderId)))
  const ticketsOf = Map.groupBy(ticketRows, ({ order }) => order)
  const unitsOf = Map.groupBy(unitRows, ({ order }) => order)
  return {
    payments: new Map(paymentRows.map(({ id, ...payment }) => [id, payment])),
    orders: orderRows.map((order) => ({
      ...order,
      tickets: (ticketsOf.get(order.id) ?? []).map(({ id }) => id),
      units: unitsOf.get(order.id)?.length ?? 0,
    })),
    charged: await readCharged(fetchLedger),
    owned: [...Map.groupBy(unitRows, ({ email, type }) => `${email} ${type}`).values()].flatMap((rows) => {
      const [first] = rows
      return first === undefined ? [] : [{ ...first, units: rows.length }]
    }),
  }
}

async function readCharged(fetchLedger: FetchLedger): Promise<StoredState['charged']> {
  const charged = new Map<string, { charges: number; retainedMinor: number }>()
  for await (const entries of ledgerPages(fetchLedger)) {
    for (const entry of entries) {
      const key = 'chargeKey' in entry ? entry.chargeKey : entry.key
      const { charges, retainedMinor } = charged.get(key) ?? { charges: 0, retainedMinor: 0 }
      const more = movedBy(entry)
      charged.set(key, { charges: charges + more.charges, retainedMinor: retainedMinor + more.retainedMinor })
    }
  }
  return charged
}

function movedBy(entry: AuditedEntry): { charges: number; retainedMinor: number } {
  if (entry.kind === 'refund') return { charges: 0, retainedMinor: -entry.amountMinor }
  return entry.kind === 'charge' && entry.outcome === 'succeeded'
    ? { charges: 1, retainedMinor: entry.amountMinor }
    : { charges: 0, retainedMinor: 0 }
}
