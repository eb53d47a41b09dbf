import { and, eq } from 'drizzle-orm'
import type { Database } from '../../drizzle/database.ts'
import { rooms } from '../../drizzle/schema/catalogue.ts'
import { formatDrawRecord } from '../../shared/api/draw-record.ts'
import type { Redis } from '../../shared/redis/client.ts'
import { roomKeys } from '../../shared/redis/keys.ts'
import type { FestivalRecord, RoomRow } from '../festivals/read-catalogue.ts'
import { readLastCheckpoint, writeRecall } from './checkpoint.ts'
import { createRebuildWriter } from './rebuild-writer.ts'
import { dropOldRuns, noteRuns } from './redis-runs.ts'
import { restorePayments } from './restore-payments.ts'
import { settingsInRedis, typesInRedis } from './settings-in-redis.ts'
import { storeBindings } from './store-bindings.ts'
import { storedRecord } from './store-draw.ts'

/*
 * Redis lost: how a room is restored with all places.
 *
 * Before. Every second an origin stores the progress of each room (checkpoint.ts), and once the draw has taken place,
 * its seed and the log it was drawn from (keep-draw.ts). `rooms.epoch` counts how often a room was built; Redis has the
 * same number in the room's settings, and each place token has the epoch in which its index was given.
 *
 * Detecting. The catalogue's round (keep-room.ts) finds that Redis has no settings of a room, those of another epoch
 * than MySQL, or those that another run of Redis wrote (shared/redis/runs.ts): it was restarted, replaced by a replica,
 * or restored from a snapshot. How many of the latest writes are missing then is unknown, so none of its data is
 * trusted. Without settings every script rejects the room: it is closed, and a gateway's status continues from its last
 * copy, stale.
 *
 * Two Redis servers. An origin of another network, or with an old address, may reach a Redis that another has replaced.
 * Scripts there soon accept nothing more: an origin maintains a room for ROOM_MAINTAINED_MS at a time (lua/lib/lease), and
 * only in the epoch that MySQL has. Nor does such an origin take the room back: while another origin maintains it in
 * the run that `rooms.kept_run` names (redis-runs.ts), one whose Redis has an earlier epoch logs that and does nothing.
 *
 * Rebuilding, here. The origin that gets the lease in Redis increments the epoch in MySQL and writes the room chunk by
 * chunk: its log with the length of the checkpoint (zeros; the real entries where a lobby has closed), the account
 * bound to each place and the participants of the draw (keep-bindings.ts, drained from a stream every second), stock
 * and what each account owns, payments in process with their holds. Settings come last. A builder that dies leaves a
 * room that is still closed, and the next origin that finds it after the lease has expired begins again under the next
 * epoch. Passes, claims and holds without a payment are lost: all fans who were called so recently that they could have
 * a pass are called again.
 *
 * Restoring. For `restoreMs` after that the room is known again but in no phase in which fans enter, are called, claim
 * or buy. Gateways restore what they know that is newer than the checkpoint, and each request with a place restores
 * that place (gateway/room/restore.ts): the log grows to cover it, and its key replaces the zeros. The first decision
 * after that fixes how many places were restored; later entries come after them.
 *
 * One index, two fans. A Redis that lacks the last seconds gives indexes that were given before, until it is rebuilt,
 * and so does a rebuilt one whose fans did not come back in time. The log decides whose an index is. A binding is
 * recorded with its entry, and building writes that into the log: it keeps the index, however old another entry is, so
 * that no account waits at another fan's place; a bound index is never given to a new entry. Of two restored entries
 * the older one has it, by the second that its token names; one that comes back later takes it from a newcomer, unless
 * that position was already admitted (lua/roomRestore, roomReturn). The other one gets the next index at the end, as
 * every position before is taken, and is notified: `moved` of the room's settings makes gateways compare a token's
 * entry with the log, as claiming, binding and leaving always do. So a position never has two valid passes.
 *
 * What remains of a Redis that has data: streams, whose entries are checked against MySQL (keep-bindings.ts, the
 * payments' worker), and keys of single fans, each with an expiry. Of these only a record of an entry could be mistaken
 * for a right; it names its epoch, and roomEnter accepts it in that epoch alone, or where the log has the entry at its
 * index.
 */

/** Longer than the longest time between two chunks; a room whose builder died waits for this long. */
export const REBUILD_LEASE_MS = 10_000

export type RebuildDeps = {
  db: Database
  redis: Redis
  /** How long fans and gateways have to restore what is newer than the checkpoint. */
  restoreMs: number
  leaseMs: number
  /** Undefined for rooms that no origin maintains: they never expire. */
  maintenance?: Maintenance | undefined
}

