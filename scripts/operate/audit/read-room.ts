import { z } from 'zod'
import { parseHold } from '../../../origin/holds/hold.ts'
import type { Redis } from '../../../shared/redis/client.ts'
import { type RoomKeys, roomKeys } from '../../../shared/redis/keys.ts'
import type { RoomFacts, TypeStock } from './facts.ts'

/** Reading at one instant blocks Redis, and is bounded by the room's own limits; beyond this it is refused. */
const ITEMS_MAX = 100_000

const strings = z.array(z.string())
const hash = z.record(z.string(), z.string())
const count = z.coerce.number().int()

const RepliesSchema = z.tuple([
  z.tuple([count, count]),
  hash,
  hash,
  hash,
  strings,
  z.array(z.tuple([z.string(), strings])),
  strings,
  hash,
  hash,
  z.int(),
  strings,
  hash,
  strings,
  strings,
])
const SettingsSchema = z.object({
  epoch: z.string(),
  order: z.string(),
  ratePerSecond: count,
  maxActive: count,
})
const AdmissionSchema = z.object({
  serving: count.default(-1),
  missedThrough: count.default(-1),
  recalled: count.optional(),
  left: count.default(0),
  seed: z.string().optional(),
})
const PassSchema = z.object({ position: z.int() })

/** A room's state at one instant, without anything as long as its queue; undefined when Redis does not know it. */
export async function readRoom(redis: Redis, room: string): Promise<RoomFacts | undefined> {
  const keys = roomKeys(room)
  await refuseTooMany(redis, keys, room)
  const replies = await redis
    .multi()
    .time()
    .hgetall(keys.settings)
    .hgetall(keys.stock)
    .hgetall(keys.hold)
    .zrange(keys.holds, '0', '-1')
    .xrange(keys.payments, '-', '+', 'COUNT', `${ITEMS_MAX}`)
    .zrange(keys.passes, '0', '-1', 'WITHSCORES')
    .hgetall(keys.pass)
    .hgetall(keys.admission)
    .strlen(keys.entries)
    .zrange(keys.calls, '0', '-1', 'WITHSCORES')
    .hgetall(keys.unresolved)
    .zrange(keys.turns, '0', '-1')
    .zrange(keys.turnEnds, '0', '-1')
    .exec()
  if (replies === null) throw new Error(`Redis gave up reading the room ${room}`)
  const [time, settings, stock, hold, expiring, stream, passes, pass, admission, entryBytes, ...line] =
    RepliesSchema.parse(
      replies.map(([error, reply]) => {
        if (error !== null) throw error
        return reply
      }),
    )
  if (settings['epoch'] === undefined) return undefined
  const [calls, { total, ...unresolved }, turns, turnEnds] = line
  const { serving, missedThrough, recalled, left, seed } = AdmissionSchema.parse(admission)
  const { epoch, order, ratePerSecond, maxActive } = SettingsSchema.parse(settings)
  return {
    nowMs: time[0] * 1000 + Math.floor(time[1] / 1000),
    epoch,
    ratePerSecond,
    maxActive,
    isDrawn: order === 'draw' ? seed !== undefined : undefined,
    stock: readStock(stock),
    holds: new Map(Object.entries(hold).map(([id, json]) => [id, parseHold(json)])),
    expiring: new Set(expiring),
    stream: new Set(stream.map(([, fields]) => fieldOf(fields, 'payment'))),
    passEnds: readScores(passes),
    passPositions: new Map(
      Object.entries(pass).map(([account, json]) => [account, PassSchema.parse(JSON.parse(json)).position]),
    ),
    serving,
    missedThrough,
    recalledSlotMs: recalled,
    entryBytes,
    left,
    calls: [...readScores(calls)].map(([slot, last]) => ({
      slotMs: Number(slot),
      last,
      passed: Number(admission[`passed:${slot}`] ?? 0),
    })),
    unresolved: new Map(Object.entries(unresolved).map(([slot, fans]) => [Number(slot), Number(fans)])),
    unresolvedTotal: Number(total ?? 0),
    turns: new Set(turns.map(Number)),
    turnEnds: new Set(turnEnds.map(Number)),
  }
}

async function refuseTooMany(redis: Redis, keys: RoomKeys, room: string): Promise<void> {
  const counts = await Promise.all([
    redis.hlen(keys.hold),
    redis.zcard(keys.holds),
    redis.xlen(keys.payments),
    redis.zcard(keys.passes),
    redis.hlen(keys.pass),
    redis.zcard(keys.calls),
    redis.hlen(keys.unresolved),
    redis.zcard(keys.turns),
    redis.zcard(keys.turnEnds),
  ])
  const most = Math.max(...counts)
  if (most <= ITEMS_MAX) return
  throw new Error(`The room ${room} has ${most} of something; at most ${ITEMS_MAX} are read at one instant`)
}

/** The fields are `quantity:<type>`, `free:<type>`, `held:<type>` and `sold:<type>`. */
function readStock(fields: Readonly<Record<string, string>>): Map<number, TypeStock> {
  const types = new Set(Object.keys(fields).map((field) => field.slice(field.indexOf(':') + 1)))
  const countOf = (name: string, type: string) => Number(fields[`${name}:${type}`] ?? Number.NaN)
  return new Map(
    [...types].map((type) => [
      Number(type),
      {
        quantity: countOf('quantity', type),
        free: countOf('free', type),
        held: countOf('held', type),
        sold: countOf('sold', type),
      },
    ]),
  )
}

/** Member, score, member, score, … */
function readScores(reply: readonly string[]): Map<string, number> {
  const scores = new Map<string, number>()
  for (let i = 0; i + 1 < reply.length; i += 2) scores.set(reply[i] ?? '', Number(reply[i + 1]))
  return scores
}

function fieldOf(fields: readonly string[], name: string): string {
  return fields.find((_, i) => i % 2 === 1 && fields[i - 1] === name) ?? ''
}
