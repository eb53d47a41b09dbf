import { bigint, boolean, index, mysqlEnum, mysqlTable, uniqueIndex, varchar } from 'drizzle-orm/mysql-core'
import { accounts } from './accounts.ts'
import { festivals } from './catalogue.ts'
import { instant, structure, uuid, word } from './columns.ts'
import { type TicketFlag, tickets } from './purchases.ts'

/**
 * What the server says of a scan. `valid` is a good ticket that nobody was admitted with: the device had refused it, or
 * took the scan back. `outside-window` and `flagged` admit only after the staff member has confirmed.
 */
export const SERVER_VERDICTS = [
  ...(['admitted', 'valid', 'already-used', 'void', 'flagged', 'outside-window', 'unknown'] as const),
] as const
export type ServerVerdict = (typeof SERVER_VERDICTS)[number]

/** What a device showed that judged by itself. */
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
 * Every scan that a device at a gate judged, refused ones as well; never deleted. `check_ins` says which ticket is used,
 * this table says what happened at the gates, and conflicts are derived from it (`origin/check-in/conflicts.ts`).
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
    /** Null when what was scanned is no ticket of the festival. */
    ticketId: uuid('ticket_id').references(() => tickets.id),
    /** The device's random ID; null for a browser without JavaScript, and for programs that name none. */
    device: uuid('device'),
    /** What the staff call the gate or device. */
    gate: varchar('gate', { length: 60 }).notNull(),
    /** The staff member whose session sent it. */
    accountId: uuid('account_id')
      .notNull()
      .references(() => accounts.id),
    /** What the device showed; null when it showed what the server said. */
    deviceVerdict: mysqlEnum('device_verdict', DEVICE_VERDICTS),
    serverVerdict: mysqlEnum('server_verdict', SERVER_VERDICTS).notNull(),
    detail: structure<VerdictDetail>('detail').notNull(),
    confirmed: structure<Confirmable[]>('confirmed').notNull(),
    /** Whether the guest was told to come in, and not taken back. */
    letIn: boolean('let_in').notNull(),
    /** Whether it may be part of a conflict: a row to look at, of which there are few. */
    notable: boolean('notable').notNull(),
    /** When it was scanned, by the server's clock as far as that can be known. */
    at: instant('at').notNull(),
    /** The same by the device's clock, as the device said it. */
    deviceAt: instant('device_at').notNull(),
    /** The server's clock minus the device's, as the device had measured it; null when it had not. */
    deviceOffsetMs: bigint('device_offset_ms', { mode: 'number' }),
    /** Whether the device's clock could not be checked, or its measurement was not believed. */
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
