import pLimit from 'p-limit'

export type Busy = { status: 'busy'; retryAfterSeconds: number }
export type Ran<T> = { status: 'ran'; value: T } | Busy

/** Runs work with bounded concurrency and a bounded queue. Work beyond that is refused with a time to retry. */
export type BoundedQueue = <T>(work: () => Promise<T>) => Promise<Ran<T>>

/** Assumed until the first work has been measured. */
const USUAL_MS = 20
const RETRY_SECONDS_MAX = 30

export type BoundedQueueOptions = {
  concurrencyMax: number
  /** The maximum number of callers that may wait for one of the `concurrencyMax` slots. */
  queueMax: number
  /** The maximum estimated wait, from measured durations: callers who would give up before are refused. */
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
      // By then all work queued now will be done.
      const seconds = Math.ceil(waitMs / 1000)
      return { status: 'busy', retryAfterSeconds: Math.min(Math.max(seconds, 1), RETRY_SECONDS_MAX) }
    }
    return { status: 'ran', value: await limit(() => timed(work)) }
  }
}
