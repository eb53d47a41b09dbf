import type { Database } from '../drizzle/database.ts'
import type { Redis } from '../shared/redis/client.ts'
import { readRuns } from '../shared/redis/runs.ts'
import type { Clock } from '../shared/runtime/clock.ts'
import type { Logger } from '../shared/runtime/log.ts'
import { type Loop, startLoop } from '../shared/runtime/loop.ts'
import { gaugeBy, type Metrics } from '../shared/runtime/metrics.ts'
import type { ShutdownStep } from '../shared/runtime/shutdown.ts'
import { restoreSessionEnds } from './accounts/restore-session-ends.ts'
import { SESSION_SECONDS } from './accounts/session.ts'
import type { CachedCatalogue } from './catalogue/catalogue.ts'
import type { OriginConfig } from './config.ts'
import type { Heartbeat } from './heartbeat/heartbeat.ts'
import { sweepBacklog } from './holds/sweep-holds.ts'
import { pruneKeys } from './idempotency/keyed-request.ts'
import type { ImageStore } from './images/image-store.ts'
import { removeOrphanedImages } from './images/orphaned-images.ts'
import type { Finishing } from './orders/finishing.ts'
import { createRoomWorkers } from './payments/process/room-workers.ts'
import type { PaymentWorker } from './payments/process/worker.ts'
import type { Checkpoints } from './rooms/checkpoint.ts'

export type OriginWorkersDeps = {
  config: Pick<OriginConfig, 'reconcileIntervalMs'>
  redis: Redis
  catalogue: CachedCatalogue
  heartbeat: Heartbeat
  startPayments: (room: string) => PaymentWorker
  /** Compares the provider's ledger with payments and orders, unless another origin has done so. */
  reconcile: () => Promise<void>
  /** Ends payments whose fans did not act in time, unless another origin does so now. */
  sweepWaiting: () => Promise<void>
  cancellations: Pick<Finishing, 'idle'>
  refunds: Pick<Finishing, 'idle'>
  checkpoints: Checkpoints
  /** Archives rooms whose sale is over, and deletes their remaining keys in Redis. */
  archive: () => Promise<void>
  /** Assigns numbers to orders that an origin of an older version created. */
  numberOrders: () => Promise<unknown>
  metrics: Metrics
  /** Called after every time the catalogue was read and published, completely or in part. */
  onCatalogue: () => void
  log: Logger
}

/**
 * A room whose sale is over costs resources until it is archived; checking more often would cost more than it saves.
 */
const ARCHIVE_EVERY_MS = 10_000
/** Until then such an order is shown with a number that no search finds. */
const NUMBER_ORDERS_EVERY_MS = 60_000
/** Several times within the duration of a renewal (`ROOM_MAINTAINED_MS`). */
const MAINTAIN_EVERY_MS = 1000
const CATALOGUE_EVERY_MS = 1000
const CHECKPOINT_EVERY_MS = 1000
/** Gateways admit no fans without an origin's heartbeat for `ORIGIN_SILENT_MS`. */
const HEARTBEAT_EVERY_MS = 1000
const HOLD_SWEEP_EVERY_MS = 500
const HOLD_SWEEP_MAX = 500
/** Each origin tries more often than it gets the turn. */
const WAITING_SWEEP_EVERY_MS = 1000
/** Of provider events, images and idempotency keys that are no longer used. */
const PRUNE_EVERY_MS = 600_000
/** How soon a Redis that was replaced has the revoked sessions. */
const SESSION_ENDS_EVERY_MS = 2000

/**
 * All background work of an origin: maintains the catalogue and publishes rooms, stores their progress, sweeps expired
 * holds, processes the payments of every room, and sends its heartbeat to gateways.
 */