export type Maintenance = {
  /** This origin's name. */
  origin: string
  /** How long each renewal by this origin lasts: past that, scripts accept nothing. */
  maintainedMs: number
  /** The runs of Redis in which this origin maintains or builds rooms; they are stored in MySQL every second. */
  runs: Set<string>
}

/**
 * Five rounds of an origin. An old primary that no origin of its epoch reaches accepts nothing after this; an origin
 * that is slower than this stops a sale until its next renewal.
 */
export const ROOM_MAINTAINED_MS = 5000

/**
 * Increments a room's epoch. Undefined when another origin has meanwhile, or when the room was changed: building from
 * an older copy could sell units that are withdrawn, or bring back a room that was unpublished.
 */
export async function openEpoch(
  db: Database,
  { id, epoch: before, version }: Pick<RoomRow, 'id' | 'epoch' | 'version'>,
  run: string,
): Promise<number | undefined> {
  const epoch = before + 1
  const [opened] = await db
    .update(rooms)
    .set({ epoch, keptRun: run === '' ? null : run })
    .where(and(eq(rooms.id, id), eq(rooms.epoch, before), eq(rooms.version, version)))
  return opened.affectedRows === 1 ? epoch : undefined
}

/** Before the epoch names the run: no origin on another Redis may conclude that the room is abandoned. */
async function noteRebuilding({ db, maintenance }: RebuildDeps, run: string): Promise<void> {
  if (maintenance === undefined || run === '') return
  maintenance.runs.add(run)
  await noteRuns(db, [run], maintenance.origin)
  await dropOldRuns(db)
}

/**
 * Builds a room in Redis from MySQL, for the first time or after it was lost.
 *
 * @param token - the lease's token, as given to roomNotice
 * @param runId - which run of Redis it is; '' where that is unknown
 * @returns `outdated`: another origin is building it
 */
export async function rebuildRoom(
  deps: RebuildDeps,
  record: FestivalRecord,
  token: string,
  runId: string,
): Promise<{ status: 'built'; epoch: number } | { status: 'outdated' }> {
  const { db, redis, leaseMs } = deps
  const { id: room, epoch: before, graceSeconds, passSeconds } = record.room
  const writer = createRebuildWriter({ redis, room, token, leaseMs })
  // Bindings that are still in Redis are stored before the room is deleted.
  await storeBindings({ db, redis }, room)
  await writer.clear(record.ticketTypes.map(({ id, quantity }) => ({ type: id, quantity })))
  await noteRebuilding(deps, runId)
  const epoch = await openEpoch(db, record.room, runId)
  if (epoch === undefined) return { status: 'outdated' }
  // A room that was never published has no fans to wait for.
  const restoreMs = before === 0 ? 0 : deps.restoreMs
  // One snapshot of MySQL for all of it, from after the epoch was incremented: a transaction that frees units holds the
  // room's row.
  const stored = await db.transaction(
    async (tx) => {
      const last = await readLastCheckpoint(tx, room, (graceSeconds + passSeconds) * 1000)
      const [row] = await tx.select().from(rooms).where(eq(rooms.id, room))
      const draw = storedRecord(row)
      const entries = Math.max(last?.entries ?? 0, draw?.lobbyEntries ?? 0)
      await writer.log(tx, entries)
      await writer.bindings(tx, draw)
      await writer.owned(
        tx,
        record.ticketTypes.map(({ id }) => id),
      )
      const now = await writer.renew()
      const expiresAt = new Date(now.getTime() + restoreMs)
      await restorePayments({ db: tx, redis }, room, { token, leaseMs, expiresAt })
      const { serving = -1, overThrough = -1 } = last ?? {}
      if (serving > overThrough) {
        // No earlier than they are called again: the lease ends before restoring can begin any later than that.
        const at = new Date((await writer.renew()).getTime() + leaseMs + restoreMs)
        await writeRecall(tx, room, { epoch, at, entries, serving, overThrough })
      }
      return { serving, overThrough, draw, restored: row?.restored ?? '' }
    },
    { isolationLevel: 'repeatable read', withConsistentSnapshot: true },
  )

  const keys = roomKeys(room)
  const [finished] = await redis.roomRebuildFinish(
    keys.settings,
    keys.rebuild,
    keys.stock,
    keys.types,
    keys.admission,
    keys.calls,
    keys.unresolved,
    token,
    epoch,
    restoreMs,
    JSON.stringify({ ...settingsInRedis(record), restored: stored.restored }),
    JSON.stringify(typesInRedis(record)),
    stored.serving,
    stored.overThrough,
    formatDrawRecord(stored.draw),
    runId,
    deps.maintenance?.maintainedMs ?? '',
  )
  return finished === 'built' ? { status: 'built', epoch } : { status: 'outdated' }
}
