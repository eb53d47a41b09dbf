import { randomBytes } from 'node:crypto'
import type { Redis } from '../../shared/redis/client.ts'
import { admit } from '../room/admit.ts'
import { type ClaimResult, claimPass } from '../room/claim-pass.ts'
import { enterRoom } from '../room/enter-room.ts'
import type { Positions } from '../room/previous-place.ts'
import type { RoomState } from '../room/room-state.ts'

/** The positions in a room by arrival. */
export const byArrival: Positions = (index) => index

/** Adds this many concurrent entries to a room. */
export async function enterMany(redis: Redis, room: string, count: number): Promise<void> {
  await Promise.all(
    Array.from({ length: count }, () => enterRoom({ redis, rememberSeconds: 60 }, room, randomBytes(16))),
  )
}

/** Decides admission once for a room that must be known. */
export async function admitOnce(redis: Redis, room: string): Promise<RoomState> {
  const state = await admit(redis, room, { sweepMax: 500, health: 1 })
  if (state === undefined) throw new Error('the room is not known')
  return state
}

/** Decides admission until this many have been called. */
export async function admitUntil(redis: Redis, room: string, called: number): Promise<RoomState> {
  for (let turn = 0; turn < 10_000; turn += 1) {
    const state = await admitOnce(redis, room)
    if (state.serving + 1 >= called) return state
  }
  throw new Error(`${called} were not called`)
}

/** Claims a place in a room by arrival, where index and position are the same. */
export function claimByArrival(
  redis: Redis,
  { room, position, account }: { room: string; position: number; account: string },
): Promise<ClaimResult> {
  return claimPass(redis, { room, index: position, position, account }, byArrival)
}
