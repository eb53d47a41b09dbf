import type { Redis } from '../../shared/redis/client.ts'
import { roomKeys } from '../../shared/redis/keys.ts'
import { type Backoff, restMs, restMsMin } from './backoff.ts'
import { parseEntry, type QueuedPayment, type RawEntry, type UnreadableEntry } from './payment-entry.ts'

export const CONSUMER_GROUP = 'settlers'

/** Entries read from a room's stream, up to `last`. */
export type StreamBatch = {
  queued: QueuedPayment[]
  unreadable: UnreadableEntry[]
  last: string | undefined
}

/** Pending entries that one look goes through. */
const LOOK_MAX = 500
/** A consumer that has nothing under way and has not asked for so long is of an origin that is gone. */
const CONSUMER_GONE_MS = 3_600_000
/** Entries that one `paymentKeep` renews, so that Redis is held up by none. */
const KEPT_PER_COMMAND = 100

type PendingEntry = [entry: string, consumer: string, idleMs: number, deliveries: number]

/** The payments of one room, shared by all workers through a consumer group. */
export function createPaymentStream(options: {
  redis: Redis
  /** Opens a connection of its own, since reading waits. */
  blockingRedis: () => Promise<Redis>
  room: string
  consumer: string
}) {
  const { redis, blockingRedis, room, consumer } = options
  const { payments: key, settings } = roomKeys(room)
  /** Where the next look for entries that have rested begins: after this one. */
  let lookedAt: string | undefined

  return {
    /**
     * Makes the stream and its group where they are missing, as on the first day or after Redis was wiped, and forgets
     * consumers that are gone. False while Redis does not know the room: one that has left gets no stream.
     */
    async ensure(): Promise<boolean> {
      return (await redis.paymentStreamOpen(settings, key, CONSUMER_GROUP, CONSUMER_GONE_MS)) === 1
    },

    /** Forgets this consumer, unless it leaves something under way. */
    async leave(): Promise<void> {
      await redis.paymentStreamLeave(key, CONSUMER_GROUP, consumer)
    },

    /** Entries nobody has seen; waits up to `blockMs` for the first. */
    async readNew(countMax: number, blockMs: number): Promise<StreamBatch> {
      const reading = await blockingRedis()
      const reply = await reading.xreadgroup(
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

    /**
     * Takes over entries that have rested as long as their deliveries ask for, whoever had them: their worker died, or
     * could not end them. Looks at a bounded number of pending ones and goes on from there at the next call, so that
     * many at the front that rest long do not hide those behind. Of two workers who see the same entry one gets it: to
     * the other it is not idle any more. `wrapped` is true when all have been looked at.
     */
    async takeOver(countMax: number, backoff: Backoff): Promise<StreamBatch & { wrapped: boolean }> {
      const start = lookedAt === undefined ? '-' : `(${lookedAt}`
      const pending = (await redis.xpending(
        ...([key, CONSUMER_GROUP, 'IDLE', restMsMin(backoff), start, '+', LOOK_MAX] as const),
      )) as PendingEntry[]
      const rested = pending.flatMap(([entry, , idleMs, deliveries]) => {
        const rest = restMs(backoff, entry, deliveries)
        return idleMs < rest ? [] : [{ entry, rest }]
      })
      const wanted = rested.slice(0, countMax)
      const wrapped = pending.length < LOOK_MAX && wanted.length === rested.length
      const last = wanted.length < rested.length ? wanted.at(-1)?.entry : pending.at(-1)?.[0]
      lookedAt = wrapped ? undefined : last
      const claimed = await Promise.all(
        wanted.map(({ entry, rest }) => redis.xclaim(key, CONSUMER_GROUP, consumer, rest, entry)),
      )
      return { ...parse(claimed.flat() as RawEntry[]), wrapped }
    },

    /** Says that these entries are still under way here, so that nobody takes them over. */
    async keep(entries: readonly string[]): Promise<void> {
      for (let from = 0; from < entries.length; from += KEPT_PER_COMMAND) {
        const some = entries.slice(from, from + KEPT_PER_COMMAND)
        await redis.paymentKeep(key, CONSUMER_GROUP, consumer, ...some)
      }
    },

    /**
     * Takes an entry out that is kept elsewhere, unless the ID is another payment's by now.
     *
     * @param payment - the payment that it names, '' when it names none
     */
    async remove(entry: string, payment: string): Promise<void> {
      await redis.paymentStreamRemove(key, CONSUMER_GROUP, entry, payment)
    },
  }

  function parse(entries: readonly RawEntry[]): StreamBatch {
    const batch: StreamBatch = { queued: [], unreadable: [], last: entries.at(-1)?.[0] }
    for (const each of entries) {
      const parsed = parseEntry(room, each)
      if ('payment' in parsed) batch.queued.push(parsed)
      else batch.unreadable.push(parsed)
    }
    return batch
  }
}

/** The entries of the one stream that was asked for; the reply is null when there are none. */
function entriesOf(reply: unknown): RawEntry[] {
  const streams = reply as [string, RawEntry[]][] | null
  return streams?.[0]?.[1] ?? []
}
