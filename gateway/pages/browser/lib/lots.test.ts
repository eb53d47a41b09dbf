import { createHash, randomBytes } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { commitmentOf, permute, seedOf } from '../../../room/draw.ts'
import { checkDraw, indexOfEntry, type PublishedDraw } from './lots.ts'

function drawn(count: number) {
  const [secret, log] = [randomBytes(32), randomBytes(16 * count)]
  const seed = seedOf(secret, 'r', count, createHash('sha256').update(log).digest())
  const draw: PublishedDraw = {
    room: 'r',
    version: 1,
    commitment: commitmentOf(secret),
    secret: secret.toString('hex'),
    seed: seed.toString('hex'),
    lobbyEntries: count,
  }
  return { draw, entries: new Uint8Array(log), seed }
}

describe("the browser's own check of a draw", () => {
  it.each([1, 2, 5, 16, 17, 1000])('computes the positions that the gateway drew among %i', async (count) => {
    const { draw, entries, seed } = drawn(count)
    for (const index of new Set([0, Math.floor(count / 2), count - 1])) {
      expect(await checkDraw(draw, entries, index, draw.commitment)).toEqual({
        status: 'honest',
        position: permute(index, count, seed),
      })
    }
  })

  it('finds every kind of tampering', async () => {
    const { draw, entries } = drawn(100)
    const other = drawn(100)
    const changed = entries.map((byte, i) => (i === 5 ? byte ^ 1 : byte))
    const check = async (tampered: Partial<PublishedDraw>, log = entries, promised = draw.commitment) =>
      await checkDraw({ ...draw, ...tampered }, log, 3, promised)
    expect(await check({ secret: other.draw.secret })).toEqual({ status: 'dishonest', why: 'commitment' })
    expect(await check({}, entries, other.draw.commitment)).toEqual({
      status: 'dishonest',
      why: 'commitment',
    })
    expect(await check({ lobbyEntries: 99 })).toEqual({ status: 'dishonest', why: 'entries' })
    expect(await check({}, changed)).toEqual({ status: 'dishonest', why: 'seed' })
    expect(await check({ seed: other.draw.seed })).toEqual({ status: 'dishonest', why: 'seed' })
  })

  it('gives nobody who came later a lot', async () => {
    const { draw, entries } = drawn(10)
    expect(await checkDraw(draw, entries, 10, undefined)).toEqual({ status: 'honest', position: undefined })
  })

  it('finds a key in the log, at its own place only', () => {
    const { entries } = drawn(10)
    expect(indexOfEntry(entries, entries.slice(48, 64))).toBe(3)
    expect(indexOfEntry(entries, entries.slice(40, 56))).toBeUndefined()
  })
})
