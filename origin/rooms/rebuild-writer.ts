import { and, asc, eq, gt } from 'drizzle-orm'
import type { Transaction } from '../../drizzle/database.ts'
import { units } from '../../drizzle/schema/catalogue.ts'
import { orders } from '../../drizzle/schema/purchases.ts'
import type { DrawRecord } from '../../shared/api/draw-record.ts'
import type { Redis } from '../../shared/redis/client.ts'
import type { Reply } from '../../shared/redis/commands/reply.ts'
import { roomKeys } from '../../shared/redis/keys.ts'
import { readBindings } from './store-bindings.ts'
import { readDrawnLog, readDrawnParticipants } from './store-draw.ts'

const ENTRY_BYTES = 16
const NO_ENTRY = Buffer.alloc(0)
/** Rows read, and counts written, per batch. */
const UNITS_PER_CHUNK = 2000
const BINDINGS_PER_CHUNK = 2000

/** Another origin has the lease now, or Redis was wiped once more: the build is abandoned as it is. */
export class Outdated extends Error {
  constructor(room: string) {
    super(`The lease to rebuild ${room} is another's`)
  }
}

/** The lease to rebuild a room, which each write renews. */
type Lease = { redis: Redis; room: string; token: string; leaseMs: number }

/** Writes a room that is being rebuilt. Everything throws `Outdated` once the lease is lost. */
export type RebuildWriter = {
  /** Deletes what is left of the room; its stock is as if nothing were sold. */
  clear(quantities: readonly { type: number; quantity: number }[]): Promise<void>
  /** The log: zeros for entries whose keys are lost, which count all the same, and the entries of a closed lobby. */
  log(tx: Transaction, entries: number): Promise<void>
  /** The account bound to each place, and the participants: those recorded, once the lobby has closed. */
  bindings(tx: Transaction, draw: DrawRecord | undefined): Promise<void>
  /** What accounts own: taken from the stock, and counted for their limits. */
  owned(tx: Transaction, types: readonly number[]): Promise<void>
  /** Renews the lease, and returns the time of Redis' clock. */
  renew(): Promise<Date>
}

/** Writes in chunks small enough not to block either store; each chunk renews the lease. */
export function createRebuildWriter(lease: Lease): RebuildWriter {
  return {
    clear: (quantities) => clearRoom(lease, quantities),
    log: (tx, entries) => writeLog(lease, tx, entries),
    async bindings(tx, draw) {
      await writeBindings(lease, tx, draw)
      if (draw?.closing !== undefined) await writeParticipants(lease, tx)
    },
    async owned(tx, types) {
      for (const type of types) await writeOwned(lease, tx, type)
    },
    async renew() {
      const [, now] = await sendOwned(lease, [])
      return new Date(Number(now))
    },
  }
}

async function mustBeWritten({ room }: Lease, reply: Promise<Reply>): Promise<Reply> {
  const written = await reply
  if (written[0] !== 'written') throw new Outdated(room)
  return written
}

async function clearRoom(
  lease: Lease,
  quantities: readonly { type: number; quantity: number }[],
): Promise<void> {
  const keys = roomKeys(lease.room)
  await mustBeWritten(
    lease,
    lease.redis.roomRebuildClear(
      ...([keys.rebuild, keys.stock, keys.settings, keys.entries, keys.admission] as const),
      ...([keys.calls, keys.unresolved, keys.claimed, keys.turns, keys.turnEnds] as const),
      ...([keys.passes, keys.pass, keys.accounts, keys.types, keys.counts] as const),
      ...([keys.holds, keys.hold, keys.returning, keys.participants, keys.chances] as const),
      ...([keys.moved, keys.seconds] as const),
      lease.token,
      lease.leaseMs,
      JSON.stringify(quantities),
    ),
  )
}

/** Writes a chunk of the log, or of the bitmap of participants, which has the same form. */
async function writeChunk(
  lease: Lease,
  key: 'entries' | 'participants',
  { offsetBytes, content }: { offsetBytes: number; content: Buffer },
): Promise<void> {
  const { redis, room, token, leaseMs } = lease
  const keys = roomKeys(room)
  await mustBeWritten(
    lease,
    redis.roomRebuildLog(keys.rebuild, keys[key], token, leaseMs, offsetBytes, content),
  )
}

async function writeLog(lease: Lease, tx: Transaction, entries: number): Promise<void> {
  // Redis zeroes everything before it in one step: some ten milliseconds for ten million entries.
  if (entries > 0) {
    const offsetBytes = entries * ENTRY_BYTES - 1
    await writeChunk(lease, 'entries', { offsetBytes, content: Buffer.alloc(1) })
  }
  for await (const chunk of readDrawnLog(tx, lease.room)) await writeChunk(lease, 'entries', chunk)
}

async function writeBindings(lease: Lease, tx: Transaction, draw: DrawRecord | undefined): Promise<void> {
  const { redis, room, token, leaseMs } = lease
  const keys = roomKeys(room)
  for await (const page of readBindings(tx, room, BINDINGS_PER_CHUNK)) {
    const flat = page.flatMap(({ index, account, counted, entry }) => [
      ...[index, account, counted],
      // A closed lobby is drawn as it was published.
      index < (draw?.lobbyEntries ?? 0) ? NO_ENTRY : entry,
    ])
    await mustBeWritten(
      lease,
      redis.roomRebuildBindings(
        ...([keys.rebuild, keys.accounts, keys.participants, keys.chances] as const),
        ...([keys.entries, token, leaseMs] as const),
        ...flat,
      ),
    )
  }
}

async function writeParticipants(lease: Lease, tx: Transaction): Promise<void> {
  for await (const chunk of readDrawnParticipants(tx, lease.room)) {
    await writeChunk(lease, 'participants', chunk)
  }
}

/** What accounts own of one ticket type. */
async function writeOwned(lease: Lease, tx: Transaction, type: number): Promise<void> {
  for (let after = 0; ; ) {
    const rows = await tx
      .select({ number: units.number, account: orders.accountId })
      .from(units)
      .innerJoin(orders, eq(orders.id, units.orderId))
      .where(and(eq(units.ticketTypeId, type), gt(units.number, after)))
      .orderBy(asc(units.number))
      .limit(UNITS_PER_CHUNK)
    const counted = Map.groupBy(rows, ({ account }) => account)
    await sendOwned(
      lease,
      [...counted].flatMap(([account, each]) => [account, type, each.length]),
    )
    const last = rows.at(-1)
    if (last === undefined || rows.length < UNITS_PER_CHUNK) return
    after = last.number
  }
}

/** Adds what accounts own, as account, type and number in turn; without any it only renews the lease. */
async function sendOwned(lease: Lease, owned: readonly (string | number)[]): Promise<Reply> {
  const { redis, room, token, leaseMs } = lease
  const keys = roomKeys(room)
  return await mustBeWritten(
    lease,
    redis.roomRebuildOwned(keys.rebuild, keys.stock, keys.counts, token, leaseMs, ...owned),
  )
}
