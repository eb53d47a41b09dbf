import { boolean, char, index, int, mysqlEnum, mysqlTable, primaryKey, varchar } from 'drizzle-orm/mysql-core'
import { bytes, instant, uuid, word } from './columns.ts'

export const festivals = mysqlTable(
  'festivals',
  {
    /** Chosen by the organiser, seen in URLs. */
    id: word('id', { length: 64 }).primaryKey(),
    name: varchar('name', { length: 200 }).notNull(),
    place: varchar('place', { length: 200 }).notNull(),
    startsAt: instant('starts_at').notNull(),
    endsAt: instant('ends_at').notNull(),
    /** ISO 4217. */
    currency: char('currency', { length: 3 }).notNull(),
    /** IANA name; all times of the festival are shown in it. Rows stored without one are in Korea. */
    timeZone: word('time_zone', { length: 64 }).notNull().default('Asia/Seoul'),
    createdAt: instant('created_at').notNull(),
    /** Translations of the default `name` and `place` for pages in a language. */
    nameKo: varchar('name_ko', { length: 200 }),
    nameEn: varchar('name_en', { length: 200 }),
    placeKo: varchar('place_ko', { length: 200 }),
    placeEn: varchar('place_en', { length: 200 }),
    descriptionKo: varchar('description_ko', { length: 4000 }),
    descriptionEn: varchar('description_en', { length: 4000 }),
    /** The image's ID, which is a hash of it. */
    image: word('picture', { length: 64 }),
    /** When set, fans see it and its room is in Redis; until then only organisers see it. */
    published: boolean('published').notNull().default(true),
    /** Minutes for which check-in opens before the festival begins, and stays open after it has ended. */
    checkInBeforeMinutes: int('check_in_before_minutes', { unsigned: true }).notNull().default(240),
    checkInAfterMinutes: int('check_in_after_minutes', { unsigned: true }).notNull().default(120),
    /** Who sells its tickets (`shared/seller.ts`); complete before paid ones are sold, except in older festivals. */
    sellerName: varchar('seller_name', { length: 200 }),
    sellerRepresentative: varchar('seller_representative', { length: 100 }),
    sellerRegistration: varchar('seller_registration', { length: 64 }),
    sellerMailOrder: varchar('seller_mail_order', { length: 64 }),
    sellerAddress: varchar('seller_address', { length: 300 }),
    sellerEmail: varchar('seller_email', { length: 254 }),
    sellerPhone: varchar('seller_phone', { length: 40 }),
  },
  (table) => [index('festivals_ends').on(table.endsAt)],
)

/** Whether a draw waits for the round of a public beacon, proceeds without a silent one, or uses none. */
export const BEACON_RULES = ['required', 'preferred', 'none'] as const

/**
 * Enough for the fans of one household, office or school; a mobile carrier's networks are shared by more, but seldom at
 * the same time.
 */
const PARTICIPANTS_PER_NETWORK_MAX = 200
const PARTICIPANTS_PER_DOMAIN_MAX = 20

/** The draw version of rooms published from now on. */
export const DRAW_VERSION = 2

/** Images in the store, so that those that no festival uses any more are found and removed. */
export const images = mysqlTable(
  'images',
  {
    /** As in `festivals.image`: the hash in their file names. */
    id: word('id', { length: 64 }).primaryKey(),
    /** When it was last stored, or last used by a festival. */
    usedAt: instant('used_at').notNull(),
  },
  (table) => [index('images_used').on(table.usedAt)],
)

export const ROOM_ORDERS = ['arrival', 'draw'] as const

