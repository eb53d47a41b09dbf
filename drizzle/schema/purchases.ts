import {
  bigint,
  boolean,
  char,
  index,
  int,
  mysqlEnum,
  mysqlTable,
  uniqueIndex,
  varchar,
} from 'drizzle-orm/mysql-core'
import { accounts } from './accounts.ts'
import { festivals, ticketTypes } from './catalogue.ts'
import { instant, structure, uuid, word } from './columns.ts'

/** What a fan must do at the payment provider before a charge is complete. */
export type PaymentAction =
  | { kind: 'redirect'; url: string }
  /** For a module of the provider on our page. All values may be known to this fan. */
  | { kind: 'script'; parameters: Record<string, string> }
  /** An account to pay into. */
  | { kind: 'deposit'; bank: string; accountNumber: string; holder: string }

/**
 * The requested tickets: each ticket type once. `limit` is the maximum per account that the hold was checked against;
 * holds taken by earlier releases have none.
 */
export type BasketLine = { type: number; quantity: number; limit?: number | undefined }

/**
 * - `accepted`  recorded, and no worker has begun to charge it
 * - `charging`  to be charged, being charged, or charged; the outcome may be unknown
 * - `waiting`   the fan has to act at the provider; no worker has it
 * - `confirmed` charged, and an order
 * - `declined`  not charged
 * - `refunding` charged, but no unit was left, or its order was cancelled; to be refunded
 * - `refunded`  the money was refunded
 * - `expired`   abandoned before it was charged, and never charged later
 */
export const PAYMENT_STATES = [
  'charging',
  'confirmed',
  'declined',
  'refunding',
  'refunded',
  'expired',
  // Last, so that adding them rewrote no row.
  'accepted',
  'waiting',
] as const
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
    /**
     * The fan's request: a hash of account, Idempotency-Key and request. Unique, so that a retry creates no second
     * payment when Redis has forgotten the first.
     */
    request: word('request', { length: 43 }),
    basket: structure<BasketLine[]>('basket').notNull(),
    amountMinor: int('amount_minor', { unsigned: true }).notNull(),
    currency: char('currency', { length: 3 }).notNull(),
    /** The provider's token for the payment method. */
    method: word('method', { length: 64 }).notNull(),
    state: mysqlEnum('state', PAYMENT_STATES).notNull(),
    /** The provider's ID of the charge, once there is one. */
    chargeId: word('charge_id', { length: 64 }),
    reason: varchar('reason', { length: 200 }),
    /** What the fan has to do, or had to; null where the provider asked for nothing. */
    action: structure<PaymentAction>('action'),
    actionUntil: instant('action_until'),
    createdAt: instant('created_at').notNull(),
    settledAt: instant('settled_at'),
  },
  (table) => [
    index('payments_account').on(table.accountId),
    // States are looked up by its first column, and expired actions by both.
    index('payments_state_until').on(table.state, table.actionUntil),
    index('payments_festival').on(table.festivalId, table.state, table.id),
    uniqueIndex('payments_request').on(table.request),
    index('payments_charge').on(table.chargeId),
  ],
)

/**
 * A dead letter: a payment that failed too often, or that no worker can process. It is out of the stream, so that it
 * does not block others, and stored for the organiser. If it may have charged, its units stay held until someone
 * decides.
 */
export const deadLetters = mysqlTable(
  'payments_aside',
  {
    id: bigint('id', { mode: 'number', unsigned: true }).autoincrement().primaryKey(),
    festivalId: word('festival_id', { length: 64 })
      .notNull()
      .references(() => festivals.id),
    /** The entry's ID in the stream it was removed from. */
    entry: word('entry', { length: 64 }).notNull(),
    /** Undefined when the entry names none. */
    paymentId: uuid('payment_id'),
    /** The entry's fields as they were in the stream. */
    fields: structure<Record<string, string>>('fields').notNull(),
    reason: varchar('reason', { length: 500 }).notNull(),
    attempts: int('attempts', { unsigned: true }).notNull(),
    at: instant('at').notNull(),
    /** When it was requeued, or dismissed. */
    resolvedAt: instant('resolved_at'),
  },
  (table) => [
    uniqueIndex('payments_aside_entry').on(table.festivalId, table.entry),
    index('payments_aside_open').on(table.festivalId, table.resolvedAt),
  ],
)

