import { bigint, boolean, index, mysqlEnum, mysqlTable, uniqueIndex, varchar } from 'drizzle-orm/mysql-core'
import { accounts } from './accounts.ts'
import { festivals } from './catalogue.ts'
import { instant, structure, uuid, word } from './columns.ts'
import { type TicketFlag, tickets } from './purchases.ts'

/**
 * The server's verdict on a scan. `valid` is a valid ticket without an admission: the device had refused it, or undid
 * the scan. `outside-window` and `flagged` admit only after the staff member has confirmed.
 */
export const SERVER_VERDICTS = [
  ...(['admitted', 'valid', 'already-used', 'void', 'flagged', 'outside-window', 'unknown'] as const),
] as const
export type ServerVerdict = (typeof SERVER_VERDICTS)[number]

/** What a device that decided by itself showed. */
export const DEVICE_VERDICTS = [
  ...([
    'admitted',
    'already-used',
    'flagged',
    'outside-window',
    'not-listed',
    'unknown',
    'undecided',
  ] as const),
] as const
export type DeviceVerdict = (typeof DEVICE_VERDICTS)[number]

/** What staff must confirm before the ticket admits. */
export const CONFIRMABLE = ['outside-window', 'flagged'] as const
export type Confirmable = (typeof CONFIRMABLE)[number]

/** Facts behind a server's verdict, by verdict; instants in ISO 8601. */
export type VerdictDetail = {
  why?: string
  usedAt?: string
  usedGate?: string
  opensAt?: string
  closesAt?: string
  flag?: TicketFlag
}

/**
 * Every scan of a device at a gate, refused ones as well; never deleted. `check_ins` records which ticket is used, this
 * table what happened at the gates; conflicts are derived from it (`origin/check-in/conflicts.ts`).
 */
export const gateScans = mysqlTable(
  'gate_scans',
  {
    /** In order of arrival at the server. */
    seq: bigint('seq', { mode: 'number', unsigned: true }).autoincrement().primaryKey(),
    /** Chosen by the device for this scan, so that one sent twice counts once. */
    id: uuid('id').notNull(),
    festivalId: word('festival_id', { length: 64 })
      .notNull()
      .references(() => festivals.id),
    /** Null when the scanned code is not a ticket of the festival. */
    ticketId: uuid('ticket_id').references(() => tickets.id),
    /** The device's random ID; null for browsers without JavaScript, and for programs that send none. */
    device: uuid('device'),
    /** The staff's name for the gate or device. */
    gate: varchar('gate', { length: 60 }).notNull(),
    /** The staff member whose session sent it. */
    accountId: uuid('account_id')
      .notNull()
      .references(() => accounts.id),
    /** What the device showed; null when it showed the server's verdict. */
    deviceVerdict: mysqlEnum('device_verdict', DEVICE_VERDICTS),
    serverVerdict: mysqlEnum('server_verdict', SERVER_VERDICTS).notNull(),
    detail: structure<VerdictDetail>('detail').notNull(),
    confirmed: structure<Confirmable[]>('confirmed').notNull(),
    /** Whether the guest was admitted and the scan not undone. */
    letIn: boolean('let_in').notNull(),
    /** Whether it may be part of a conflict: marks the few rows to check. */
    notable: boolean('notable').notNull(),
    /** When it was scanned, by the server's clock as far as that is known. */
    at: instant('at').notNull(),
    /** The same by the device's clock, as reported. */
    deviceAt: instant('device_at').notNull(),
    /** The server's clock minus the device's, as measured by the device; null without a measurement. */
    deviceOffsetMs: bigint('device_offset_ms', { mode: 'number' }),
    /** Whether the device's clock could not be checked, or its measurement was implausible. */
    clockDoubtful: boolean('clock_doubtful').notNull(),
    /** When it arrived, by the server's clock. */
    receivedAt: instant('received_at').notNull(),
    undoneAt: instant('undone_at'),
    undoneBy: uuid('undone_by'),
  },
  (table) => [
    uniqueIndex('gate_scans_id').on(table.id),
    index('gate_scans_ticket').on(table.ticketId, table.notable, table.seq),
    index('gate_scans_festival').on(table.festivalId, table.seq),
    index('gate_scans_notable').on(table.festivalId, table.notable, table.seq),
  ],
)
