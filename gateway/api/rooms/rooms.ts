import { Problem } from '../../../shared/api/problem.ts'
import type { Festivals } from '../../catalogue/festivals.ts'
import type { RoomSnapshot, Snapshots } from '../../room/snapshot.ts'

/** What the routes about rooms look a room up in. */
export type Rooms = { festivals: Pick<Festivals, 'require'>; snapshots: Pick<Snapshots, 'of'> }

export function requireRoom({ festivals, snapshots }: Rooms, room: string): RoomSnapshot {
  const snapshot = snapshots.of(room)
  if (snapshot !== undefined) return snapshot
  festivals.require(room)
  throw roomAbsent()
}

/** Redis was wiped, or started again, and what it lost is being given back to it. */
export function roomRestoring(): Problem {
  return new Problem('unavailable', 'The room is being restored; places are kept', { retryAfterSeconds: 2 })
}

/** Why a room is shut that a script would not do anything in. */
export function roomShut(phase: string): Problem {
  if (phase === 'restoring') return roomRestoring()
  return new Problem('room-not-open', `The room is ${phase}`, { members: { phase } })
}

/** Redis does not know the room: it was never published, or is being rebuilt. */
export function roomAbsent(): Problem {
  return new Problem('unavailable', 'The room is not ready', { retryAfterSeconds: 2 })
}