export function startOriginWorkers(deps: OriginWorkersDeps): { stop(): Promise<void> } {
  const { config, redis, catalogue, log } = deps
  const payments = createRoomWorkers({ start: deps.startPayments, log })
  gaugeBy(
    deps.metrics,
    'naru_payments_stream_unread_seconds',
    'How long the payment worker of a room has not heard from its stream',
    'room',
    payments.unreadSeconds,
  )
  const rooms = () => catalogue.current().map(({ room }) => room.id)

  const loops: Loop[] = [
    startLoop({
      name: 'catalogue',
      intervalMs: CATALOGUE_EVERY_MS,
      log,
      async run() {
        const { failedRooms } = await catalogue.refresh()
        payments.follow(rooms())
        // One room that fails neither makes this origin unready nor delays the payments of the others.
        if (failedRooms.length === 0 || failedRooms.length < rooms().length) deps.onCatalogue()
      },
    }),
    startLoop({
      name: 'maintaining rooms',
      intervalMs: MAINTAIN_EVERY_MS,
      log,
      run: catalogue.maintainRooms,
    }),
    startLoop({ name: 'noting runs of Redis', intervalMs: MAINTAIN_EVERY_MS, log, run: catalogue.noteRuns }),
    startLoop({
      name: 'checkpoints',
      intervalMs: CHECKPOINT_EVERY_MS,
      log,
      run: () => deps.checkpoints.write(catalogue.current().map(({ room }) => room)),
    }),
    startLoop({ name: 'archiving', intervalMs: ARCHIVE_EVERY_MS, log, run: deps.archive }),
    startLoop({
      name: 'order numbers',
      intervalMs: NUMBER_ORDERS_EVERY_MS,
      log,
      run: deps.numberOrders,
    }),
    startLoop({ name: 'heartbeat', intervalMs: HEARTBEAT_EVERY_MS, log, run: deps.heartbeat.heartbeat }),
    startLoop({
      name: 'hold sweep',
      intervalMs: HOLD_SWEEP_EVERY_MS,
      log,
      run: () => Promise.all(rooms().map((room) => sweepBacklog(redis, room, HOLD_SWEEP_MAX))),
    }),
  ]
  // Tries to take the turn more often than it is due: at the start a store may be unavailable.
  const reconciling = startLoop({
    name: 'reconcile',
    intervalMs: Math.ceil(config.reconcileIntervalMs / 10),
    log,
    run: deps.reconcile,
  })
  const sweeping = startLoop({
    name: 'payments that wait for fans',
    intervalMs: WAITING_SWEEP_EVERY_MS,
    log,
    run: deps.sweepWaiting,
  })

  return {
    async stop() {
      // These wait for the provider, and block nothing else.
      const reconciled = Promise.all([
        ...[reconciling.stop(), sweeping.stop()],
        ...[deps.cancellations.idle(), deps.refunds.idle()],
      ])
      await Promise.all(loops.map((loop) => loop.stop()))
      await deps.heartbeat.stop()
      await payments.stop()
      await reconciled
    },
  }
}

/** Deletes what is no longer used, and writes revoked sessions to a Redis that lost them; the steps stop it. */
export function startPruning(deps: {
  db: Database
  redis: Redis
  images: ImageStore
  pruneEvents: () => Promise<number>
  now: Clock
  log: Logger
}): { steps: ShutdownStep[] } {
  const { db, redis, images, pruneEvents, now, log } = deps
  const loop = (name: string, intervalMs: number, run: () => Promise<unknown>) =>
    startLoop({ name, intervalMs, log, run })
  const events = loop('provider events', PRUNE_EVERY_MS, pruneEvents)
  const orphanedImages = loop('orphaned images', PRUNE_EVERY_MS, () =>
    removeOrphanedImages({ db, images, now }),
  )
  const keys = loop('idempotency keys', PRUNE_EVERY_MS, () => pruneKeys(db, new Date(now())))
  const sessionEnds = loop('session ends', SESSION_ENDS_EVERY_MS, () =>
    restoreSessionEnds({
      ...{ db, redis, now },
      sessionSeconds: SESSION_SECONDS,
      readRuns: async () => (await readRuns(redis)).all(),
    }),
  )
  return {
    steps: [
      { name: 'finish forgetting events', run: events.stop },
      { name: 'finish deleting idempotency keys', run: keys.stop },
      { name: 'finish removing images', run: orphanedImages.stop },
      { name: 'finish telling session ends', run: sessionEnds.stop },
    ],
  }
}
