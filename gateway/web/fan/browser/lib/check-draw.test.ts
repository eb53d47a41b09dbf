import { createHash, randomBytes } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { commitmentOf, firstSeedOf, positionOf, seedOf } from '../../../../room/draw.ts'
import { createParticipants } from '../../../../room/participants.ts'
import { checkDraw, indexOfEntry, type PublishedDraw } from './check-draw.ts'

const hexHash = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex')

function drawn(count: number, version: 1 | 2 = 2, signature?: string) {
  const [secret, log] = [randomBytes(32), randomBytes(16 * count)]
  const bitmap = randomBytes(Math.ceil(count / 8))
  if (count % 8 > 0) bitmap.writeUInt8(bitmap.readUInt8(count >> 3) & ~(0xff >> (count % 8)), count >> 3)
  const participants = createParticipants(bitmap)
  const round = { number: 12, at: new Date(0), publicKey: 'ab' }
  const hashes = { logHash: hexHash(log), participantsHash: hexHash(bitmap) }
  const closing = { participants: participants.count, ...hashes, closedAt: new Date(0), round }
  const seed =
    version === 1
      ? firstSeedOf(secret, 'r', count, Buffer.from(closing.logHash, 'hex'))
      : seedOf(secret, 'r', count, closing, signature ?? '')
  const draw: PublishedDraw = {
    room: 'r',
    version,
    commitment: commitmentOf(secret),
    secret: secret.toString('hex'),
    seed: seed.toString('hex'),
    lobbyEntries: count,
    ...(version === 1 ? {} : { closing: { ...closing, closedAt: closing.closedAt.toISOString() } }),
    ...(signature === undefined ? {} : { signature }),
  }
  const place = (index: number) =>
    positionOf(index, {
      ...{ version, secret, beacon: 'none', lobbyEntries: count, seed, participants },
      ...{ closing: undefined, signature: undefined },
    })
  return { draw, entries: new Uint8Array(log), bitmap: new Uint8Array(bitmap), place, participants }
}

describe("the browser's own check of a draw", () => {
  it.each([1, 2, 5, 16, 17, 1000])(
    'computes the same positions as the gateway among %i entries',
    async (count) => {
      for (const made of [drawn(count), drawn(count, 2, 'cd'.repeat(48)), drawn(count, 1)]) {
        const { draw, entries, bitmap, place, participants } = made
        for (const index of new Set([0, Math.floor(count / 2), count - 1])) {
          expect(await checkDraw(draw, entries, bitmap, index, { commitment: draw.commitment })).toEqual({
            status: 'honest',
            position: place(index),
            takesPart: draw.version === 1 || participants.has(index),
          })
        }
      }
    },
  )

  it('detects every kind of tampering', async () => {
    const { draw, entries, bitmap } = drawn(100)
    const other = drawn(100)
    const { closing } = draw
    if (closing === undefined) throw new Error('the lobby has closed')
    const changed = entries.map((byte, i) => (i === 5 ? byte ^ 1 : byte))
    const check = async (
      tampered: Partial<PublishedDraw>,
      { log = entries, takes = bitmap, promised = {} as Parameters<typeof checkDraw>[4] } = {},
    ) => {
      const result = await checkDraw({ ...draw, ...tampered }, log, takes, 3, promised)
      return result.status === 'dishonest' ? result.why : result.status
    }
    expect(await check({})).toBe('honest')
    expect(await check({ secret: other.draw.secret })).toBe('commitment')
    expect(await check({}, { promised: { commitment: other.draw.commitment } })).toBe('commitment')
    expect(await check({ lobbyEntries: 99 })).toBe('entries')
    expect(await check({}, { log: changed })).toBe('entries')
    expect(await check({}, { promised: { logHash: other.draw.seed } })).toBe('entries')
    expect(await check({}, { takes: bitmap.map((byte, i) => (i === 2 ? byte ^ 4 : byte)) })).toBe(
      'participants',
    )
    expect(await check({ closing: { ...closing, participants: 1000 } })).toBe('participants')
    expect(await check({}, { promised: { participantsHash: other.draw.seed } })).toBe('participants')
    expect(await check({ seed: other.draw.seed })).toBe('seed')
    expect(await check({ signature: 'ef'.repeat(48) })).toBe('seed')
  })

  it('gives later entries no drawn position', async () => {
    const { draw, entries, bitmap } = drawn(10)
    const result = await checkDraw(draw, entries, bitmap, 10, {})
    expect(result).toEqual({ status: 'honest', position: undefined, takesPart: undefined })
  })

  it('finds an entry in the log, at its own index only', () => {
    const { entries } = drawn(10)
    expect(indexOfEntry(entries, entries.slice(48, 64))).toBe(3)
    expect(indexOfEntry(entries, entries.slice(40, 56))).toBeUndefined()
  })
})