/** - `open` is an undecided dispute; `done` moved money back to the fan; `failed` did not, or was won by us */
export const REVERSAL_STATES = ['open', 'done', 'failed'] as const
export type ReversalState = (typeof REVERSAL_STATES)[number]

/** Refunds and disputes of our charges made at the provider, outside Naru: stored for the organiser. */
export const reversals = mysqlTable(
  'reversals',
  {
    /** The provider's ID. */
    id: word('id', { length: 64 }).primaryKey(),
    paymentId: uuid('payment_id')
      .notNull()
      .references(() => payments.id),
    festivalId: word('festival_id', { length: 64 })
      .notNull()
      .references(() => festivals.id),
    kind: mysqlEnum('kind', ['refund', 'dispute']).notNull(),
    state: mysqlEnum('state', REVERSAL_STATES).notNull(),
    amountMinor: int('amount_minor', { unsigned: true }).notNull(),
    /** When it was created at the provider. */
    madeAt: instant('made_at').notNull(),
    foundAt: instant('found_at').notNull(),
    /** When an organiser decided that its tickets stay valid; later events at the provider reopen it. */
    settledAt: instant('settled_at'),
  },
  (table) => [
    index('reversals_payment').on(table.paymentId),
    index('reversals_attention').on(table.festivalId, table.settledAt),
    index('reversals_state').on(table.state),
  ],
)

/** The progress of a scan through the provider's records. */
export const reconcileMarks = mysqlTable('reconcile_marks', {
  name: word('name', { length: 64 }).primaryKey(),
  /** All of the provider's records from before this instant were scanned. */
  through: instant('through').notNull(),
})

/** Processed events of the provider, so that one sent twice counts once. */
export const providerEvents = mysqlTable(
  'provider_events',
  {
    id: word('id', { length: 255 }).primaryKey(),
    receivedAt: instant('received_at').notNull(),
  },
  (table) => [index('provider_events_received').on(table.receivedAt)],
)

/**
 * - `owned`      its tickets admit
 * - `cancelling` its tickets are void, and its refund is pending
 * - `cancelled`  refunded, its units are for sale again
 */
export const ORDER_STATES = ['owned', 'cancelling', 'cancelled'] as const
export type OrderState = (typeof ORDER_STATES)[number]

export const orders = mysqlTable(
  'orders',
  {
    id: uuid('id').primaryKey(),
    /** The order number (`order-number.ts`); null briefly where an earlier release created the order. */
    number: word('number', { length: 9 }),
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
    state: mysqlEnum('state', ORDER_STATES).notNull().default('owned'),
    cancelledAt: instant('cancelled_at'),
    /** When the units of a cancelled order were put on sale again in Redis. */
    stockReturnedAt: instant('stock_returned_at'),
    /** How many tickets of each type were refunded alone and are void; null for none. */
    returned: structure<BasketLine[]>('returned'),
  },
  (table) => [
    // A payment becomes one order, however often it is settled.
    uniqueIndex('orders_payment').on(table.paymentId),
    uniqueIndex('orders_number').on(table.number),
    index('orders_account').on(table.accountId, table.createdAt),
    index('orders_festival').on(table.festivalId),
    index('orders_state').on(table.state, table.stockReturnedAt),
  ],
)

/**
 * - `pending` recorded; the provider is asked for it until it has decided
 * - `done`    the fan has the money, or will
 * - `failed`  the provider refused it: nothing was refunded, and its tickets are valid again
 * - `bounced` it was done, and the money came back to us later; its tickets stay void
 */
export const REFUND_STATES = ['pending', 'done', 'failed', 'bounced'] as const
export type RefundState = (typeof REFUND_STATES)[number]

/** A ticket that is refunded alone, with its unit. */
export type RefundedTicket = { id: string; type: number; number: number }

/** Where the money of a deposit goes back to. */
export type RefundAccount = { bank: string; accountNumber: string; holder: string }

