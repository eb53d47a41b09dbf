import type { Clock } from '../../shared/clock.ts'
import { pause } from '../../shared/loop.ts'
import { isOwnFailure } from './failure.ts'

const PAUSE_MS_MIN = 100
const PAUSE_MS_MAX = 2000
const DOUBLINGS_MAX = 5

export type PersistOptions = { now: Clock /** When to give up. */; forMs: number; signal: AbortSignal }

/**
 * Runs a step against a store until it works, with growing pauses while the store is away: what waits here is not read
 * from the stream again and again. Rethrows at once what would fail again, and after `forMs` or a stop whatever failed.
 */
export async function persist<T>(options: PersistOptions, step: () => Promise<T>): Promise<T> {
  const until = options.now() + options.forMs
  for (let failed = 0; ; failed += 1) {
    try {
      return await step()
    } catch (error) {
      if (isOwnFailure(error) || options.signal.aborted || options.now() >= until) throw error
      const ms = Math.min(PAUSE_MS_MAX, PAUSE_MS_MIN * 2 ** Math.min(failed, DOUBLINGS_MAX))
      await pause(ms, options.signal)
    }
  }
}
