import pLimit from 'p-limit'

export type Busy = { status: 'busy'; retryAfterSeconds: number }
export type Ran<T> = { status: 'ran'; value: T } | Busy

/** Runs work a few at a time and lets a few more wait. Whoever comes beyond that is told when to come back. */
export type BoundedQueue = <T>(work: () => Promise<T>) => Promise<Ran<T>>

/** Assumed until the first work has been timed. */
const USUAL_MS = 20
const RETRY_SECONDS_MAX = 30

export type BoundedQueueOptions = {
  concurrencyMax: number
  /** How many may wait for one of the `concurrencyMax` before more are refused. */
  queueMax: number
  /** How long the last in line may have to wait, by how long work has taken: whoever would leave before is refused. */
  waitMsMax?: number
}

export function createBoundedQueue(options: BoundedQueueOptions): BoundedQueue {
  const { concurrencyMax, queueMax, waitMsMax = Number.POSITIVE_INFINITY } = options
  const limit = pLimit(concurrencyMax)
  let averageMs = USUAL_MS

  async function timed<T>(work: () => Promise<T>): Promise<T> {
    const startedAt = performance.now()
    try {
      return await work()
    } finally {
      averageMs += (performance.now() - startedAt - averageMs) / 16
    }
  }

  return async (work) => {
    const waitMs = (limit.pendingCount * averageMs) / concurrencyMax
    if (limit.pendingCount >= queueMax || waitMs > waitMsMax) {
      // By then those who wait now will be done.
      const seconds = Math.ceil(waitMs / 1000)
      return { status: 'busy', retryAfterSeconds: Math.min(Math.max(seconds, 1), RETRY_SECONDS_MAX) }
    }
    return { status: 'ran', value: await limit(() => timed(work)) }
  }
}
