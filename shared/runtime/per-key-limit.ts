export type Limited = { status: 'limited' }

/** Runs work for a key unless that key's maximum concurrency is reached. */
export type PerKeyLimit<K> = <T>(key: K, work: () => Promise<T>) => Promise<T | Limited>

/** @param max - maximum concurrency of one key, in this process */
export function limitPerKey<K>(max: number): PerKeyLimit<K> {
  const underWay = new Map<K, number>()
  return async (key, work) => {
    const count = underWay.get(key) ?? 0
    if (count >= max) return { status: 'limited' }
    underWay.set(key, count + 1)
    try {
      return await work()
    } finally {
      const left = (underWay.get(key) ?? 1) - 1
      if (left === 0) underWay.delete(key)
      else underWay.set(key, left)
    }
  }
}
