import pRetry from 'p-retry'
import type { Clock } from '../../shared/runtime/clock.ts'
import { isOwnFailure } from './failure.ts'

const PAUSE_MS_MIN = 100
const PAUSE_MS_MAX = 2000

export type StoreRetryOptions = { now: Clock /** How long to retry. */; forMs: number; signal: AbortSignal }

/**
 * Runs a step against a store until it works, with growing pauses while the store is unavailable: a payment that waits
 * here is not read from the stream repeatedly. Rethrows permanent failures immediately, and any failure after `forMs`
 * or a stop.
 */
export function retryUntilStored<T>(
  { now, forMs, signal }: StoreRetryOptions,
  step: () => Promise<T>,
): Promise<T> {
  const untilMs = now() + forMs
  return pRetry(step, {
    retries: Number.POSITIVE_INFINITY,
    minTimeout: PAUSE_MS_MIN,
    maxTimeout: PAUSE_MS_MAX,
    // Given to the library, the signal would also reject a step that has succeeded meanwhile.
    shouldRetry: ({ error }) => !isOwnFailure(error) && !signal.aborted && now() < untilMs,
  })
}
