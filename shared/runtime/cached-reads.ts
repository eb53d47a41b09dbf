import type { Clock } from './clock.ts'

/**
 * Reads each key at most once in `cachedMs`; concurrent callers share that read. A failed read is not cached, and does
 * not evict a newer one.
 *
 * @param options.keysMax - maximum number of cached keys; beyond it, all are evicted
 */
export function cacheReads<T>(options: {
  read: (key: string) => Promise<T>
  now: Clock
  cachedMs: number
  keysMax: number
}): (key: string) => Promise<T> {
  const { read, now, cachedMs, keysMax } = options
  const cached = new Map<string, { until: number; content: Promise<T> }>()
  return (key) => {
    const known = cached.get(key)
    if (known !== undefined && known.until > now()) return known.content
    if (known === undefined && cached.size >= keysMax) cached.clear()
    const entry = { until: now() + cachedMs, content: read(key) }
    cached.set(key, entry)
    entry.content.catch(() => {
      if (cached.get(key) === entry) cached.delete(key)
    })
    return entry.content
  }
}
