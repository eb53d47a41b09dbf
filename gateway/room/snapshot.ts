import type { Redis } from 'ioredis'
import { admit, type RoomState } from './admit.ts'
import { type Status, type StatusBytes, toBytes, toStatus } from './status.ts'

export type RoomSnapshot = { state: RoomState; status: Status; bytes: StatusBytes }

/** How every room stood a moment ago, held by this process so that a poll costs no work. */
export type Snapshots = {
  of(room: string): RoomSnapshot | undefined
  /** Decides admission for these rooms and prepares their status, in one round trip. Rooms not named are forgotten. */
  refresh(rooms: readonly string[]): Promise<void>
}

export type SnapshotOptions = { sweepMax: number; pollNearSeconds: number; pollFarSeconds: number }

export function createSnapshots(deps: { redis: Redis; options: SnapshotOptions }): Snapshots {
  const { redis, options } = deps
  let snapshots: ReadonlyMap<string, RoomSnapshot> = new Map()

  function take(state: RoomState, stale: boolean): RoomSnapshot {
    const status = toStatus(state, { ...options, stale })
    return { state, status, bytes: toBytes(status) }
  }

  /** A room that could not be read stays as it last stood, and says that it is stale. */
  function keep(last: RoomSnapshot): RoomSnapshot {
    return last.status.stale ? last : take(last.state, true)
  }

  async function refresh(rooms: readonly string[]): Promise<void> {
    // Issued in one turn of the event loop, these share a round trip.
    const read = await Promise.allSettled(rooms.map((room) => admit(redis, room, options.sweepMax)))
    const next = new Map<string, RoomSnapshot>()
    for (const [i, room] of rooms.entries()) {
      const result = read[i]
      const state = result?.status === 'fulfilled' ? result.value : undefined
      const last = snapshots.get(room)
      if (state !== undefined) next.set(room, take(state, false))
      else if (last !== undefined) next.set(room, keep(last))
    }
    snapshots = next
    const failed = read.find((result) => result.status === 'rejected')
    if (failed !== undefined) throw failed.reason
  }

  return { of: (room) => snapshots.get(room), refresh }
}
