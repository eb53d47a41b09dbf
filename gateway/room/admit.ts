import type { Redis } from 'ioredis'
import { roomKeys } from '../../shared/redis/keys.ts'
import type { Draw } from './draw.ts'

/** `paused`: open, and nobody is called until it goes on. */
export type Phase = 'scheduled' | 'lobby' | 'open' | 'paused' | 'closed'

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
  lobbyAt: Date
  opensAt: Date
  closesAt: Date
  /** What the organiser has to say to everyone waiting. */
  notice: { ko: string; en: string }
  /** Undefined in a room that goes by arrival. */
  draw: Draw | undefined
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
 *
 * @param options.health - how much of the room's rate the origins can take, 0 to 1; nobody is called at 0
 */
export async function admit(
  redis: Redis,
  room: string,
  options: { sweepMax: number; health: number },
): Promise<RoomState | undefined> {
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
    keys.claimed,
    options.sweepMax,
    Math.round(options.health * 1000),
  )
  if (status !== 'room') return undefined
  const [phase, at, entries, serving, livePasses, expected, settingsJson, lobbyEntries, seed, ...stock] =
    reply
  const settings = JSON.parse(String(settingsJson)) as Settings
  return {
    room,
    phase: phase as Phase,
    at: new Date(Number(at)),
    entries: Number(entries),
    serving: Number(serving),
    livePasses: Number(livePasses),
    expected: Number(expected),
    ratePerSecond: settings.ratePerSecond,
    lobbyAt: new Date(settings.lobbyAt),
    opensAt: new Date(settings.opensAt),
    closesAt: new Date(settings.closesAt),
    notice: { ko: settings.noticeKo ?? '', en: settings.noticeEn ?? '' },
    draw: readDraw(settings, Number(lobbyEntries), String(seed)),
    stock: readStock(stock.map(Number)),
  }
}

/** As `lua/lib/room.lua` reads them; those that came later may be missing in a room published before. */
type Settings = {
  ratePerSecond: number
  lobbyAt: number
  opensAt: number
  closesAt: number
  order: string
  drawSecret: string
  noticeKo?: string
  noticeEn?: string
}

function readDraw({ order, drawSecret }: Settings, lobbyEntries: number, seed: string): Draw | undefined {
  if (order !== 'draw') return undefined
  return {
    secret: Buffer.from(drawSecret, 'hex'),
    lobbyEntries: lobbyEntries < 0 ? undefined : lobbyEntries,
    seed: seed === '' ? undefined : Buffer.from(seed, 'hex'),
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
