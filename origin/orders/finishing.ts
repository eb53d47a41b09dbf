import pLimit from 'p-limit'
import type { Logger } from '../../shared/runtime/log.ts'

/** Finishes cancellations, or refunds in part, in the background, after the response was sent. */
export type Finishing = {
  /** Queues one, unless it is queued already. When the queue is full it is left to reconciling, which finds it in MySQL. */
  take(id: string): void
  /** Resolves when nothing is in process. */
  idle(): Promise<void>
}

const FINISHING_CONCURRENCY = 4
const FINISHING_QUEUE_MAX = 1000

export function createFinishing(options: {
  what: 'cancellation' | 'refund'
  finish: (id: string) => Promise<{ status: string }>
  concurrency?: number
  queueMax?: number
  log: Logger
}): Finishing {
  const { what, finish, concurrency = FINISHING_CONCURRENCY, queueMax = FINISHING_QUEUE_MAX, log } = options
  const limit = pLimit(concurrency)
  const underWay = new Map<string, Promise<void>>()

  async function run(id: string): Promise<void> {
    try {
      const { status } = await limit(() => finish(id))
      if (status !== 'finished') log.warn({ what, id, status }, 'a cancellation or refund is not finished')
    } catch (error) {
      log.warn({ err: error, what, id }, 'a cancellation or refund failed and will be retried')
    } finally {
      underWay.delete(id)
    }
  }

  return {
    take(id) {
      if (underWay.has(id) || limit.pendingCount >= queueMax) return
      underWay.set(id, run(id))
    },
    async idle() {
      await Promise.all(underWay.values())
    },
  }
}