/** The waiting room of one festival's sale; it has the festival's ID. */
export const rooms = mysqlTable(
  'rooms',
  {
    id: word('id', { length: 64 })
      .primaryKey()
      .references(() => festivals.id),
    /** The order in which lobby entries are called: by draw, or by arrival. */
    order: mysqlEnum('order', ROOM_ORDERS).notNull(),
    /** 32 random bytes in hex, secret until the draw; its hash is public from the beginning. */
    drawSecret: word('draw_secret', { length: 64 }),
    /**
     * The format of the log and the rule for participants (`gateway/room/entry.ts`); a published room keeps its
     * version.
     */
    drawVersion: int('draw_version', { unsigned: true }).notNull().default(DRAW_VERSION),
    lobbyAt: instant('lobby_at').notNull(),
    opensAt: instant('opens_at').notNull(),
    closesAt: instant('closes_at').notNull(),
    ratePerSecond: int('rate_per_second', { unsigned: true }).notNull(),
    maxActive: int('max_active', { unsigned: true }).notNull(),
    entriesMax: int('entries_max', { unsigned: true }).notNull(),
    graceSeconds: int('grace_seconds', { unsigned: true }).notNull(),
    passSeconds: int('pass_seconds', { unsigned: true }).notNull(),
    holdSeconds: int('hold_seconds', { unsigned: true }).notNull(),
    /** Maximum entries per network address in a minute; 0 sets no limit. */
    entriesPerAddressMax: int('entries_per_address_max', { unsigned: true }).notNull().default(0),
    /** Hashes that the fan's device computes on average to enter, in thousands; 0 requires none. */
    proofOfWork: int('proof_of_work', { unsigned: true }).notNull().default(0),
    /** Maximum chances in the draw per network, and per mail domain that is not a known provider's; 0 sets no limit. */
    participantsPerNetworkMax: int('participants_per_network_max', { unsigned: true })
      .notNull()
      .default(PARTICIPANTS_PER_NETWORK_MAX),
    participantsPerDomainMax: int('participants_per_domain_max', { unsigned: true })
      .notNull()
      .default(PARTICIPANTS_PER_DOMAIN_MAX),
    /** How the draw uses the public beacon. */
    beacon: mysqlEnum('beacon', BEACON_RULES).notNull().default('preferred'),
    /** Set by hand: while the room would be open, no fan is called and none gets a pass. */
    paused: boolean('paused').notNull().default(false),
    /** Shown to all waiting fans. */
    noticeKo: varchar('notice_ko', { length: 500 }),
    noticeEn: varchar('notice_en', { length: 500 }),
    /** Incremented with each change, so that an older copy never overwrites a newer one in Redis. */
    version: int('version', { unsigned: true }).notNull().default(1),
    /** How often the room was built in Redis; more than once when Redis was wiped. */
    epoch: int('epoch', { unsigned: true }).notNull().default(0),
    /**
     * The run of Redis that has the room in this epoch (`shared/redis/runs.ts`); null before the first one is recorded.
     */
    keptRun: word('kept_run', { length: 80 }),
    /** The draw's result, stored so that a wiped Redis moves no fan: N, and the seed in hex. */
    lobbyEntries: int('lobby_entries', { unsigned: true }),
    drawSeed: word('draw_seed', { length: 64 }),
    /** All that Redis records of the draw (`shared/api/draw-record.ts`), from the closing of the lobby on. */
    drawRecord: word('draw_record', { length: 1000 }),
    /** Number of places restored in each epoch that began with restoring, as in Redis (`lua/lib/room.lua`). */
    restored: word('restored', { length: 500 }),
    /** When the room of a finished sale left Redis; null while it is there, or was never published. */
    archivedAt: instant('archived_at'),
    /** When the room was last removed from Redis; null again once none of its keys are left there. */
    leftRedisAt: instant('left_redis_at'),
  },
  (table) => [index('rooms_archived').on(table.archivedAt), index('rooms_left_redis').on(table.leftRedisAt)],
)

/** Runs of Redis whose rooms an origin maintains: an origin on another Redis leaves those rooms alone. */
export const redisRuns = mysqlTable('redis_runs', {
  run: word('run', { length: 80 }).primaryKey(),
  /** When it was last confirmed, by MySQL's clock; once a second at most. */
  keptAt: instant('kept_at').notNull(),
  /** The name of the origin that confirmed it. */
  keptBy: varchar('kept_by', { length: 255 }).notNull(),
})

