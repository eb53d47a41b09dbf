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
  /** Opens a connection for this worker only, to block on this Redis key. */
  openBlockingRedis: (key: string) => Redis
  /** How long Redis may be silent, beyond the time that a read blocks, before the worker reconnects. */
  silentMs?: number
  /** Its name in the consumer group. */
  consumer: string
  /** The minimum backoff of an entry that is not being processed, before a worker claims it. */
  backoff: Backoff
}

export type PaymentWorker = {
  /** Time since the last reply from the room's stream, including empty ones. */
  unreadMs(): number
  /** Stops reading and waits for payments in process; what is not finished by then stays in the stream. */
  stop(): Promise<void>
}

const BLOCK_MS_MAX = 1000
const AFTER_FAILURE_MS = 500
/** More than what a few commands on the shared connection take, each of which has its own limit. */
const STEP_MS_MAX = 15_000
/** How long the provider and MySQL may take before a warning is logged that they delay the room. */
const FULL_MS_MAX = 5000
/** Renewals of an entry per minimum backoff, so that one lost renewal does no harm. */
const KEEPS_PER_REST = 4

/**
 * Processes the payments of one room: read the entries → record them in MySQL → charge, concurrently → settle all that
 * was charged meanwhile in one transaction → finish in Redis → acknowledge. On failure the entry stays in the stream;
 * any worker may claim it after a backoff that grows with each delivery. Every step may be repeated, and each has a
 * deadline: if Redis does not reply by then, the step is repeated on a new connection.
 *
 * Bounds: `batchMax` payments are recorded in one statement and settled in one transaction; a batch is what arrived
 * while the last one ran, so a lone payment is processed immediately. At most `chargeConcurrency + batchMax` are in
 * memory.
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
  /** How far this consumer's own pending entries have been read; undefined once there are no more. */
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
      // Entries left pending are claimed by another worker, so an unavailable store does not delay the shutdown.
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
    // While it lasts, one log line is enough.
    const level = failing ? 'debug' : 'warn'
    const unreadMs = Math.round(performance.now() - readAt)
    log[level]({ err: error, unreadMs }, 'payments cannot be read; trying again on a new connection')
    failing = true
    ready = false
    reading.leave()
    // Entries delivered to the closed connection are pending, and their backoff starts then.
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

  /** First what this worker was processing when it was killed, then claimable entries; then it waits for new ones. */
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
    // Two steps, so that the time to connect does not count against the read.
    await step(silentMs, reading.open)
    const blockMs = Math.min(BLOCK_MS_MAX, lookMs)
    return step(blockMs + silentMs, () => stream.readNew(countMax, blockMs))
  }

  /** Rejects when it takes too long or the worker is to stop: its later result is then ignored. */
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
    // An entry whose renewal failed may still be in process here.
    const isNew = ({ entry }: { entry: string }) => !inFlight.has(entry)
    const rejected = unreadable.filter(isNew)
    const mine = queued.filter(isNew)
    for (const { entry } of [...rejected, ...mine]) inFlight.add(entry)
    for (const each of rejected) void maker.reject(each).finally(() => inFlight.delete(each.entry))
    if (mine.length > 0) void maker.make(mine, inFlight.delete)
  }
}
