import type { Clock } from './clock.ts'

/**
 * Reads at most once in `keepMs` for each key; whoever asks meanwhile shares that read. A read that fails is not kept,
 * and takes nothing with it that was read after it.
 *
 * @param options.keysMax - how many keys are kept; with more, all are forgotten
 */
export function cacheReads<T>(options: {
  read: (key: string) => Promise<T>
  now: Clock
  keepMs: number
  keysMax: number
}): (key: string) => Promise<T> {
  const { read, now, keepMs, keysMax } = options
  const cached = new Map<string, { until: number; content: Promise<T> }>()
  return (key) => {
    const known = cached.get(key)
    if (known !== undefined && known.until > now()) return known.content
    if (known === undefined && cached.size >= keysMax) cached.clear()
    const entry = { until: now() + keepMs, content: read(key) }
    cached.set(key, entry)
    entry.content.catch(() => {
      if (cached.get(key) === entry) cached.delete(key)
    })
    return entry.content
  }
}