/**
 * Refunds of a part of an order, written before the provider is asked. What the provider may have refunded never
 * exceeds what was paid: rows are inserted under the lock of the payment's row.
 */
export const refunds = mysqlTable(
  'refunds',
  {
    /** Also the idempotency key at the provider. */
    id: uuid('id').primaryKey(),
    orderId: uuid('order_id')
      .notNull()
      .references(() => orders.id),
    paymentId: uuid('payment_id')
      .notNull()
      .references(() => payments.id),
    festivalId: word('festival_id', { length: 64 })
      .notNull()
      .references(() => festivals.id),
    amountMinor: int('amount_minor', { unsigned: true }).notNull(),
    /** The tickets that are void by it; empty for an amount alone. */
    tickets: structure<RefundedTicket[]>('tickets').notNull(),
    reason: varchar('reason', { length: 500 }).notNull(),
    /** Who requested it. */
    accountId: uuid('account_id')
      .notNull()
      .references(() => accounts.id),
    /** The request's Idempotency-Key, hashed. */
    keyHash: word('key_hash', { length: 43 }).notNull(),
    /** Deleted as soon as the refund has ended. */
    refundAccount: structure<RefundAccount>('refund_account'),
    state: mysqlEnum('state', REFUND_STATES).notNull(),
    /** Whether the provider has it and has not decided yet; otherwise it has not confirmed that it has it. */
    atProvider: boolean('at_provider').notNull().default(false),
    /** Why the provider refused it. */
    failure: varchar('failure', { length: 200 }),
    createdAt: instant('created_at').notNull(),
    /** When the provider decided. */
    endedAt: instant('ended_at'),
    /** When nothing of it was left to do: the units of its tickets are for sale again in Redis. */
    finishedAt: instant('finished_at'),
  },
  (table) => [
    index('refunds_order').on(table.orderId),
    index('refunds_payment').on(table.paymentId),
    index('refunds_unfinished').on(table.finishedAt, table.id),
    index('refunds_festival').on(table.festivalId, table.state),
  ],
)

/**
 * What happened to the money of a ticket outside Naru, while its order is valid:
 * - `disputed`         the card's owner disputes the charge: staff must confirm before it admits
 * - `refunded`         it was refunded: likewise
 * - `refunded-in-part` some of its order's money was refunded: it admits, and staff are notified
 */
export const TICKET_FLAGS = ['disputed', 'refunded', 'refunded-in-part'] as const
export type TicketFlag = (typeof TICKET_FLAGS)[number]

/** One admission for one unit. */
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
    /** The QR code's content: 128 random bits in base64url. */
    code: word('code', { length: 22 }).notNull(),
    /** Null once it is void, so that another ticket can use its unit. */
    live: boolean('live').default(true),
    /** Null for a ticket without a dispute or refund. */
    flag: mysqlEnum('flag', TICKET_FLAGS),
  },
  (table) => [
    index('tickets_order').on(table.orderId),
    uniqueIndex('tickets_live_unit').on(table.ticketTypeId, table.unitNumber, table.live),
    uniqueIndex('tickets_code').on(table.code),
  ],
)

/** A ticket used at the gate, by whom and when. The row of an undone one stays. */
export const checkIns = mysqlTable(
  'check_ins',
  {
    /** Chosen by the device that scanned, so that one sent twice counts once. */
    id: uuid('id').primaryKey(),
    ticketId: uuid('ticket_id')
      .notNull()
      .references(() => tickets.id),
    /** When the device scanned it, which may be before it was sent. */
    at: instant('at').notNull(),
    accountId: uuid('account_id')
      .notNull()
      .references(() => accounts.id),
    /** The staff's name for the gate or device. */
    gate: varchar('gate', { length: 60 }).notNull(),
    undoneAt: instant('undone_at'),
    undoneBy: uuid('undone_by'),
    /** Null once undone, so that the ticket can be used again. */
    live: boolean('live').default(true),
  },
  (table) => [
    uniqueIndex('check_ins_live').on(table.ticketId, table.live),
    index('check_ins_at').on(table.at),
  ],
)
