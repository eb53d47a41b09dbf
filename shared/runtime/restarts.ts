import type { Clock } from './clock.ts'

/** Restarts after a pause that doubles with each death in the window, until there are too many of them. */
export type RestartLimits = { deathsMax: number; windowMs: number; pauseMs: number; pauseMaxMs: number }

/**
 * When to restart a process that has died.
 *
 * @param now - in milliseconds; any monotonic clock
 * @returns a function to call at each death: the pause before the next start, or undefined when there were too many
 */
export function createRestarts(limits: RestartLimits, now: Clock): () => number | undefined {
  const deathsMs: number[] = []
  return () => {
    const nowMs = now()
    deathsMs.push(nowMs)
    while ((deathsMs[0] ?? nowMs) < nowMs - limits.windowMs) deathsMs.shift()
    if (deathsMs.length > limits.deathsMax) return undefined
    return Math.min(limits.pauseMaxMs, limits.pauseMs * 2 ** (deathsMs.length - 1))
  }
}
