import type { Redis } from 'ioredis'
import { roomKeys } from '../../shared/redis/keys.ts'

export type Phase = 'scheduled' | 'lobby' | 'open' | 'closed'

/** How a room stands, right after admission was decided. */
export type RoomState = {
  room: string
  phase: Phase
  /** By Redis' clock. */
  at: Date
  entries: number
  /** The highest position called so far, −1 before the first. */
  serving: number
  livePasses: number
  /** How many called fans are still expected to claim. */
  expected: number
  ratePerSecond: number
  stock: TypeStock[]
}

export type TypeStock = {
  type: number
  quantity: number
  free: number
  held: number
  onSale: boolean
  /** Its sale is over. */
  ended: boolean
}

const FIELDS_PER_TYPE = 6

/**
 * Decides admission for a room and reads how it stands, in one command; undefined when Redis does not know the room.
 * Safe to call from any number of gateways at any rate: Redis' clock, not the caller, moves the line.
 */
export async function admit(redis: Redis, room: string, sweepMax: number): Promise<RoomState | undefined> {
  const keys = roomKeys(room)
  const [status, ...reply] = await redis.roomAdmit(
    keys.settings,
    keys.entries,
    keys.admission,
    keys.calls,
    keys.unresolved,
    keys.turns,
    keys.turnEnds,
    keys.passes,
    keys.pass,
    keys.stock,
    keys.types,
    keys.holds,
    sweepMax,
  )
  if (status !== 'room') return undefined
  const [phase, at, entries, serving, livePasses, expected, settings, ...stock] = reply
  const { ratePerSecond } = JSON.parse(String(settings)) as { ratePerSecond: number }
  return {
    room,
    phase: phase as Phase,
    at: new Date(Number(at)),
    entries: Number(entries),
    serving: Number(serving),
    livePasses: Number(livePasses),
    expected: Number(expected),
    ratePerSecond,
    stock: readStock(stock.map(Number)),
  }
}

function readStock(numbers: readonly number[]): TypeStock[] {
  const stock: TypeStock[] = []
  for (let i = 0; i + FIELDS_PER_TYPE <= numbers.length; i += FIELDS_PER_TYPE) {
    const [type = 0, quantity = 0, free = 0, held = 0, onSale, ended] = numbers.slice(i, i + FIELDS_PER_TYPE)
    stock.push({ type, quantity, free, held, onSale: onSale === 1, ended: ended === 1 })
  }
  return stock.sort((a, b) => a.type - b.type)
}
