import type { Clock } from './clock.ts'

/** Says who uses something that each may use a few times at once, where the use ends by another event than its start. */
export type Leases = {
  /** What ends the use, or undefined when as many are under way as may be. */
  take(key: string): (() => void) | undefined
}

/**
 * @param options.max - uses of one key at a time, in this process
 * @param options.msMax - a use that nobody ended counts no longer than this
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
