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

/** The payments of one room, shared by all workers through a consumer group. */
export type PaymentStream = {
  /**
   * Creates the stream and its group where they are missing, as on the first day or after Redis was wiped, and deletes
   * consumers that are gone. False while Redis does not know the room: an archived room gets no stream.
   */
  ensure(): Promise<boolean>
  /** Deletes this consumer, unless it has pending entries. */
  leave(): Promise<void>
  /** Entries not delivered before; waits up to `blockMs` for the first. */
  readNew(countMax: number, blockMs: number): Promise<StreamBatch>
  /**
   * Pending entries of a consumer with this name, after the ID `after`: what it was processing when it was killed. They
   * can be processed immediately, since this consumer owns them now.
   */
  readOwn(countMax: number, after: string): Promise<StreamBatch>
  /**
   * Claims entries whose backoff is over, from any consumer: their worker died, or could not end them. Scans a bounded
   * number of pending entries and continues from there at the next call, so that many entries with a long backoff at
   * the front do not hide those behind. Of two workers that see the same entry one gets it: to the other it is no
   * longer idle. `wrapped` is true when the scan reached the end.
   */
  takeOver(countMax: number, backoff: Backoff): Promise<StreamBatch & { wrapped: boolean }>
  /** Reports that these entries are still being processed here, so that no other worker claims them. */
  renew(entries: readonly string[]): Promise<void>
  /**
   * Removes an entry that is stored in another place, unless the ID is another payment's by now.
   *
   * @param payment - the payment that the entry names, '' when it names none
   */
  remove(entry: string, payment: string): Promise<void>
}

/** Pending entries per scan. */
const SCAN_MAX = 500
/** A consumer without pending entries that has been silent this long belongs to an origin that is gone. */
const CONSUMER_GONE_MS = 3_600_000
/** Entries that one `paymentRenew` renews, so that no call blocks Redis. */
const RENEWED_PER_COMMAND = 100

type PendingEntry = [entry: string, consumer: string, idleMs: number, deliveries: number]

export function createPaymentStream(options: {
  redis: Redis
  /** Opens a dedicated connection, since reading blocks. */
  blockingRedis: () => Promise<Redis>
  room: string
  consumer: string
}): PaymentStream {
  const { redis, blockingRedis, room, consumer } = options
  const { payments: key, settings } = roomKeys(room)
  const of = ['GROUP', CONSUMER_GROUP, consumer] as const
  /** Where the next scan for claimable entries begins: after this one. */
  let scannedTo: string | undefined

  return {
    async ensure() {
      return (await redis.paymentStreamOpen(settings, key, CONSUMER_GROUP, CONSUMER_GONE_MS)) === 1
    },
    async leave() {
      await redis.paymentStreamLeave(key, CONSUMER_GROUP, consumer)
    },
    async readNew(countMax, blockMs) {
      const reading = await blockingRedis()
      const reply = await reading.xreadgroup(
        ...([...of, 'COUNT', countMax, 'BLOCK', blockMs, 'STREAMS', key, '>'] as const),
      )
      return parseBatch(room, entriesOf(reply))
    },
    async readOwn(countMax, after) {
      const reply = await redis.xreadgroup(...([...of, 'COUNT', countMax, 'STREAMS', key, after] as const))
      return parseBatch(room, entriesOf(reply))
    },
    async takeOver(countMax, backoff) {
      const { wanted, wrapped, last } = await scanRested(redis, key, { after: scannedTo, countMax, backoff })
      scannedTo = wrapped ? undefined : last
      const claimed = await Promise.all(
        wanted.map(({ entry, rest }) => redis.xclaim(key, CONSUMER_GROUP, consumer, rest, entry)),
      )
      return { ...parseBatch(room, claimed.flat() as RawEntry[]), wrapped }
    },
    async renew(entries) {
      for (let from = 0; from < entries.length; from += RENEWED_PER_COMMAND) {
        const some = entries.slice(from, from + RENEWED_PER_COMMAND)
        await redis.paymentRenew(key, CONSUMER_GROUP, consumer, ...some)
      }
    },
    async remove(entry, payment) {
      await redis.paymentStreamRemove(key, CONSUMER_GROUP, entry, payment)
    },
  }
}

/** Scans pending entries after one for those whose backoff is over, and returns how far it came. */
async function scanRested(
  redis: Redis,
  key: string,
  { after, countMax, backoff }: { after: string | undefined; countMax: number; backoff: Backoff },
): Promise<{
  wanted: { entry: string; rest: number }[]
  /** Whether there are no more. */
  wrapped: boolean
  last: string | undefined
}> {
  const start = after === undefined ? '-' : `(${after}`
  const pending = (await redis.xpending(
    ...([key, CONSUMER_GROUP, 'IDLE', restMsMin(backoff), start, '+', SCAN_MAX] as const),
  )) as PendingEntry[]
  const rested = pending.flatMap(([entry, , idleMs, deliveries]) => {
    const rest = restMs(backoff, entry, deliveries)
    return idleMs < rest ? [] : [{ entry, rest }]
  })
  const wanted = rested.slice(0, countMax)
  return {
    wanted,
    wrapped: pending.length < SCAN_MAX && wanted.length === rested.length,
    last: wanted.length < rested.length ? wanted.at(-1)?.entry : pending.at(-1)?.[0],
  }
}

function parseBatch(room: string, entries: readonly RawEntry[]): StreamBatch {
  const batch: StreamBatch = { queued: [], unreadable: [], last: entries.at(-1)?.[0] }
  for (const each of entries) {
    const parsed = parseEntry(room, each)
    if ('payment' in parsed) batch.queued.push(parsed)
    else batch.unreadable.push(parsed)
  }
  return batch
}

/** The entries of the one stream that was requested; the reply is null when there are none. */
function entriesOf(reply: unknown): RawEntry[] {
  const streams = reply as [string, RawEntry[]][] | null
  return streams?.[0]?.[1] ?? []
}
