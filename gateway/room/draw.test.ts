import { createHash } from 'node:crypto'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type Draw, permute, positionOf, seedOf } from './draw.ts'
import { createParticipants } from './participants.ts'

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

  it('gives a different order for a different seed, and the same order for the same seed', () => {
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
  const none = { lobbyEntries: undefined, closing: undefined, signature: undefined, seed: undefined }
  const undrawn = { ...none, beacon: 'none' as const, secret: hash('secret'), participants: undefined }
  const firstVersion = (known: Partial<Draw>): Draw => ({ ...undrawn, version: 1, ...known })

  it('returns the index where there is no draw', () => {
    expect(positionOf(41, undefined)).toBe(41)
  })

  it('permutes lobby entries and leaves later entries behind them', () => {
    const draw = firstVersion({ seed, lobbyEntries: 50 })
    const lobby = Array.from({ length: 50 }, (_, index) => positionOf(index, draw) ?? -1)
    expect(lobby.toSorted((a, b) => a - b)).toEqual(Array.from({ length: 50 }, (_, i) => i))
    expect(positionOf(50, draw)).toBe(50)
  })

  it('is unknown until the draw is made, except for entries after the opening', () => {
    expect(positionOf(0, firstVersion({}))).toBeUndefined()
    expect(positionOf(0, firstVersion({ lobbyEntries: 1 }))).toBeUndefined()
    expect(positionOf(1, firstVersion({ lobbyEntries: 1 }))).toBe(1)
  })

  it('puts participants first in drawn order, then the rest of the lobby in order of arrival', () => {
    fc.assert(
      fc.property(fc.array(fc.boolean(), { maxLength: 1200 }), (taking) => {
        const bitmap = new Uint8Array(Math.ceil(taking.length / 8))
        for (const [index, takes] of taking.entries()) {
          if (takes) bitmap[index >> 3] = (bitmap[index >> 3] ?? 0) | (0x80 >> (index % 8))
        }
        const participants = createParticipants(bitmap)
        const draw: Draw = { ...undrawn, version: 2, seed, lobbyEntries: taking.length, participants }
        const positions = taking.map((_, index) => positionOf(index, draw) ?? -1)
        expect(positions.toSorted((a, b) => a - b)).toEqual(taking.map((_, position) => position))
        const count = taking.filter((takes) => takes).length
        expect(participants.count).toBe(count)
        const rest = positions.filter((_, index) => taking[index] === false)
        expect(rest).toEqual(rest.map((_, i) => count + i))
        expect(positionOf(taking.length, draw)).toBe(taking.length)
      }),
      { numRuns: 60, seed: 20_261_129 },
    )
  })

  it('is unknown in draw version 2 until this process has read the participants', () => {
    const draw: Draw = { ...undrawn, version: 2, seed, lobbyEntries: 1 }
    expect(positionOf(0, draw)).toBeUndefined()
    expect(positionOf(1, draw)).toBe(1)
  })
})

describe('the seed of a draw', () => {
  const closing = {
    participants: 3,
    logHash: '11'.repeat(32),
    participantsHash: '22'.repeat(32),
    closedAt: new Date(0),
    round: { number: 7, at: new Date(0), publicKey: 'ab' },
  }
  const of = (change: Partial<typeof closing>, signature = 'cd'.repeat(48)) =>
    seedOf(hash('secret'), 'r', 9, { ...closing, ...change }, signature).toString('hex')

  it('depends on log, participants, round and randomness', () => {
    const changed = [
      of({}),
      of({ logHash: '12'.repeat(32) }),
      of({ participantsHash: '23'.repeat(32) }),
      of({ round: { ...closing.round, number: 8 } }),
      of({}, 'ce'.repeat(48)),
      of({}, ''),
    ]
    expect(new Set(changed).size).toBe(changed.length)
  })
})
