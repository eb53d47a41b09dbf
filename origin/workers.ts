import type { Redis } from 'ioredis'
import type { Logger } from '../shared/log.ts'
import { type Loop, startLoop } from '../shared/loop.ts'
import type { CatalogueCopy } from './catalogue/catalogue.ts'
import type { OriginConfig } from './config.ts'
import type { Heart } from './health/heart.ts'
import { sweepHolds } from './holds/sweep-holds.ts'
import type { PaymentWorker } from './payments/worker.ts'

export type OriginWorkersDeps = {
  config: Pick<OriginConfig, 'catalogueRefreshMs' | 'holdSweepMs' | 'holdSweepMax' | 'heartbeatMs'>
  redis: Redis
  catalogue: CatalogueCopy
  heart: Heart
  startPayments: (room: string) => PaymentWorker
  /** Called after every time the catalogue was read and published. */
  onCatalogue: () => void
  log: Logger
}

/**
 * Everything an origin does without being asked: keeps the catalogue and publishes rooms, sweeps expired holds, makes
 * the payments of every room, and tells gateways how it is.
 */
export function startOriginWorkers(deps: OriginWorkersDeps): { stop(): Promise<void> } {
  const { config, redis, catalogue, log } = deps
  const payments = new Map<string, PaymentWorker>()
  const rooms = () => catalogue.current().map(({ room }) => room.id)

  const loops: Loop[] = [
    startLoop({
      name: 'catalogue',
      intervalMs: config.catalogueRefreshMs,
      log,
      async run() {
        await catalogue.refresh()
        for (const room of rooms()) {
          if (!payments.has(room)) payments.set(room, deps.startPayments(room))
        }
        deps.onCatalogue()
      },
    }),
    startLoop({ name: 'heartbeat', intervalMs: config.heartbeatMs, log, run: deps.heart.beat }),
    startLoop({
      name: 'hold sweep',
      intervalMs: config.holdSweepMs,
      log,
      run: () => Promise.all(rooms().map((room) => sweepHolds(redis, room, config.holdSweepMax))),
    }),
  ]

  return {
    async stop() {
      await Promise.all(loops.map((loop) => loop.stop()))
      await deps.heart.stop()
      await Promise.all([...payments.values()].map((worker) => worker.stop()))
    },
  }
}