/** The column of tables that belong to a room. */
const ofRoom = () =>
  word('room_id', { length: 64 })
    .notNull()
    .references(() => rooms.id)

/** A room's progress, once a minute: it is rebuilt from this when Redis was wiped. */
export const roomCheckpoints = mysqlTable(
  'room_checkpoints',
  {
    roomId: ofRoom(),
    /** Minutes since the epoch, by Redis' clock. */
    minute: int('minute', { unsigned: true }).notNull(),
    /** When it was last updated in that minute. */
    at: instant('at').notNull(),
    entries: int('entries', { unsigned: true }).notNull(),
    /** As in Redis: -1 before the first call. */
    serving: int('serving').notNull(),
  },
  (table) => [primaryKey({ columns: [table.roomId, table.minute] })],
)

/** The log of a draw's entries, in chunks, so that the draw can still be verified when Redis has lost it. */
export const drawnEntries = mysqlTable(
  'drawn_entries',
  {
    roomId: ofRoom(),
    /** From 0, in order. */
    chunk: int('piece', { unsigned: true }).notNull(),
    /** 16 bytes for each entry. */
    content: bytes('content').notNull(),
  },
  (table) => [primaryKey({ columns: [table.roomId, table.chunk] })],
)

/** The participants of a draw: a bit for each entry of its log, the first in the highest bit of the first byte. */
export const drawnParticipants = mysqlTable(
  'drawn_participants',
  {
    roomId: ofRoom(),
    /** From 0, in order. */
    chunk: int('piece', { unsigned: true }).notNull(),
    content: bytes('content').notNull(),
  },
  (table) => [primaryKey({ columns: [table.roomId, table.chunk] })],
)

/** The account that each place belongs to: protects the place when Redis is lost. */
export const roomBindings = mysqlTable(
  'room_bindings',
  {
    roomId: ofRoom(),
    entryIndex: int('entry_index', { unsigned: true }).notNull(),
    /** Null once the place is unbound: the row stays, so that an older binding is not restored. */
    accountId: word('account_id', { length: 64 }),
    /** The log's entry at the index then, as hex: an index may be given twice. Null where it is not known. */
    entry: word('entry', { length: 32 }),
    /** Keyed hashes of network and mail domain that its chance in the draw is counted under; '' when it takes no part. */
    counted: word('counted', { length: 40 }).notNull(),
    /** Epoch and ID of the stream entry that this row was written from. */
    streamOrder: word('stream_order', { length: 40 }).notNull(),
  },
  (table) => [primaryKey({ columns: [table.roomId, table.entryIndex] })],
)

export const ticketTypes = mysqlTable(
  'ticket_types',
  {
    id: int('id', { unsigned: true }).autoincrement().primaryKey(),
    festivalId: word('festival_id', { length: 64 })
      .notNull()
      .references(() => festivals.id),
    name: varchar('name', { length: 100 }).notNull(),
    nameKo: varchar('name_ko', { length: 100 }),
    nameEn: varchar('name_en', { length: 100 }),
    priceMinor: int('price_minor', { unsigned: true }).notNull(),
    quantity: int('quantity', { unsigned: true }).notNull(),
    accountLimit: int('account_limit', { unsigned: true }).notNull(),
    saleFrom: instant('sale_from').notNull(),
    saleTo: instant('sale_to').notNull(),
    refundUntil: instant('refund_until').notNull(),
  },
  (table) => [index('ticket_types_festival').on(table.festivalId)],
)

/** One sellable place of a ticket type. The row is what makes overselling impossible: only one order can own it. */
export const units = mysqlTable(
  'units',
  {
    ticketTypeId: int('ticket_type_id', { unsigned: true })
      .notNull()
      .references(() => ticketTypes.id),
    /** 1 to the type's quantity. */
    number: int('number', { unsigned: true }).notNull(),
    orderId: uuid('order_id'),
  },
  (table) => [
    primaryKey({ columns: [table.ticketTypeId, table.number] }),
    // Groups the free units of a type at the front of the index, in order of number.
    index('units_free').on(table.ticketTypeId, table.orderId, table.number),
  ],
)
