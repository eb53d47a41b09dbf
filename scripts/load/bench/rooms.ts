import { randomBytes } from 'node:crypto'
import { setTimeout } from 'node:timers/promises'
import type { Status } from '../../../gateway/room/status.ts'
import type { Redis } from '../../../shared/redis/client.ts'
import { roomKeys } from '../../../shared/redis/keys.ts'

const FAR_MS = 4_102_444_800_000
const ENTRY_BYTES = 16
const FILL_ENTRIES = 65_536
const READY_TIMEOUT_MS = 30_000

/** Creates an open room with limits that refuse no fan. */
export async function publishRoom(redis: Redis, room: string, settings: Record<string, number> = {}) {
  const keys = roomKeys(room)
  const all = {
    order: 'arrival',
    currency: 'KRW',
    drawSecret: '',
    drawVersion: 2,
    noticeKo: '',
    noticeEn: '',
    paused: 0,
    version: 1,
    lobbyAt: 0,
    opensAt: 0,
    closesAt: FAR_MS,
    ratePerSecond: 1_000_000,
    maxActive: 10_000_000,
    entriesMax: 10_000_000,
    graceSeconds: 3600,
    passSeconds: 3600,
    holdSeconds: 300,
    ...settings,
  }
  const sale = { sold: 0, price: 1000, limit: 4, from: 0, to: FAR_MS }
  const types = [1, 2, 3].map((type) => ({ type, quantity: 10_000_000, ...sale }))
  await redis.roomPublish(
    keys.settings,
    keys.stock,
    keys.types,
    keys.holds,
    keys.hold,
    '1',
    JSON.stringify(all),
    JSON.stringify(types),
  )
}

/** Adds entries to a room's log in bulk, with the result of as many calls of roomEnter. */
export async function fillLog(redis: Redis, room: string, entries: number): Promise<void> {
  const key = roomKeys(room).entries
  for (let left = entries; left > 0; left -= FILL_ENTRIES) {
    await redis.append(key, randomBytes(Math.min(left, FILL_ENTRIES) * ENTRY_BYTES))
  }
}

/** Waits until a gateway shows the room in the wanted state. */
export async function untilStatus(port: number, room: string, isWanted: (status: Status) => boolean) {
  const deadlineMs = performance.now() + READY_TIMEOUT_MS
  let seen = 'nothing'
  while (performance.now() < deadlineMs) {
    const response = await fetch(`http://127.0.0.1:${port}/api/rooms/${room}/status`)
    seen = await response.text()
    if (response.ok && isWanted(JSON.parse(seen) as Status)) return
    await setTimeout(50)
  }
  throw new Error(`The room did not become as wanted; last seen: ${seen}`)
}

/** A number from `INFO`, such as `total_commands_processed` in `stats`. */
export async function infoNumber(redis: Redis, section: string, name: string): Promise<number> {
  const text = await redis.info(section)
  const value = new RegExp(`^${name}:(\\d+)`, 'm').exec(text)?.[1]
  if (value === undefined) throw new Error(`Redis does not tell ${name}`)
  return Number(value)
}

/** How often each command has run so far, including those of scripts and excluding INFO. */
export async function commandCalls(redis: Redis): Promise<{ scripts: number; total: number }> {
  const text = await redis.info('commandstats')
  let [scripts, total] = [0, 0]
  for (const [, name, calls] of text.matchAll(/^cmdstat_([^:\n]+):calls=(\d+)/gm)) {
    if (name === 'info') continue
    if (name === 'evalsha') scripts += Number(calls)
    total += Number(calls)
  }
  return { scripts, total }
}
