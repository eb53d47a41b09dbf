import { REDIS_SILENT_MS, type Redis } from '../../../shared/redis/client.ts'
import { roomKeys } from '../../../shared/redis/keys.ts'
import { DeadlineExceeded, withinDeadline } from '../../../shared/runtime/deadline.ts'
import { pause, startLoop } from '../../../shared/runtime/loop.ts'
import { type Backoff, restMsMin } from '../backoff.ts'
import { createInFlight } from '../in-flight.ts'
import { createPaymentStream, type StreamBatch } from '../payment-stream.ts'
import { createReadingConnection } from '../reading-connection.ts'
import { createPaymentMaker, type PaymentMakerDeps } from './payment-maker.ts'

export type PaymentWorkerDeps = Omit<PaymentMakerDeps, 'storeWaitMs'> & {
  /** Makes a connection for the worker alone, to wait at this key of Redis. */
  openBlockingRedis: (key: string) => Redis
  /** How long Redis may say nothing, beyond the time that a read waits, before the worker connects again. */
  silentMs?: number
  /** Its name in the consumer group. */
  consumer: string
  /** How long an entry rests that nobody has under way, before someone takes it up again. */
  backoff: Backoff
}

export type PaymentWorker = {
  /** How long ago it last heard from the room's stream, be it that there is nothing. */
  unreadMs(): number
  /** Ends reading and waits for what is under way; what is not finished by then stays in the stream. */
  stop(): Promise<void>
}

const BLOCK_MS_MAX = 1000
const AFTER_FAILURE_MS = 500
/** More than what a few commands on the shared connection take, each of which has its own limit. */
const STEP_MS_MAX = 15_000
/** How long the provider and MySQL may take before it is told that they hold up the room. */
const FULL_MS_MAX = 5000
/** An entry is said to be under way this often in the shortest rest, so that one lost word costs nothing. */
const KEEPS_PER_REST = 4

/**
 * Makes the payments of one room: read what is there → record it in MySQL → charge, concurrently → settle all that
 * was charged meanwhile in one transaction → finish in Redis → acknowledge. Whatever fails on the way leaves its
 * entry in the stream, where any worker takes it up again after a rest that grows with each delivery. Every step may be
 * repeated, and each has a deadline: a Redis that does not answer by then is asked on a new connection.
 *
 * Bounds: `batchMax` payments are recorded in one statement and settled in one transaction; a batch is what arrived
 * while the last one ran, so a lone payment goes at once. At most `chargeConcurrency + batchMax` are in memory.
 */
export function startPaymentWorker(deps: PaymentWorkerDeps, room: string): PaymentWorker {
  const { redis, now, backoff, silentMs = REDIS_SILENT_MS } = deps
  const log = deps.log.child({ room })
  const reading = createReadingConnection(() => deps.openBlockingRedis(roomKeys(room).payments))
  const { consumer } = deps
  const stream = createPaymentStream({ redis, blockingRedis: reading.open, room, consumer })
  const inFlight = createInFlight(deps.chargeConcurrency + deps.batchMax)
  const stopping = new AbortController()
  const maker = createPaymentMaker(
    { ...deps, storeWaitMs: backoff.maxMs },
    room,
    stopping.signal,
    stream.remove,
  )
  const lookMs = Math.ceil(restMsMin(backoff) / 2)

  let ready = false
  let failing = false
  let readAt = performance.now()
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
      const kept = underWay.filter((entry) => underWayBefore.has(entry))
      await withinDeadline(STEP_MS_MAX, () => stream.keep(kept))
      underWayBefore = new Set(underWay)
    },
  })
  return {
    unreadMs: () => performance.now() - readAt,
    async stop() {
      stopping.abort()
      reading.leave()
      await ended
      reading.leave()
      await inFlight.idle()
      await keeping.stop()
      // What it leaves under way is taken up by whoever comes, so a store that is unavailable holds up nobody.
      await stream.leave().catch((error: unknown) => log.warn({ err: error }, 'the consumer stays'))
    },
  }

  async function run(): Promise<void> {
    while (!stopping.signal.aborted) {
      try {
        await turn()
      } catch (error) {
        if (stopping.signal.aborted) return
        startOver(error)
        await pause(AFTER_FAILURE_MS, stopping.signal)
      }
    }
  }

  async function turn(): Promise<void> {
    ready ||= await step(STEP_MS_MAX, stream.ensure)
    if (!ready) return pause(AFTER_FAILURE_MS, stopping.signal)
    if (!(await hasRoom())) return
    takeUp(await readSome())
    readAt = performance.now()
    if (failing) log.info('payments are read again')
    failing = false
  }

  function startOver(error: unknown): void {
    // While it lasts, one line is enough.
    const level = failing ? 'debug' : 'warn'
    const unreadMs = Math.round(performance.now() - readAt)
    log[level]({ err: error, unreadMs }, 'payments cannot be read; trying again on a new connection')
    failing = true
    ready = false
    reading.leave()
    // What was given to the connection that is left is pending, and rests from then on.
    lookAt = 0
  }

  async function hasRoom(): Promise<boolean> {
    if (inFlight.room() > 0) return true
    const waiting = new AbortController()
    try {
      await step(FULL_MS_MAX, () => inFlight.roomFor(1, waiting.signal))
      return true
    } catch (error) {
      if (!(error instanceof DeadlineExceeded)) throw error
      log.warn(
        { underWay: inFlight.all().length },
        'no more payments are read until some under way have ended',
      )
      return false
    } finally {
      waiting.abort()
    }
  }

  /** What this worker had under way when it was killed comes first, then what has rested; then waits for new ones. */
  async function readSome(): Promise<StreamBatch> {
    const countMax = Math.min(deps.batchMax, inFlight.room())
    const after = ownAfter
    if (after !== undefined) {
      const own = await step(STEP_MS_MAX, () => stream.readOwn(countMax, after))
      ownAfter = own.last
      if (own.last !== undefined) return own
    }
    if (now() >= lookAt) {
      const rested = await step(STEP_MS_MAX, () => stream.takeOver(countMax, backoff))
      if (rested.wrapped) lookAt = now() + lookMs
      if (rested.last !== undefined || !rested.wrapped) return rested
    }
    // Two steps, so that a slow connection takes no time from the read.
    await step(silentMs, reading.open)
    const blockMs = Math.min(BLOCK_MS_MAX, lookMs)
    return step(blockMs + silentMs, () => stream.readNew(countMax, blockMs))
  }

  /** Rejects when it takes too long or the worker is to stop: nobody hears what comes of it then. */
  async function step<T>(msMax: number, work: () => Promise<T>): Promise<T> {
    const { signal } = stopping
    signal.throwIfAborted()
    const { promise: stopped, reject } = Promise.withResolvers<never>()
    const stop = () => reject(signal.reason)
    signal.addEventListener('abort', stop)
    try {
      return await withinDeadline(msMax, () => Promise.race([work(), stopped]))
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
