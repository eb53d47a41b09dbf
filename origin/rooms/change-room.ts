import { eq } from 'drizzle-orm'
import type { Database, Transaction } from '../../drizzle/database.ts'
import { rooms } from '../../drizzle/schema/catalogue.ts'
import { changedTimesErrors, errorsIn } from '../../shared/api/festival-times.ts'
import type { InputError } from '../../shared/api/problem.ts'
import type { Redis } from '../../shared/redis/client.ts'
import { roomKeys } from '../../shared/redis/keys.ts'
import { changedFields, recordChange } from '../audit-log/record-change.ts'
import { stageOf, timesOf } from '../festivals/festival-times.ts'
import { lockExpected, type Outdated, type VersionCheck } from '../festivals/locked-festival.ts'
import type { FestivalRecord, RoomRow } from '../festivals/read-catalogue.ts'
import { applyChange, type Conflict, type RoomChange, type RoomState } from './apply-change.ts'
import { readLastCheckpoint } from './checkpoint.ts'
import { settingsOf } from './settings.ts'

export type ChangeRoomInput = {
  room: string
  account: string
  change: RoomChange
  isExpected?: VersionCheck
}
export type ChangeRoomResult =
  | { status: 'changed'; room: RoomRow }
  | { status: 'missing' }
  | Outdated
  /** Its times contradict each other, or those of its festival and ticket types. */
  | { status: 'invalid'; errors: InputError[] }
  | Conflict

/**
 * Changes a room's settings, writes the audit log, and publishes them to Redis, where every gateway reads them at its
 * next tick. A change without effect is published all the same: when Redis was unavailable after the change was
 * written, the request can be repeated (and the catalogue's next round publishes it anyway).
 */
export async function changeRoom(
  deps: { db: Database; redis: Redis; catalogue: { follow: () => Promise<void> } },
  input: ChangeRoomInput,
): Promise<ChangeRoomResult> {
  const result = await deps.db.transaction((tx) => changeIn(tx, deps.redis, input), {
    isolationLevel: 'read committed',
  })
  if (result.status === 'changed') await deps.catalogue.follow()
  return result
}

async function changeIn(tx: Transaction, redis: Redis, input: ChangeRoomInput): Promise<ChangeRoomResult> {
  const locked = await lockExpected(tx, input.room, input.isExpected)
  if (locked.status !== 'locked') return locked
  const { record } = locked
  const before = record.room
  // Read under the lock, so that of two concurrent changes the later one also has the later instant.
  const state =
    before.archivedAt === null ? await readState(redis, before.id) : await readArchived(tx, redis, before)
  const applied = applyChange(before, input.change, state)
  if (applied.status === 'conflict') return applied
  const errors = scheduleErrors(record, input.change, applied.room, state.now)
  if (errors.length > 0) return { status: 'invalid', errors }

  const changed = changedFields(settingsOf(before), settingsOf(applied.room))
  if (changed === undefined) return { status: 'changed', room: before }
  const { id, ...after } = { ...applied.room, version: before.version + 1 }
  // The next round finds that Redis does not have it, and builds it with its last state.
  if (after.closesAt > state.now) after.archivedAt = null
  await tx.update(rooms).set(after).where(eq(rooms.id, id))
  await recordChange(tx, {
    at: state.now,
    accountId: input.account,
    action: 'room.change',
    subject: id,
    festivalId: id,
    ...changed,
  })
  return { status: 'changed', room: { id, ...after } }
}

/** A manual phase sets its times itself, and works whatever the others are: only times in the request are checked. */
function scheduleErrors(record: FestivalRecord, change: RoomChange, room: RoomRow, now: Date): InputError[] {
  const names = (['lobbyAt', 'opensAt', 'closesAt'] as const).filter((name) => change[name] !== undefined)
  const isSet = (pointer: string) => names.some((name) => pointer === `/room/${name}`)
  const check = { now: now.getTime(), stage: stageOf(record), isSet }
  const times = timesOf(record)
  return errorsIn('/room', changedTimesErrors(times, { ...times, room }, check))
}

/** For an archived room, MySQL has its progress. */
async function readArchived(
  tx: Transaction,
  redis: Redis,
  { id, lobbyEntries }: RoomRow,
): Promise<RoomState> {
  const last = await readLastCheckpoint(tx, id, 0)
  return {
    now: await readClock(redis),
    drawFixed: lobbyEntries !== null,
    anyoneCalled: (last?.serving ?? -1) >= 0,
  }
}

async function readClock(redis: Redis): Promise<Date> {
  const [seconds, microseconds] = await redis.time()
  return new Date(Number(seconds) * 1000 + Math.floor(Number(microseconds) / 1000))
}

async function readState(redis: Redis, room: string): Promise<RoomState> {
  const [now, [lobbyEntries, serving]] = await Promise.all([
    readClock(redis),
    redis.hmget(roomKeys(room).admission, 'lobbyEntries', 'serving'),
  ])
  return {
    now,
    drawFixed: typeof lobbyEntries === 'string',
    anyoneCalled: Number(serving ?? -1) >= 0,
  }
}
