import { Problem } from '../../../shared/api/problem.ts'
import type { Festivals } from '../../catalogue/festivals.ts'
import type { RoomSnapshot, Snapshots } from '../../room/snapshot.ts'

/** Where the routes of rooms look up a room. */
export type Rooms = { festivals: Pick<Festivals, 'require'>; snapshots: Pick<Snapshots, 'of'> }

export function requireRoom({ festivals, snapshots }: Rooms, room: string): RoomSnapshot {
  const snapshot = snapshots.of(room)
  if (snapshot !== undefined) return snapshot
  festivals.require(room)
  throw roomAbsent()
}

/** Redis was wiped or restarted, and is regaining what it lost. */
export function roomRestoring(): Problem {
  return new Problem('unavailable', 'The room is being restored; places are kept', { retryAfterSeconds: 2 })
}

/** The problem for a room in which a script refused to act. */
export function roomShut(phase: string): Problem {
  if (phase === 'restoring') return roomRestoring()
  return new Problem('room-not-open', `The room is ${phase}`, { members: { phase } })
}

/** Redis does not know the room: it was never published, or is being rebuilt. */
export function roomAbsent(): Problem {
  return new Problem('unavailable', 'The room is not ready', { retryAfterSeconds: 2 })
}
