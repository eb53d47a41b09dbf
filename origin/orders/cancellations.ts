import pLimit from 'p-limit'
import type { Logger } from '../../shared/runtime/log.ts'
import type { FinishCancellationResult } from './finish-cancellation.ts'

/** Finishes cancellations in the background, after the response was sent. */
export type Cancellations = {
  /**
   * Queues an order, unless it is queued already. When the queue is full it is left to reconciling, which finds it in
   * MySQL.
   */
  take(order: string): void
  /** Resolves when nothing is in process. */
  idle(): Promise<void>
}

const CANCELLATION_CONCURRENCY = 4
const CANCELLATION_QUEUE_MAX = 1000

export function createCancellations(options: {
  finish: (order: string) => Promise<FinishCancellationResult>
  concurrency?: number
  queueMax?: number
  log: Logger
}): Cancellations {
  const { finish, concurrency = CANCELLATION_CONCURRENCY, queueMax = CANCELLATION_QUEUE_MAX, log } = options
  const limit = pLimit(concurrency)
  const underWay = new Map<string, Promise<void>>()

  async function run(order: string): Promise<void> {
    try {
      const { status } = await limit(() => finish(order))
      if (status !== 'finished') log.warn({ order, status }, 'a cancellation will be gone on with later')
    } catch (error) {
      log.warn({ err: error, order }, 'a cancellation failed; it will be gone on with later')
    } finally {
      underWay.delete(order)
    }
  }

  return {
    take(order) {
      if (underWay.has(order) || limit.pendingCount >= queueMax) return
      underWay.set(order, run(order))
    },
    async idle() {
      await Promise.all(underWay.values())
    },
  }
}
