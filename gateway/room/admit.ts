import { type BeaconRule, type DrawRecord, parseDrawRecord } from '../../shared/api/draw-record.ts'
import type { Redis } from '../../shared/redis/client.ts'
import { roomKeys } from '../../shared/redis/keys.ts'
import type { Draw } from './draw.ts'
import type { DrawVersion } from './entry.ts'
import type { Phase, RestoredPlaces, RoomState, TypeStock } from './room-state.ts'

const FIELDS_PER_TYPE = 6

/**
 * Decides admission for a room and reads the room's state, in one command; undefined when Redis does not know the room.
 * Any number of gateways may call it at any rate: admission is timed by Redis' clock, not the caller's.
 *
 * @param options.health - share of the room's rate that the origins can take, 0 to 1; at 0 no fan is called
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
  const [phase, at, entries, serving, livePasses, expected, settingsJson, recordJson, ...stock] = reply
  const { settings, fields } = readSettings(JSON.parse(String(settingsJson)))
  return {
    room,
    ...fields,
    phase: phase as Phase,
    at: new Date(Number(at)),
    entries: Number(entries),
    serving: Number(serving),
    livePasses: Number(livePasses),
    expected: Number(expected),
    draw: readDraw(settings, parseDrawRecord(String(recordJson))),
    stock: readStock(stock.map(Number)),
  }
}

/** The part of a room's state that its settings determine, as scripts return it. */
export function readSettings(read: Record<string, unknown>) {
  const settings = read as Settings
  const fields = {
    epoch: Number(settings.epoch),
    restored: readRestored(settings.restored ?? ''),
    moved: settings.moved ?? 0,
    ratePerSecond: settings.ratePerSecond,
    drawVersion: versionOf(settings),
    proofOfWork: settings.proofOfWork ?? 0,
    lobbyAt: new Date(settings.lobbyAt),
    opensAt: new Date(settings.opensAt),
    closesAt: new Date(settings.closesAt),
    notice: { ko: settings.noticeKo ?? '', en: settings.noticeEn ?? '' },
  }
  return { settings, fields }
}

/** As `lua/lib/room.lua` reads them; rooms published by an older version may lack the newer ones. */
type Settings = {
  epoch: string
  restored?: string
  moved?: number
  ratePerSecond: number
  lobbyAt: number
  opensAt: number
  closesAt: number
  order: string
  drawSecret: string
  drawVersion?: number
  beacon?: BeaconRule
  proofOfWork?: number
  noticeKo?: string
  noticeEn?: string
}

/** Repeated ` epoch:entries` pairs. */
function readRestored(text: string): RestoredPlaces[] {
  return text
    .split(' ')
    .filter((pair) => pair !== '')
    .map((pair) => {
      const [epoch, entries] = pair.split(':')
      return { epoch: Number(epoch), entries: Number(entries) }
    })
}

function versionOf({ drawVersion }: Settings): DrawVersion {
  return drawVersion === 2 ? 2 : 1
}

export function readDraw(settings: Settings, record: DrawRecord | undefined): Draw | undefined {
  const { order, drawSecret, beacon = 'none' } = settings
  if (order !== 'draw') return undefined
  const { lobbyEntries, closing, signature, seed } = record ?? {}
  return {
    version: versionOf(settings),
    secret: Buffer.from(drawSecret, 'hex'),
    beacon,
    ...{ lobbyEntries, closing, signature },
    seed: seed === undefined ? undefined : Buffer.from(seed, 'hex'),
    participants: undefined,
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
