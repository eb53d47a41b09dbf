import type { Clock } from './clock.ts'

/** Starts after a pause that doubles with each death in the window, until there are too many of them. */
export type RestartLimits = { deathsMax: number; windowMs: number; pauseMs: number; pauseMaxMs: number }

/**
 * When to start again what has died.
 *
 * @param now - in milliseconds; any clock that never goes back
 * @returns to be called at each death: the pause before the next start, or undefined when there were too many
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
