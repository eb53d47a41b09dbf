import type { Redis } from '../../shared/redis/client.ts'
import { ORIGINS_KEY } from '../../shared/redis/keys.ts'
import type { Clock } from '../../shared/runtime/clock.ts'
import { admit } from './admit.ts'
import { type Beacon, createDraws } from './draws.ts'
import { readOriginHealth } from './origin-health.ts'
import { createPaceMeter, type PaceMeter } from './pace.ts'
import { createRoomMemory, type PlaceInEpoch, restoreKnown } from './restore.ts'
import type { RoomState } from './room-state.ts'
import { type Status, type StatusBytes, toBytes, toStatus } from './status.ts'

export type RoomSnapshot = { state: RoomState; meter: PaceMeter; status: Status; bytes: StatusBytes }

/** The latest state of every room, cached in this process so that a poll costs no work. */
export type Snapshots = {
  of(room: string): RoomSnapshot | undefined
  /** Decides admission for these rooms and prepares their status, in one round trip. Drops all other rooms. */
  refresh(rooms: readonly string[]): Promise<void>
  /** Records an index issued here, in case Redis loses it before the next refresh. */
  noteEntry(room: string, entry: PlaceInEpoch): void
}

/** How often rooms are read and admission is decided. */
export const SNAPSHOT_EVERY_MS = 250
/** The maximum of ended passes and calls that one decision removes from a room. */
export const SWEEP_MAX = 500
/** Several heartbeats of an origin (`HEARTBEAT_EVERY_MS`). */
export const ORIGIN_SILENT_MS = 5000

export type SnapshotOptions = {
  sweepMax: number
  /** An origin without a heartbeat for this long counts as dead. */
  originSilentMs: number
  pollNearSeconds: number
  pollFarSeconds: number
}

export function createSnapshots(deps: {
  redis: Redis
  options: SnapshotOptions
  /** The source of a draw's randomness; without it, draws are made without a beacon, where the room allows that. */
  beacon?: Beacon
  now?: Clock
  /** The key of the origins' heartbeats; tests have separate ones. */
  originsKey?: string
}): Snapshots {
  const { redis, options, beacon, now = Date.now, originsKey = ORIGINS_KEY } = deps
  const memory = createRoomMemory()
  const draws = createDraws({ redis, beacon, now })
  let health = 0
  let snapshots: ReadonlyMap<string, RoomSnapshot> = new Map()

  function take(state: RoomState, stale: boolean, meter: PaceMeter): RoomSnapshot {
    const pace = meter.observe(state.at, state.serving)
    const status = toStatus(state, { ...options, stale, health, pace })
    return { state, meter, status, bytes: toBytes(status) }
  }

  /** A room that could not be read keeps its last state, marked as stale. */
  function follow(last: RoomSnapshot | undefined, read: RoomState | undefined): RoomSnapshot | undefined {
    if (read !== undefined) {
      // Each epoch has a new queue, so its pace is measured afresh.
      const meter = last?.state.epoch === read.epoch ? last.meter : createPaceMeter()
      return take(read, false, meter)
    }
    if (last === undefined || last.status.stale) return last
    return take(last.state, true, last.meter)
  }

  /** What was read of a room, combined with what this process knows; undefined when it could not be read. */
  function stateIn(result: PromiseSettledResult<RoomState | undefined> | undefined): RoomState | undefined {
    const state = result?.status === 'fulfilled' ? result.value : undefined
    if (state === undefined) return undefined
    memory.note(state)
    return draws.complete(state)
  }

  async function refresh(rooms: readonly string[]): Promise<void> {
    // Issued in one turn of the event loop, these share a round trip.
    const [origins, ...read] = await Promise.allSettled([
      readOriginHealth(redis, options.originSilentMs, originsKey),
      ...rooms.map((room) => admit(redis, room, { sweepMax: options.sweepMax, health })),
    ])
    // The health read now applies from the next refresh on; a gateway that has seen no heartbeat calls no fan.
    health = origins.status === 'fulfilled' ? origins.value : 0
    const next = new Map<string, RoomSnapshot>()
    for (const [i, room] of rooms.entries()) {
      const snapshot = follow(snapshots.get(room), stateIn(read[i]))
      if (snapshot !== undefined) next.set(room, snapshot)
    }
    snapshots = next
    memory.retain(rooms)
    draws.retain(rooms)
    // Stale state is no basis for a decision.
    const fresh = [...next.values()].filter(({ status }) => !status.stale)
    // Runs concurrently with the next refreshes, so that the draw of a big room delays no other room's status.
    for (const { state } of fresh) draws.advance(state)
    await Promise.all(fresh.map(({ state }) => restoreMissing(state)))
    const failed = read.find((result) => result.status === 'rejected')
    const failure = failed?.reason ?? draws.takeFailure()
    if (failure !== undefined) throw failure
  }

  async function restoreMissing(state: RoomState): Promise<void> {
    const missing = memory.missingFrom(state)
    if (missing !== undefined) await restoreKnown(redis, state.room, state.epoch, missing)
  }

  return { of: (room) => snapshots.get(room), refresh, noteEntry: memory.noteEntry }
}
