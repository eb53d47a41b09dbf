import type { Redis } from '../../../shared/redis/client.ts'
import { roomKeys } from '../../../shared/redis/keys.ts'
import { withinDeadline } from '../../../shared/runtime/deadline.ts'
import type { Logger } from '../../../shared/runtime/log.ts'
import { type Loop, startLoop } from '../../../shared/runtime/loop.ts'
import { type Backoff, restMsMin } from '../backoff.ts'
import { createInFlight, type InFlight } from '../in-flight.ts'
import { createPaymentStream, type PaymentStream, type StreamBatch } from '../payment-stream.ts'
import { createReadingConnection } from '../reading-connection.ts'
import type { PaymentMakerDeps } from './maker-context.ts'
import { createPaymentMaker, type PaymentMaker } from './payment-maker.ts'
import { type ReadLoop, startReading } from './read-loop.ts'
import { createStreamReader } from './stream-reader.ts'
import { createWorkerStep, STEP_MS_MAX } from './worker-step.ts'

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
  unreadMs: ReadLoop['unreadMs']
  /** Stops reading and waits for payments in process; what is not finished by then stays in the stream. */
  stop(): Promise<void>
}

/** Renewals of an entry per minimum backoff, so that one lost renewal does no harm. */
const RENEWALS_PER_REST = 4

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
  const { redis, now, backoff, consumer, batchMax, silentMs } = deps
  const log = deps.log.child({ room })
  const stopping = new AbortController()
  const { signal } = stopping
  const step = createWorkerStep(signal)
  const connection = createReadingConnection(() => deps.openBlockingRedis(roomKeys(room).payments))
  const stream = createPaymentStream({ redis, blockingRedis: connection.open, room, consumer })
  const inFlight = createInFlight(deps.chargeConcurrency + batchMax)
  const maker = createPaymentMaker({ ...deps, storeWaitMs: backoff.maxMs }, room, signal, stream.remove)

  const reading = startReading({
    ...{ inFlight, batchMax, step, signal, log },
    reader: createStreamReader({ stream, connection, step, now, backoff, silentMs }),
    enqueue: (batch) => enqueue({ inFlight, maker }, batch),
  })
  const maintenance = startCaching({ stream, inFlight, log, backoff })
  return {
    unreadMs: reading.unreadMs,
    async stop() {
      stopping.abort()
      connection.leave()
      await reading.ended
      connection.leave()
      await inFlight.idle()
      await maintenance.stop()
      // Entries left pending are claimed by another worker, so an unavailable store does not delay the shutdown.
      await stream.leave().catch((error: unknown) => log.warn({ err: error }, 'the consumer stays'))
    },
  }
}

/** Starts to process the entries of a batch. */
function enqueue(
  { inFlight, maker }: { inFlight: InFlight; maker: PaymentMaker },
  { queued, unreadable }: StreamBatch,
): void {
  // An entry whose renewal failed may still be in process here.
  const isNew = ({ entry }: { entry: string }) => !inFlight.has(entry)
  const rejected = unreadable.filter(isNew)
  const mine = queued.filter(isNew)
  for (const { entry } of [...rejected, ...mine]) inFlight.add(entry)
  for (const each of rejected) void maker.reject(each).finally(() => inFlight.delete(each.entry))
  if (mine.length > 0) void maker.make(mine, inFlight.delete)
}

/** Renews the entries that are still in process since the last renewal, so that no other worker claims them. */
function startCaching(deps: {
  stream: Pick<PaymentStream, 'renew'>
  inFlight: Pick<InFlight, 'all'>
  backoff: Backoff
  log: Logger
}): Loop {
  const { stream, inFlight, backoff, log } = deps
  let underWayBefore = new Set<string>()
  return startLoop({
    name: 'payments under way',
    intervalMs: restMsMin(backoff) / RENEWALS_PER_REST,
    log,
    async run() {
      const underWay = inFlight.all()
      const current = underWay.filter((entry) => underWayBefore.has(entry))
      await withinDeadline(STEP_MS_MAX, () => stream.renew(current))
      underWayBefore = new Set(underWay)
    },
  })
}
