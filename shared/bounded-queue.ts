import pLimit from 'p-limit'

export type Busy = { status: 'busy'; retryAfterSeconds: number }
export type Ran<T> = { status: 'ran'; value: T } | Busy

/** Runs work a few at a time and lets a few more wait. Whoever comes beyond that is told when to come back. */
export type BoundedQueue = <T>(work: () => Promise<T>) => Promise<Ran<T>>

/** Assumed until the first work has been timed. */
const USUAL_MS = 20
const RETRY_SECONDS_MAX = 30

/** @param waitingMax - how many may wait for one of the `atOnceMax` before more are refused */
export function createBoundedQueue(options: { atOnceMax: number; waitingMax: number }): BoundedQueue {
  const { atOnceMax, waitingMax } = options
  const limit = pLimit(atOnceMax)
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
    if (limit.pendingCount >= waitingMax) {
      // By then those who wait now will be done.
      const seconds = Math.ceil((limit.pendingCount * averageMs) / atOnceMax / 1000)
      return { status: 'busy', retryAfterSeconds: Math.min(Math.max(seconds, 1), RETRY_SECONDS_MAX) }
    }
    return { status: 'ran', value: await limit(() => timed(work)) }
  }
}
