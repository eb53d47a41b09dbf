import { expect, it } from 'vitest'
import { cacheReads } from './cached-reads.ts'

function open(keysMax = 10) {
  const reads: { key: string; resolve: (value: string) => void; reject: (error: Error) => void }[] = []
  let now = 0
  const cached = cacheReads({
    read(key) {
      const { promise, resolve, reject } = Promise.withResolvers<string>()
      reads.push({ key, resolve, reject })
      return promise
    },
    now: () => now,
    cachedMs: 1000,
    keysMax,
  })
  return {
    ...{ cached, reads },
    pass: (ms: number) => {
      now += ms
    },
  }
}

it('reads a key once for all callers while the read is cached', async () => {
  const { cached, reads, pass } = open()
  const asked = [cached('a'), cached('a'), cached('b')]
  reads.forEach(({ key, resolve }) => void resolve(key))
  expect(await Promise.all(asked)).toEqual(['a', 'a', 'b'])
  pass(999)
  void cached('a')
  expect(reads).toHaveLength(2)
  pass(1)
  void cached('a')
  expect(reads).toHaveLength(3)
})

it('reads again after a read that failed', async () => {
  const { cached, reads } = open()
  const failing = cached('a')
  reads[0]?.reject(new Error('unavailable'))
  await expect(failing).rejects.toThrow('unavailable')
  const again = cached('a')
  reads[1]?.resolve('here')
  expect(await again).toBe('here')
})

it('keeps a newer value after an older read fails late', async () => {
  const { cached, reads, pass } = open()
  const late = cached('a')
  pass(1000)
  const newer = cached('a')
  reads[1]?.resolve('newer')
  reads[0]?.reject(new Error('late'))
  await expect(late).rejects.toThrow('late')
  expect(await newer).toBe('newer')
  expect(await cached('a')).toBe('newer')
  expect(reads).toHaveLength(2)
})

it('caches no more than the maximum number of keys, and evicts none when it reads a key again', () => {
  const { cached, reads, pass } = open(2)
  for (const key of ['a', 'b']) void cached(key)
  pass(1000)
  void cached('a')
  void cached('b')
  expect(reads).toHaveLength(4)
  void cached('c')
  void cached('a')
  expect(reads).toHaveLength(6)
})
