/** Backoff before an entry is retried: `baseMs`, doubled with each delivery, at most `maxMs`. */
export type Backoff = { baseMs: number; maxMs: number }

const DOUBLINGS_MAX = 20
/** The maximum backoff, as a multiple of the first. */
const REST_GROWTH_MAX = 30

export function backoffFrom(baseMs: number): Backoff {
  return { baseMs, maxMs: baseMs * REST_GROWTH_MAX }
}

/**
 * The backoff of an entry after this many deliveries. Its upper half is derived from a hash of entry and delivery, so
 * that entries which failed together are retried at different times, and all workers agree on each time.
 *
 * @param deliveries - from 1
 */
export function restMs({ baseMs, maxMs }: Backoff, entry: string, deliveries: number): number {
  const doublings = Math.min(Math.max(deliveries - 1, 0), DOUBLINGS_MAX)
  const ms = Math.min(maxMs, baseMs * 2 ** doublings)
  return Math.round(ms / 2 + (ms / 2) * share(`${entry}/${deliveries}`))
}

/** The minimum backoff. */
export function restMsMin({ baseMs, maxMs }: Backoff): number {
  return Math.floor(Math.min(baseMs, maxMs) / 2)
}

/** FNV-1a over the text, as a number in [0, 1). */
function share(text: string): number {
  let hash = 0x811c9dc5
  for (let i = 0; i < text.length; i += 1) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193)
  return (hash >>> 0) / 2 ** 32
}
