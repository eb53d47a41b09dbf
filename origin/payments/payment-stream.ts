import type { Redis } from 'ioredis'
import { z } from 'zod'
import { roomKeys } from '../../shared/redis/keys.ts'
import type { Payment } from './payment.ts'

export const CONSUMER_GROUP = 'settlers'

/** A payment and the stream entry that is acknowledged when it has ended. */
export type QueuedPayment = { entry: string; payment: Payment }

/** Entries read from a room's stream, up to `last`; `unreadable` names those that no worker can make sense of. */
export type StreamBatch = { queued: QueuedPayment[]; unreadable: string[]; last: string | undefined }

const EntrySchema = z.object({
  payment: z.uuid(),
  account: z.uuid(),
  hold: z.uuid(),
  basket: z.string().transform((json, context) => {
    const basket = z
      .array(z.object({ type: z.int(), quantity: z.int().positive() }))
      .safeParse(JSON.parse(json))
    if (basket.success) return basket.data
    context.addIssue({ code: 'custom', message: 'not a basket' })
    return z.NEVER
  }),
  amount: z.coerce.number().int(),
  currency: z.string().length(3),
  method: z.string(),
})

type RawEntry = [id: string, fields: string[] | null]

/** The payments of one room, shared by all workers through a consumer group. */
export function createPaymentStream(options: {
  redis: Redis
  /** A connection of its own, since reading waits. */
  blockingRedis: Redis
  room: string
  consumer: string
}) {
  const { redis, blockingRedis, room, consumer } = options
  const key = roomKeys(room).payments

  return {
    /** Makes the stream and its group where they are missing, as on the first day or after Redis was wiped. */
    async ensure(): Promise<void> {
      try {
        await redis.xgroup('CREATE', key, CONSUMER_GROUP, '0', 'MKSTREAM')
      } catch (error) {
        if (!(error instanceof Error && error.message.startsWith('BUSYGROUP'))) throw error
      }
    },

    /** Entries nobody has seen; waits up to `blockMs` for the first. */
    async readNew(countMax: number, blockMs: number): Promise<StreamBatch> {
      const reply = await blockingRedis.xreadgroup(
        ...([
          'GROUP',
          CONSUMER_GROUP,
          consumer,
          'COUNT',
          countMax,
          'BLOCK',
          blockMs,
          'STREAMS',
          key,
          '>',
        ] as const),
      )
      return parse(entriesOf(reply))
    },

    /**
     * Entries that a consumer of this name was given and has not ended, from after `after` on: what it had under way
     * when it was killed. They can be taken up at once, since it is this consumer now.
     */
    async readOwn(countMax: number, after: string): Promise<StreamBatch> {
      const reply = await redis.xreadgroup(
        ...(['GROUP', CONSUMER_GROUP, consumer, 'COUNT', countMax, 'STREAMS', key, after] as const),
      )
      return parse(entriesOf(reply))
    },

    /** Takes over entries that nobody has ended for `idleMs`: their worker died, or their outcome was unknown. */
    async reclaim(countMax: number, idleMs: number): Promise<StreamBatch> {
      const reply = await redis.xautoclaim(key, CONSUMER_GROUP, consumer, idleMs, '0', 'COUNT', countMax)
      return parse((reply as [string, RawEntry[]])[1])
    },
  }

  function parse(entries: readonly RawEntry[]): StreamBatch {
    const batch: StreamBatch = { queued: [], unreadable: [], last: entries.at(-1)?.[0] }
    for (const [entry, fields] of entries) {
      const parsed = EntrySchema.safeParse(toObject(fields ?? []))
      if (!parsed.success) {
        batch.unreadable.push(entry)
        continue
      }
      const { payment: id, amount: amountMinor, ...rest } = parsed.data
      batch.queued.push({ entry, payment: { id, room, amountMinor, ...rest } })
    }
    return batch
  }
}

/** The entries of the one stream that was asked for; the reply is null when there are none. */
function entriesOf(reply: unknown): RawEntry[] {
  const streams = reply as [string, RawEntry[]][] | null
  return streams?.[0]?.[1] ?? []
}

function toObject(fields: readonly string[]): Record<string, string> {
  const object: Record<string, string> = {}
  for (let i = 0; i + 1 < fields.length; i += 2) object[fields[i] ?? ''] = fields[i + 1] ?? ''
  return object
}
