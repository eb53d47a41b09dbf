import { and, eq } from 'drizzle-orm'
import type { Database } from '../../drizzle/database.ts'
import { rooms } from '../../drizzle/schema/catalogue.ts'
import { formatDrawRecord } from '../../shared/api/draw-record.ts'
import type { Redis } from '../../shared/redis/client.ts'
import { roomKeys } from '../../shared/redis/keys.ts'
import type { FestivalRecord, RoomRow } from '../festivals/read-catalogue.ts'
import { readLastCheckpoint, writeRecall } from './checkpoint.ts'
import { keepBindings } from './keep-bindings.ts'
import { keptRecord } from './keep-draw.ts'
import { createRebuildWriter } from './rebuild-writer.ts'
import { dropOldRuns, noteRuns } from './redis-runs.ts'
import { restorePayments } from './restore-payments.ts'
import { settingsInRedis, typesInRedis } from './settings-in-redis.ts'

/*
 * Redis lost: how a room comes back, and everyone keeps their place.
 *
 * Before. Every second an origin writes down how far each room is (checkpoint.ts), and once the lots are drawn, the seed
 * and the log they were drawn from (keep-draw.ts). `rooms.epoch` counts how often a room was built; Redis has the same
 * number in the room's settings, and each place token the one of the epoch that its index was given in.
 *
 * Noticing. The catalogue's round (keep-room.ts) finds that Redis has no settings of a room, those of another epoch than
 * MySQL, or those that another run of Redis wrote (shared/redis/runs.ts): it was started again, replaced by a replica, or
 * restored from a snapshot. How much of what was written last is missing then, nobody can tell, so nothing of it is
 * believed. Without settings every script refuses the room: it is shut, and a gateway's status goes on from its last
 * copy, stale.
 *
 * Two Redis at once. An origin of another network, or with an old address, may reach a Redis that another has replaced.
 * Nobody promises anything there for long: an origin keeps a room for ROOM_KEPT_MS at a time (lua/lib/lease), and only in
 * the epoch that MySQL has. Nor does such an origin take the room back: while another origin keeps it in the run that
 * `rooms.kept_run` names (redis-runs.ts), one whose Redis is of an epoch before says so in its log and does nothing.
 *
 * Rebuilding, here. Whoever gets the lease in Redis counts the epoch up in MySQL and writes the room chunk by chunk:
 * its log as long as the checkpoint says (zeros; the real entries where a lobby has closed), which account each place is
 * bound to and who takes part in the draw (keep-bindings.ts, drained from a stream every second), stock and what each account
 * owns, payments under way with their holds. Settings come last. A builder that dies leaves a room that is still shut, and
 * whoever finds it when the lease has run out begins again under the next epoch. Passes, claims and holds that were not
 * being paid for are lost: everyone who was called so lately that they could have a pass is called again.
 *
 * Restoring. For `restoreMs` after that the room is known again but in no phase in which anyone enters, is called,
 * claims or buys. Gateways give back what they know that is newer than the checkpoint, and fans who ask for anything with
 * a place give back that place (gateway/room/restore.ts): the log grows to cover it, and its key is written where zeros
 * stand. The first decision after that fixes how many places came back; later entries stand behind them.
 *
 * One index, two fans. A Redis that lacks the last seconds gives indexes that were given before, until it is rebuilt, and
 * so does a rebuilt one whose fans did not come back in time. The log says whose an index is. A binding is recorded with its
 * entry, and building writes that into the log: it keeps the index, however old another entry is, so that no account waits
 * at another fan's place; nobody new is given an index that is bound. Of two entries that are given back the older one has
 * it, by the second that its token names; one that comes back later takes it from a newcomer, unless somebody has gone in
 * with that position (lua/roomRestore, roomReturn). The other one gets the next index at the end, as every position before is
 * somebody's, and is told: `moved` of the room's settings makes gateways compare what a token says of its entry with the
 * log, as claiming, binding and leaving always do. So a position never has two passes that hold.
 *
 * What stays of a Redis that has data: streams, whose entries are judged by MySQL (keep-bindings.ts, the payments' worker),
 * and keys of one fan, each with an end. Of these only a record of an entry could be taken for a right; it names its epoch,
 * and roomEnter believes it in that one alone, or where the log has the entry at its index.
 */

/** The lease outlasts the longest time between two chunks; for so long a room waits whose builder died. */
export const REBUILD_LEASE_MS = 10_000

export type RebuildDeps = {
  db: Database
  redis: Redis
  /** How long fans and gateways have to give back what is newer than the checkpoint. */
  restoreMs: number
  leaseMs: number
  /** Undefined for rooms that no origin looks after: they are kept without an end. */
  keeping?: Keeping | undefined
}

export type Keeping = {
  /** This origin's name. */
  origin: string
  /** For how long a room is kept each time that this origin says so: past that, scripts promise nothing. */
  keptMs: number
  /** The runs of Redis in which this origin keeps rooms, or builds them; what is in it is noted in MySQL every second. */
  runs: Set<string>
}

/**
 * Five rounds of an origin. An old primary that no origin of its epoch reaches promises nothing after this; an origin that
 * is slower than this stops a sale until it is heard of again.
 */
export const ROOM_KEPT_MS = 5000

/**
 * Counts a room's epoch up. Undefined when someone else has meanwhile, or has changed the room: what would be built from
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

/** Before the epoch names the run: no origin on another Redis is to think that nobody has the room in hand. */
async function noteRebuilding({ db, keeping }: RebuildDeps, run: string): Promise<void> {
  if (keeping === undefined || run === '') return
  keeping.runs.add(run)
  await noteRuns(db, [run], keeping.origin)
  await dropOldRuns(db)
}

/**
 * Builds a room in Redis from MySQL, for the first time or after it was lost.
 *
 * @param token - what roomNotice gave the lease to
 * @param runId - which run of Redis it is; '' where that cannot be told
 * @returns `outdated`: another origin has it in hand
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
  // What Redis still has to tell of bindings goes before the room does.
  await keepBindings({ db, redis }, room)
  await writer.clear(record.ticketTypes.map(({ id, quantity }) => ({ type: id, quantity })))
  await noteRebuilding(deps, runId)
  const epoch = await openEpoch(db, record.room, runId)
  if (epoch === undefined) return { status: 'outdated' }
  // A room that was never published has nobody to wait for.
  const restoreMs = before === 0 ? 0 : deps.restoreMs
  // One view of MySQL for all of it, from after the epoch was counted up: whoever frees units holds the room's row.
  const kept = await db.transaction(
    async (tx) => {
      const last = await readLastCheckpoint(tx, room, (graceSeconds + passSeconds) * 1000)
      const [row] = await tx.select().from(rooms).where(eq(rooms.id, room))
      const draw = keptRecord(row)
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
    JSON.stringify({ ...settingsInRedis(record), restored: kept.restored }),
    JSON.stringify(typesInRedis(record)),
    kept.serving,
    kept.overThrough,
    formatDrawRecord(kept.draw),
    runId,
    deps.keeping?.keptMs ?? '',
  )
  return finished === 'built' ? { status: 'built', epoch } : { status: 'outdated' }
}
