import { pause, startLoop } from '../../shared/loop.ts'
import type { Redis } from '../../shared/redis/client.ts'
import { type Backoff, restMsMin } from './backoff.ts'
import { createInFlight } from './in-flight.ts'
import { createPaymentMaker, type PaymentMakerDeps } from './payment-maker.ts'
import { createPaymentStream, type StreamBatch } from './payment-stream.ts'

export type PaymentWorkerDeps = Omit<PaymentMakerDeps, 'storeWaitMs'> & {
  /** Opens a connection that this worker alone uses to wait for payments, and closes itself. */
  openBlockingRedis: () => Redis
  /** Its name in the consumer group. */
  consumer: string
  /** How long an entry rests that nobody has under way, before someone takes it up again. */
  backoff: Backoff
}

export type PaymentWorker = {
  /** Ends reading and waits for what is under way; what is not finished by then stays in the stream. */
  stop(): Promise<void>
}

const BLOCK_MS_MAX = 1000
const AFTER_FAILURE_MS = 500
/** An entry is said to be under way this often in the shortest rest, so that one lost word costs nothing. */
const KEEPS_PER_REST = 4
const NOTHING: StreamBatch = { queued: [], unreadable: [], last: undefined }

/**
 * Makes the payments of one room: read what is there → record it in MySQL → charge, concurrently → settle all that
 * was charged meanwhile in one transaction → finish in Redis → acknowledge. Whatever fails on the way leaves its
 * entry in the stream, where any worker takes it up again after a rest that grows with each delivery. Every step may be
 * repeated.
 *
 * Bounds: `batchMax` payments are recorded in one statement and settled in one transaction; a batch is what arrived
 * while the last one ran, so a lone payment goes at once. At most `chargesAtOnceMax + batchMax` are in memory.
 */
export function startPaymentWorker(deps: PaymentWorkerDeps, room: string): PaymentWorker {
  const { redis, now, backoff } = deps
  const log = deps.log.child({ room })
  const blockingRedis = deps.openBlockingRedis()
  const stream = createPaymentStream({ redis, blockingRedis, room, consumer: deps.consumer })
  const inFlight = createInFlight(deps.chargesAtOnceMax + deps.batchMax)
  const stopping = new AbortController()
  const maker = createPaymentMaker(
    { ...deps, storeWaitMs: backoff.maxMs },
    room,
    stopping.signal,
    stream.remove,
  )
  const lookMs = Math.ceil(restMsMin(backoff) / 2)

  let lookAt = 0
  let underWayBefore = new Set<string>()
  /** How far this consumer's own leftovers have been read; undefined once there are no more. */
  let ownAfter: string | undefined = '0'
  const ended = run()
  const keeping = startLoop({
    name: 'payments under way',
    intervalMs: restMsMin(backoff) / KEEPS_PER_REST,
    log,
    async run() {
      const underWay = inFlight.all()
      await stream.keep(underWay.filter((entry) => underWayBefore.has(entry)))
      underWayBefore = new Set(underWay)
    },
  })
  return {
    async stop() {
      stopping.abort()
      blockingRedis.disconnect()
      await ended
      await inFlight.idle()
      await keeping.stop()
      // What it leaves under way is taken up by whoever comes, so a store that is unavailable holds up nobody.
      await stream.leave().catch((error: unknown) => log.warn({ err: error }, 'the consumer stays'))
    },
  }

  async function run(): Promise<void> {
    let ready = false
    while (!stopping.signal.aborted) {
      try {
        ready ||= await stream.ensure()
        if (!ready) {
          await pause(AFTER_FAILURE_MS, stopping.signal)
          continue
        }
        await inFlight.roomFor(1)
        takeUp(await readSome())
      } catch (error) {
        if (stopping.signal.aborted) return
        log.warn({ err: error }, 'payments cannot be read; trying again')
        ready = false
        await pause(AFTER_FAILURE_MS, stopping.signal)
      }
    }
  }

  /** What this worker had under way when it was killed comes first, then what has rested; then waits for new ones. */
  async function readSome(): Promise<StreamBatch> {
    const countMax = Math.min(deps.batchMax, inFlight.room())
    if (ownAfter !== undefined) {
      const own = await stream.readOwn(countMax, ownAfter)
      ownAfter = own.last
      if (own.last !== undefined) return own
    }
    if (now() >= lookAt) {
      const rested = await stream.takeOver(countMax, backoff)
      if (rested.wrapped) lookAt = now() + lookMs
      if (rested.last !== undefined || !rested.wrapped) return rested
    }
    return (await untilStopped(() => stream.readNew(countMax, Math.min(BLOCK_MS_MAX, lookMs)))) ?? NOTHING
  }

  /** A read that waits may not end when its connection does: in a cluster it is kept for another node. */
  async function untilStopped<T>(read: () => Promise<T>): Promise<T | undefined> {
    const { signal } = stopping
    if (signal.aborted) return undefined
    const { promise: stopped, resolve } = Promise.withResolvers<undefined>()
    const stop = () => resolve(undefined)
    signal.addEventListener('abort', stop)
    try {
      return await Promise.race([read(), stopped])
    } finally {
      signal.removeEventListener('abort', stop)
    }
  }

  function takeUp({ queued, unreadable }: StreamBatch): void {
    // An entry that was not kept in time may still be under way here.
    const isNew = ({ entry }: { entry: string }) => !inFlight.has(entry)
    const rejected = unreadable.filter(isNew)
    const mine = queued.filter(isNew)
    for (const { entry } of [...rejected, ...mine]) inFlight.add(entry)
    for (const each of rejected) void maker.reject(each).finally(() => inFlight.delete(each.entry))
    if (mine.length > 0) void maker.make(mine, inFlight.delete)
  }
}
