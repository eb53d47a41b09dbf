import type { Clock } from './clock.ts'

/** Tracks uses of something with bounded concurrency per key, where a use ends by another event than its start. */
export type Leases = {
  /** The function that ends the use, or undefined when the maximum is reached. */
  take(key: string): (() => void) | undefined
}

/**
 * @param options.max - concurrent uses of one key, in this process
 * @param options.msMax - a use that was never ended expires after this time
 */
export function createLeases(options: { max: number; msMax: number; now: Clock }): Leases {
  const { max, msMax, now } = options
  const taken = new Map<string, Set<{ untilMs: number }>>()
  return {
    take(key) {
      const leases = taken.get(key) ?? new Set()
      for (const lease of leases) if (lease.untilMs <= now()) leases.delete(lease)
      if (leases.size >= max) return undefined
      const lease = { untilMs: now() + msMax }
      taken.set(key, leases.add(lease))
      return () => {
        leases.delete(lease)
        if (leases.size === 0 && taken.get(key) === leases) taken.delete(key)
      }
    },
  }
}
