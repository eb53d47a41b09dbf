import { char, index, int, mysqlEnum, mysqlTable, uniqueIndex, varchar } from 'drizzle-orm/mysql-core'
import { accounts } from './accounts.ts'
import { festivals, ticketTypes } from './catalogue.ts'
import { instant, structure, uuid, word } from './columns.ts'

/** What was asked for: each ticket type once. */
export type BasketLine = { type: number; quantity: number }

/**
 * - `charging`  recorded, and to be charged or being charged; the outcome may be unknown
 * - `confirmed` charged, and an order
 * - `declined`  not charged
 * - `refunding` charged, but no unit was left; to be given back
 * - `refunded`  given back
 */
export const PAYMENT_STATES = ['charging', 'confirmed', 'declined', 'refunding', 'refunded'] as const
export type PaymentState = (typeof PAYMENT_STATES)[number]

/** Written before anything is charged. Its ID is the idempotency key at the provider. */
export const payments = mysqlTable(
  'payments',
  {
    id: uuid('id').primaryKey(),
    accountId: uuid('account_id')
      .notNull()
      .references(() => accounts.id),
    festivalId: word('festival_id', { length: 64 })
      .notNull()
      .references(() => festivals.id),
    holdId: uuid('hold_id').notNull(),
    basket: structure<BasketLine[]>('basket').notNull(),
    amountMinor: int('amount_minor', { unsigned: true }).notNull(),
    currency: char('currency', { length: 3 }).notNull(),
    /** The provider's token for how to pay. */
    method: word('method', { length: 64 }).notNull(),
    state: mysqlEnum('state', PAYMENT_STATES).notNull(),
    /** The provider's ID of the charge, once there is one. */
    chargeId: word('charge_id', { length: 64 }),
    reason: varchar('reason', { length: 200 }),
    createdAt: instant('created_at').notNull(),
    settledAt: instant('settled_at'),
  },
  (table) => [index('payments_account').on(table.accountId), index('payments_state').on(table.state)],
)

export const orders = mysqlTable(
  'orders',
  {
    id: uuid('id').primaryKey(),
    paymentId: uuid('payment_id')
      .notNull()
      .references(() => payments.id),
    accountId: uuid('account_id')
      .notNull()
      .references(() => accounts.id),
    festivalId: word('festival_id', { length: 64 })
      .notNull()
      .references(() => festivals.id),
    amountMinor: int('amount_minor', { unsigned: true }).notNull(),
    currency: char('currency', { length: 3 }).notNull(),
    createdAt: instant('created_at').notNull(),
  },
  (table) => [
    // A payment becomes one order, however often it is settled.
    uniqueIndex('orders_payment').on(table.paymentId),
    index('orders_account').on(table.accountId, table.createdAt),
    index('orders_festival').on(table.festivalId),
  ],
)

/** One admission: the right to come in once, for one unit. */
export const tickets = mysqlTable(
  'tickets',
  {
    id: uuid('id').primaryKey(),
    orderId: uuid('order_id')
      .notNull()
      .references(() => orders.id),
    ticketTypeId: int('ticket_type_id', { unsigned: true })
      .notNull()
      .references(() => ticketTypes.id),
    unitNumber: int('unit_number', { unsigned: true }).notNull(),
    /** What the QR says: 128 random bits in base64url. */
    code: word('code', { length: 22 }).notNull(),
  },
  (table) => [
    index('tickets_order').on(table.orderId),
    uniqueIndex('tickets_unit').on(table.ticketTypeId, table.unitNumber),
    uniqueIndex('tickets_code').on(table.code),
  ],
)
