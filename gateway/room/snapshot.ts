import type { Redis } from 'ioredis'
import { admit, type RoomState } from './admit.ts'
import { drawLots } from './draw.ts'
import { readOriginHealth } from './origin-health.ts'
import { createPaceMeter, type PaceMeter } from './pace.ts'
import { type Status, type StatusBytes, toBytes, toStatus } from './status.ts'

export type RoomSnapshot = { state: RoomState; meter: PaceMeter; status: Status; bytes: StatusBytes }

/** How every room stood a moment ago, held by this process so that a poll costs no work. */
export type Snapshots = {
  of(room: string): RoomSnapshot | undefined
  /** Decides admission for these rooms and prepares their status, in one round trip. Rooms not named are forgotten. */
  refresh(rooms: readonly string[]): Promise<void>
}

export type SnapshotOptions = {
  sweepMax: number
  /** An origin that has said nothing for so long does not live. */
  originSilentMs: number
  pollNearSeconds: number
  pollFarSeconds: number
}

export function createSnapshots(deps: { redis: Redis; options: SnapshotOptions }): Snapshots {
  const { redis, options } = deps
  let health = 0
  let snapshots: ReadonlyMap<string, RoomSnapshot> = new Map()

  function take(state: RoomState, stale: boolean, meter: PaceMeter): RoomSnapshot {
    const pace = meter.observe(state.at, state.serving)
    const status = toStatus(state, { ...options, stale, health, pace })
    return { state, meter, status, bytes: toBytes(status) }
  }

  /** A room that could not be read stays as it last stood, and says that it is stale. */
  function follow(last: RoomSnapshot | undefined, read: RoomState | undefined): RoomSnapshot | undefined {
    if (read !== undefined) return take(read, false, last?.meter ?? createPaceMeter())
    if (last === undefined || last.status.stale) return last
    return take(last.state, true, last.meter)
  }

  async function refresh(rooms: readonly string[]): Promise<void> {
    // Issued in one turn of the event loop, these share a round trip.
    const [origins, ...read] = await Promise.allSettled([
      readOriginHealth(redis, options.originSilentMs),
      ...rooms.map((room) => admit(redis, room, { sweepMax: options.sweepMax, health })),
    ])
    // What is read now counts from the next time on; a gateway that has heard of no origin calls nobody.
    health = origins.status === 'fulfilled' ? origins.value : 0
    const next = new Map<string, RoomSnapshot>()
    for (const [i, room] of rooms.entries()) {
      const result = read[i]
      const state = result?.status === 'fulfilled' ? result.value : undefined
      const snapshot = follow(snapshots.get(room), state)
      if (snapshot !== undefined) next.set(room, snapshot)
    }
    snapshots = next
    await Promise.all([...next.values()].map(({ state }) => drawIfDue(state)))
    const failed = read.find((result) => result.status === 'rejected')
    if (failed !== undefined) throw failed.reason
  }

  async function drawIfDue({ room, draw }: RoomState): Promise<void> {
    if (draw?.lobbyEntries === undefined || draw.seed !== undefined) return
    await drawLots(redis, room, draw.secret, draw.lobbyEntries)
  }

  return { of: (room) => snapshots.get(room), refresh }
}
