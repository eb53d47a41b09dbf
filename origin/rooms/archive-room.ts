import { and, eq, isNull } from 'drizzle-orm'
import type { Database, Transaction } from '../../drizzle/database.ts'
import { festivals, rooms } from '../../drizzle/schema/catalogue.ts'
import { deadLetters, orders, payments } from '../../drizzle/schema/purchases.ts'
import type { Redis } from '../../shared/redis/client.ts'
import { roomKeys } from '../../shared/redis/keys.ts'
import type { Clock } from '../../shared/runtime/clock.ts'
import type { RoomRow } from '../festivals/read-catalogue.ts'
import { type RoomProgress, readProgress, writeCheckpoint, writeRestored } from './checkpoint.ts'
import { isOpenIn } from './open-payments.ts'
import { storeBindings } from './store-bindings.ts'
import { storedRecord } from './store-draw.ts'

/** How long a room stays in Redis after its closing: its last passes, holds and payments end meanwhile. */
export const ARCHIVE_AFTER_MS = 3_600_000

/** The fields of a room that matter here. */
export type ArchivableRoom = Pick<RoomRow, 'id' | 'lobbyEntries' | 'drawSeed' | 'drawRecord'>

export type ArchiveResult =
  | { status: 'archived' }
  /** It is not closed, or not for long enough. */
  | { status: 'not-over' }
  /** Passes, holds or payments are active. */
  | { status: 'in-flight' }
  /** Something required is not in MySQL yet: the next round finds it there. */
  | { status: 'not-stored' }
  /** Redis does not have the room as MySQL does: it is being rebuilt, or another origin archived it first. */
  | { status: 'elsewhere' }

/**
 * Moves the room of a sale that is over out of Redis: from then on everything about it is answered from MySQL, and no
 * worker, gateway or sweep processes it. Any number of origins may do so at any time.
 *
 * 1. The room's progress, its draw and the account bound to each place are committed to MySQL: a rebuild needs them,
 * should the next steps be interrupted or the organiser extend the sale.
 * 2. Under the lock of the room's row, Redis deletes the room if nothing is active in it (`roomArchive`).
 * 3. The commit records that it is archived. If it never comes, Redis has lost a room that MySQL has open: the next
 * round rebuilds it. An origin that would rebuild it from an older copy after the commit finds another version
 * (`openEpoch`).
 * 4. The remaining keys are deleted later (clear-rooms.ts), because origins may still have a worker there.
 */
export async function archiveRoom(
  deps: { db: Database; redis: Redis; now: Clock; archiveAfterMs?: number },
  room: ArchivableRoom,
): Promise<ArchiveResult> {
  const { id } = room
  const { db, redis, now, archiveAfterMs = ARCHIVE_AFTER_MS } = deps
  const progress = await readProgress(redis, id)
  if (progress === undefined) return { status: 'elsewhere' }
  if (!isDrawStored(progress, room)) return { status: 'not-stored' }
  await writeCheckpoint(db, id, progress)
  await writeRestored(db, id, progress)
  await storeBindings({ db, redis }, id)
  return await db.transaction(
    async (tx) => {
      const [row] = await tx.select().from(rooms).where(eq(rooms.id, id)).for('update')
      if (row === undefined || row.archivedAt !== null || row.epoch !== progress.epoch) {
        return { status: 'elsewhere' }
      }
      if (row.closesAt.getTime() + archiveAfterMs > now()) return { status: 'not-over' }
      const [festival] = await tx.select().from(festivals).where(eq(festivals.id, id))
      if (festival?.published !== true) return { status: 'elsewhere' }
      if (await hasOpenPayments(tx, id)) return { status: 'in-flight' }
      const left = await leaveRedis(redis, id, progress)
      if (left.status !== 'archived') return left
      const at = new Date(now())
      await tx
        .update(rooms)
        .set({ archivedAt: at, leftRedisAt: at, version: row.version + 1 })
        .where(eq(rooms.id, id))
      return left
    },
    { isolationLevel: 'read committed' },
  )
}

/** Whether MySQL has all that a draw has published. A draw whose beacon never arrived has less. */
function isDrawStored({ draw }: RoomProgress, room: ArchivableRoom): boolean {
  if (draw === undefined) return true
  const stored = storedRecord(room)
  return draw.seed === stored?.seed && (draw.closing === undefined) === (stored?.closing === undefined)
}

/** The refund of a cancelled order needs no room: it continues without one. */
async function hasOpenPayments(tx: Transaction, room: string): Promise<boolean> {
  const open = await tx
    .select({ id: payments.id })
    .from(payments)
    .leftJoin(orders, eq(orders.paymentId, payments.id))
    .where(isOpenIn(room))
    .limit(1)
  if (open.length > 0) return true
  const deadLetter = await tx
    .select({ id: deadLetters.id })
    .from(deadLetters)
    .where(and(eq(deadLetters.festivalId, room), isNull(deadLetters.resolvedAt)))
    .limit(1)
  return deadLetter.length > 0
}

async function leaveRedis(
  redis: Redis,
  room: string,
  { epoch, entries, serving }: RoomProgress,
): Promise<ArchiveResult> {
  const keys = roomKeys(room)
  const [status] = await redis.roomArchive(
    ...([keys.settings, keys.rebuild, keys.entries, keys.admission] as const),
    ...([keys.passes, keys.holds, keys.payments, keys.bindings] as const),
    ...([epoch, entries, serving] as const),
  )
  switch (status) {
    case 'archived':
      return { status: 'archived' }
    case 'open':
      return { status: 'not-over' }
    case 'in-flight':
      return { status: 'in-flight' }
    case 'moved':
      return { status: 'not-stored' }
    case 'absent':
      return { status: 'elsewhere' }
    default:
      throw new Error(`roomArchive answered ${status}`)
  }
}
