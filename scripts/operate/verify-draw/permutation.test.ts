import { randomBytes } from 'node:crypto'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { permute } from '../../../gateway/room/draw.ts'
import { createPermutation, SIZE_MAX } from './permutation.ts'
import { isPermutation } from './verify.ts'

function expectAgreement(size: number, seed: Buffer, indexes: Iterable<number>) {
  const place = createPermutation(size, seed)
  for (const index of indexes) expect([index, place(index)]).toEqual([index, permute(index, size, seed)])
}

describe('the permutation', () => {
  it.each([1, 2, 3, 4, 5, 15, 16, 17, 1000])("equals the gateway's, for all indexes of %d", (size) => {
    expectAgreement(size, randomBytes(32), Array(size).keys())
  })

  it("equals the gateway's, for random sizes, seeds and indexes", () => {
    const size = fc.oneof(fc.integer({ min: 1, max: 2000 }), fc.integer({ min: 1, max: 50_000 }))
    const seed = fc.uint8Array({ minLength: 32, maxLength: 32 })
    fc.assert(
      fc.property(size, seed, fc.array(fc.nat(), { minLength: 1, maxLength: 20 }), (n, key, numbers) => {
        expectAgreement(
          n,
          Buffer.from(key),
          numbers.map((number) => number % n),
        )
      }),
      { numRuns: 60 },
    )
  })

  it("equals the gateway's at the largest size", () => {
    expectAgreement(SIZE_MAX, randomBytes(32), [0, 1, SIZE_MAX / 2, SIZE_MAX - 1])
  })

  it('uses every position once', () => {
    const place = createPermutation(100_000, randomBytes(32))
    expect(isPermutation(Uint32Array.from({ length: 100_000 }, (_, index) => place(index)))).toBe(true)
  })

  it.each([
    [0, 0],
    [SIZE_MAX + 1, 0],
    [10, 10],
    [10, -1],
    [10, 0.5],
  ])('of %d has no place for %d', (size, index) => {
    expect(() => createPermutation(size, randomBytes(32))(index)).toThrow(RangeError)
  })
})

describe('a check for permutations', () => {
  it.each([
    ['gives two the same position', (index: number) => Math.floor(index / 2)],
    ['leaves the range', (index: number) => index + 1],
  ])('fails when the rule %s', (_, place) => {
    expect(isPermutation(Uint32Array.from({ length: 10 }, (_, index) => place(index)))).toBe(false)
  })
})
