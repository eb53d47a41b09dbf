import { and, asc, eq, gt } from 'drizzle-orm'
import type { Transaction } from '../../drizzle/database.ts'
import { units } from '../../drizzle/schema/catalogue.ts'
import { orders } from '../../drizzle/schema/purchases.ts'
import type { DrawRecord } from '../../shared/api/draw-record.ts'
import type { Redis } from '../../shared/redis/client.ts'
import { roomKeys } from '../../shared/redis/keys.ts'
import type { Reply } from '../../shared/redis/scripts.ts'
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

/**
 * Writes a room that is being rebuilt, in chunks small enough not to block either store; each chunk renews the lease.
 * Throws `Outdated` once the lease is lost.
 */
export function createRebuildWriter(options: { redis: Redis; room: string; token: string; leaseMs: number }) {
  const { redis, room, token, leaseMs } = options
  const keys = roomKeys(room)

  async function mustBeWritten(reply: Promise<Reply>): Promise<Reply> {
    const written = await reply
    if (written[0] !== 'written') throw new Outdated(room)
    return written
  }

  return {
    /** Deletes what is left of the room; its stock is as if nothing were sold. */
    async clear(quantities: readonly { type: number; quantity: number }[]): Promise<void> {
      await mustBeWritten(
        redis.roomRebuildClear(
          ...([keys.rebuild, keys.stock, keys.settings, keys.entries, keys.admission] as const),
          ...([keys.calls, keys.unresolved, keys.claimed, keys.turns, keys.turnEnds] as const),
          ...([keys.passes, keys.pass, keys.accounts, keys.types, keys.counts] as const),
          ...([keys.holds, keys.hold, keys.returning, keys.participants, keys.chances] as const),
          ...([keys.moved, keys.seconds] as const),
          token,
          leaseMs,
          JSON.stringify(quantities),
        ),
      )
    },

    /** The log: zeros for entries whose keys are lost, which count all the same, and the entries of a closed lobby. */
    async log(tx: Transaction, entries: number): Promise<void> {
      const write = (offsetBytes: number, chunk: Buffer) =>
        mustBeWritten(redis.roomRebuildLog(keys.rebuild, keys.entries, token, leaseMs, offsetBytes, chunk))
      // Redis zeroes everything before it in one step: some ten milliseconds for ten million entries.
      if (entries > 0) await write(entries * ENTRY_BYTES - 1, Buffer.alloc(1))
      for await (const { offsetBytes, content } of readDrawnLog(tx, room)) await write(offsetBytes, content)
    },

    /** The account bound to each place, and the participants: those recorded, once the lobby has closed. */
    async bindings(tx: Transaction, draw: DrawRecord | undefined): Promise<void> {
      for await (const page of readBindings(tx, room, BINDINGS_PER_CHUNK)) {
        const flat = page.flatMap(({ index, account, counted, entry }) => [
          ...[index, account, counted],
          // A closed lobby is drawn as it was published.
          index < (draw?.lobbyEntries ?? 0) ? NO_ENTRY : entry,
        ])
        await mustBeWritten(
          redis.roomRebuildBindings(
            ...([keys.rebuild, keys.accounts, keys.participants, keys.chances] as const),
            ...([keys.entries, token, leaseMs] as const),
            ...flat,
          ),
        )
      }
      if (draw?.closing === undefined) return
      for await (const { offsetBytes, content } of readDrawnParticipants(tx, room)) {
        await mustBeWritten(
          redis.roomRebuildLog(keys.rebuild, keys.participants, token, leaseMs, offsetBytes, content),
        )
      }
    },

    /** Renews the lease, and returns the time of Redis' clock. */
    async renew(): Promise<Date> {
      const reply = redis.roomRebuildOwned(keys.rebuild, keys.stock, keys.counts, token, leaseMs)
      const [, now] = await mustBeWritten(reply)
      return new Date(Number(now))
    },

    /** What accounts own: taken from the stock, and counted for their limits. */
    async owned(tx: Transaction, types: readonly number[]): Promise<void> {
      for (const type of types) {
        for (let after = 0; ; ) {
          const rows = await tx
            .select({ number: units.number, account: orders.accountId })
            .from(units)
            .innerJoin(orders, eq(orders.id, units.orderId))
            .where(and(eq(units.ticketTypeId, type), gt(units.number, after)))
            .orderBy(asc(units.number))
            .limit(UNITS_PER_CHUNK)
          const counted = Map.groupBy(rows, ({ account }) => account)
          const owned = [...counted].flatMap(([account, each]) => [account, type, each.length])
          await mustBeWritten(
            redis.roomRebuildOwned(keys.rebuild, keys.stock, keys.counts, token, leaseMs, ...owned),
          )
          const last = rows.at(-1)
          if (last === undefined || rows.length < UNITS_PER_CHUNK) break
          after = last.number
        }
      }
    },
  }
}
