import type { Redis } from '../../shared/redis/client.ts'
import { roomKeys } from '../../shared/redis/keys.ts'

/** As `shared/redis/lua/lib/room.lua` returns it. */
type StatsPhase = 'restoring' | 'scheduled' | 'lobby' | 'open' | 'paused' | 'closed'

/** A sale at one moment, as Redis has it. */
export type RoomStats = {
  phase: StatsPhase
  /** By Redis' clock. */
  at: Date
  epoch: number
  entries: number
  /** The highest position called so far, −1 before the first. */
  serving: number
  waiting: number
  /** Called, in their grace period, and not admitted yet. */
  called: number
  /** Came when no slot was free, and are admitted first. */
  turnsRetained: number
  /** Live passes. */
  active: number
  ratePerSecond: number
  maxActive: number
  /** The version of the settings: another one after each change. */
  version: number
  /** Accepted, and neither processed nor dead-lettered yet. */
  paymentsWaiting: number
  draw: DrawStats
  stock: TypeStats[]
}

type DrawStats = {
  /** Places that participate. */
  participants: number
  /** Places of proven accounts that do not participate because of a limit. */
  overNetworkLimit: number
  overDomainLimit: number
  /** The lobby has closed, and the draw waits for the beacon's round: no fan is called before the draw. */
  awaitsBeacon: boolean
}

type TypeStats = {
  type: number
  /** Where it is known along with the stats. */
  name?: string
  quantity: number
  free: number
  held: number
  sold: number
}

/**
 * The stats of one moment, in one command whose cost does not grow with the number of fans; undefined where Redis has
 * no such room.
 */
export async function readRoomStats(redis: Redis, room: string): Promise<RoomStats | undefined> {
  const keys = roomKeys(room)
  const [status, ...reply] = await redis.roomStats(
    keys.settings,
    keys.entries,
    keys.admission,
    keys.unresolved,
    keys.turns,
    keys.passes,
    keys.stock,
    keys.payments,
    keys.chances,
  )
  if (status !== 'room') return undefined
  const [phase, ...numbers] = reply
  const [at = 0, epoch = 0, entries = 0, serving = -1, waiting = 0, called = 0, turnsRetained = 0] =
    numbers.map(Number)
  const [active = 0, ratePerSecond = 0, maxActive = 0, paymentsWaiting = 0] = numbers.slice(7, 11).map(Number)
  const [participants = 0, overNetworkLimit = 0, overDomainLimit = 0, awaits = 0, version = 0] = numbers
    .slice(11, 16)
    .map(Number)
  return {
    phase: phase as StatsPhase,
    at: new Date(at),
    ...{ epoch, entries, serving, waiting, called, turnsRetained, active },
    ...{ ratePerSecond, maxActive, version, paymentsWaiting },
    draw: { participants, overNetworkLimit, overDomainLimit, awaitsBeacon: awaits === 1 },
    stock: readStock(numbers.slice(16)),
  }
}

const COUNTS = ['quantity', 'free', 'held', 'sold'] as const

/** Fields such as `free:3`, each before its value. */
function readStock(flat: readonly (string | number)[]): TypeStats[] {
  const types = new Map<number, TypeStats>()
  for (let i = 0; i + 1 < flat.length; i += 2) {
    const [name, id] = String(flat[i]).split(':')
    const count = COUNTS.find((each) => each === name)
    if (count === undefined) continue
    const type = Number(id)
    const stats = types.get(type) ?? { type, quantity: 0, free: 0, held: 0, sold: 0 }
    stats[count] = Number(flat[i + 1])
    types.set(type, stats)
  }
  return [...types.values()].sort((a, b) => a.type - b.type)
}
