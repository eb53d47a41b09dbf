import { and, desc, eq, lt, lte, max, sql } from 'drizzle-orm'
import type { Database, Transaction } from '../../drizzle/database.ts'
import { roomCheckpoints, rooms } from '../../drizzle/schema/catalogue.ts'
import { type DrawRecord, parseDrawRecord } from '../../shared/api/draw-record.ts'
import type { Redis } from '../../shared/redis/client.ts'
import { roomKeys } from '../../shared/redis/keys.ts'
import type { RoomRow } from '../festivals/read-catalogue.ts'
import { storeBindings } from './store-bindings.ts'
import { storeDraw, storeSeed } from './store-draw.ts'

const MINUTE_MS = 60_000
/** Longer than a call's grace period and the following pass may last together (settings.ts, `ROOM_LIMITS`). */
const STORED_MINUTES = 180

/** The progress of a room in Redis, read at one instant. */
export type RoomProgress = {
  epoch: number
  /** By Redis' clock. */
  at: Date
  entries: number
  /** -1 before the first call. */
  serving: number
  /** Undefined before the opening. */
  draw: DrawRecord | undefined
  /** How many places were restored in each epoch that began with restoring; '' when none did. */
  restored: string
}

/** Undefined while Redis does not know the room, or not all of it yet. */
export async function readProgress(redis: Redis, room: string): Promise<RoomProgress | undefined> {
  const keys = roomKeys(room)
  const [status, epoch, at, entries, serving, recordJson, restored] = await redis.roomProgress(
    keys.settings,
    keys.entries,
    keys.admission,
  )
  if (status !== 'room') return undefined
  return {
    epoch: Number(epoch),
    at: new Date(Number(at)),
    entries: Number(entries),
    serving: Number(serving),
    draw: parseDrawRecord(String(recordJson)),
    restored: String(restored),
  }
}

/** Stores the progress of rooms in MySQL, from where rebuild-room.ts reads it when Redis was wiped. */
export type Checkpoints = {
  /** Writes each room that has progressed since the last call, and its draw. Rooms not named are dropped. */
  write(rooms: readonly CheckpointedRoom[]): Promise<void>
}

/** The fields of a room that matter here. */
type CheckpointedRoom = Pick<RoomRow, 'id' | 'drawSeed'> & Partial<Pick<RoomRow, 'drawRecord'>>

export function createCheckpoints(deps: { db: Database; redis: Redis }): Checkpoints {
  const { db, redis } = deps
  let written = new Map<string, RoomProgress>()
  /** Until the catalogue has it too. */
  const drawsStored = new Map<string, 'closing' | 'seed'>()

  async function writeRoom(room: CheckpointedRoom): Promise<RoomProgress | undefined> {
    const { id } = room
    const last = written.get(id)
    const progress = await readProgress(redis, id)
    if (progress === undefined) return last
    await storeBindings({ db, redis }, id)
    const moved = hasMoved(last, progress)
    if (moved) await writeCheckpoint(db, id, progress)
    if (last?.restored !== progress.restored) await writeRestored(db, id, progress)
    if (moved && minuteOf(last?.at) !== minuteOf(progress.at)) await dropOld(db, id, minuteOf(progress.at))
    if (room.drawSeed === null) await writeDraw(room, progress)
    return progress
  }

  /** The closed lobby is stored immediately, before the beacon's round: a wiped Redis must not close it again. */
  async function writeDraw(
    { id, drawRecord }: CheckpointedRoom,
    { epoch, draw }: RoomProgress,
  ): Promise<void> {
    const step = stepOf(draw)
    if (draw === undefined || step === undefined || drawsStored.get(id) === step) return
    const isClosingStored = drawsStored.has(id) || typeof drawRecord === 'string'
    if (isClosingStored && step === 'closing') return
    if (isClosingStored) await storeSeed(db, id, epoch, draw)
    else if ((await storeDraw({ db, redis }, id, epoch, draw)) === 'lost') return
    drawsStored.set(id, step)
  }

  return {
    async write(rows) {
      const next = new Map<string, RoomProgress>()
      const results = await Promise.allSettled(
        rows.map(async (row) => {
          const progress = await writeRoom(row)
          if (progress !== undefined) next.set(row.id, progress)
        }),
      )
      written = next
      for (const id of drawsStored.keys()) if (!next.has(id)) drawsStored.delete(id)
      const failed = results.find((result) => result.status === 'rejected')
      if (failed !== undefined) throw failed.reason
    },
  }
}

/**
 * Writes the progress of a room into the row of that minute. Never goes back, whatever the order of the writers; and
 * progress of another epoch than MySQL's is not written, since it may include what was lost meanwhile.
 */
