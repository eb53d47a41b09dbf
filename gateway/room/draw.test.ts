import { createHash } from 'node:crypto'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { permute, positionOf } from './draw.ts'

const hash = (text: string) => createHash('sha256').update(text).digest()

describe('permute', () => {
  it('is a permutation of every size', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 600 }), fc.string(), (size, text) => {
        const seed = hash(text)
        const positions = new Set(Array.from({ length: size }, (_, i) => permute(i, size, seed)))
        expect(positions.size).toBe(size)
        expect([...positions].every((position) => position >= 0 && position < size)).toBe(true)
      }),
      { numRuns: 20, seed: 20_261_122 },
    )
  })

  it('gives another order under another seed, and the same under the same', () => {
    const order = (text: string) => Array.from({ length: 100 }, (_, i) => permute(i, 100, hash(text)))
    expect(order('a')).toEqual(order('a'))
    expect(order('a')).not.toEqual(order('b'))
  })

  it('stays in range at the largest size', () => {
    const size = 2 ** 30
    for (const value of [0, 1, size / 2, size - 1]) {
      const position = permute(value, size, hash('large'))
      expect(position).toBeGreaterThanOrEqual(0)
      expect(position).toBeLessThan(size)
    }
  })

  it.each([
    [0, 0],
    [-1, 10],
    [10, 10],
    [0.5, 10],
    [0, 2 ** 30 + 1],
  ])('refuses %d of %d', (value, size) => {
    expect(() => permute(value, size, hash('x'))).toThrow(RangeError)
  })
})

describe('positionOf', () => {
  const seed = hash('room')
  const secret = hash('secret')

  it('is the index where there is no draw', () => {
    expect(positionOf(41, undefined)).toBe(41)
  })

  it('permutes lobby entries and leaves those who came later behind them', () => {
    const draw = { secret, seed, lobbyEntries: 50 }
    const lobby = Array.from({ length: 50 }, (_, index) => positionOf(index, draw) ?? -1)
    expect(lobby.toSorted((a, b) => a - b)).toEqual(Array.from({ length: 50 }, (_, i) => i))
    expect(positionOf(50, draw)).toBe(50)
  })

  it('is unknown until the lots are drawn, except for those who came after the opening', () => {
    expect(positionOf(0, { secret, seed: undefined, lobbyEntries: undefined })).toBeUndefined()
    expect(positionOf(0, { secret, seed: undefined, lobbyEntries: 1 })).toBeUndefined()
    expect(positionOf(1, { secret, seed: undefined, lobbyEntries: 1 })).toBe(1)
  })
})