export async function writeCheckpoint(
  db: Database | Transaction,
  room: string,
  { epoch, at, entries, serving }: Omit<RoomProgress, 'draw' | 'restored'>,
): Promise<void> {
  await db.execute(sql`
    insert into ${roomCheckpoints} (room_id, minute, at, entries, serving)
    select ${rooms.id}, ${minuteOf(at)}, ${mysqlInstant(at)}, ${entries}, ${serving}
    from ${rooms} where ${rooms.id} = ${room} and ${rooms.epoch} = ${epoch}
    on duplicate key update
      at = greatest(${roomCheckpoints.at}, values(at)),
      entries = greatest(${roomCheckpoints.entries}, values(entries)),
      serving = greatest(${roomCheckpoints.serving}, values(serving))`)
}

/** The storable data of a draw. */
function stepOf(draw: DrawRecord | undefined): 'closing' | 'seed' | undefined {
  if (draw?.seed !== undefined) return 'seed'
  return draw?.closing === undefined ? undefined : 'closing'
}

function hasMoved(last: RoomProgress | undefined, { epoch, entries, serving }: RoomProgress): boolean {
  return last?.epoch !== epoch || last.entries !== entries || last.serving !== serving
}

const RESTORED_EPOCHS_MAX = 20

/**
 * Stores the restored places of each epoch, so that the next loss keeps them: fans of any of them may still be waiting.
 */
export async function writeRestored(
  db: Database | Transaction,
  room: string,
  { epoch, restored }: RoomProgress,
): Promise<void> {
  if (restored === '') return
  const retained = restored.trim().split(' ').slice(-RESTORED_EPOCHS_MAX)
  await db
    .update(rooms)
    .set({ restored: retained.map((each) => ` ${each}`).join('') })
    .where(and(eq(rooms.id, room), eq(rooms.epoch, epoch)))
}

/** The last stored progress of a room; undefined when there is none. */
export type LastCheckpoint = {
  at: Date
  entries: number
  serving: number
  /** The last position whose grace period and possible pass were certainly over. */
  overThrough: number
}

/** @param lastsMs - how long a call may matter: its grace period and the pass after it */
export async function readLastCheckpoint(
  db: Database | Transaction,
  room: string,
  lastsMs: number,
): Promise<LastCheckpoint | undefined> {
  const ofRoom = eq(roomCheckpoints.roomId, room)
  const [last] = await db
    .select({
      at: max(roomCheckpoints.at),
      entries: max(roomCheckpoints.entries),
      serving: max(roomCheckpoints.serving),
    })
    .from(roomCheckpoints)
    .where(ofRoom)
  if (last === undefined || last.at === null || last.entries === null || last.serving === null)
    return undefined
  const [over] = await db
    .select({ serving: roomCheckpoints.serving })
    .from(roomCheckpoints)
    .where(and(ofRoom, lte(roomCheckpoints.at, new Date(last.at.getTime() - lastsMs))))
    .orderBy(desc(roomCheckpoints.serving))
    .limit(1)
  return { at: last.at, entries: last.entries, serving: last.serving, overThrough: over?.serving ?? -1 }
}

/**
 * Records that all positions after `overThrough` are called again at `at`, so that a room that is wiped once more soon
 * after does not lose their calls: the rows of their earlier calls are deleted.
 */
export async function writeRecall(
  tx: Transaction,
  room: string,
  recall: { epoch: number; at: Date } & Omit<LastCheckpoint, 'at'>,
): Promise<void> {
  await tx
    .delete(roomCheckpoints)
    .where(and(eq(roomCheckpoints.roomId, room), sql`${roomCheckpoints.serving} > ${recall.overThrough}`))
  await writeCheckpoint(tx, room, recall)
}

/** Of the rows past their retention, the newest stays: the room may not have progressed since. */
async function dropOld(db: Database, room: string, minute: number): Promise<void> {
  const ofRoom = eq(roomCheckpoints.roomId, room)
  const [newest] = await db
    .select({ minute: max(roomCheckpoints.minute) })
    .from(roomCheckpoints)
    .where(and(ofRoom, lte(roomCheckpoints.minute, minute - STORED_MINUTES)))
  if (newest === undefined || newest.minute === null) return
  await db.delete(roomCheckpoints).where(and(ofRoom, lt(roomCheckpoints.minute, newest.minute)))
}

function minuteOf(at: Date | undefined): number {
  return at === undefined ? -1 : Math.floor(at.getTime() / MINUTE_MS)
}

/** As a DATETIME literal, in UTC. */
function mysqlInstant(at: Date): string {
  return at.toISOString().slice(0, -1).replace('T', ' ')
}
