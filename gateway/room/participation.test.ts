import { randomBytes } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { roomKeys } from '../../shared/redis/keys.ts'
import { publishTestRoom, type TestSettings, useRedis } from '../../shared/testing/redis.ts'
import { admitOnce, enterMany } from '../testing/room.ts'
import { bindPlace, type CountedProof, type Participation } from './bind-place.ts'
import { claimPass } from './claim-pass.ts'
import { createCountProof } from './counted-proof.ts'
import { leaveRoom } from './leave.ts'

const { redis, caller } = useRedis(4)
const HOUR_MS = 3_600_000
const drawing = { order: 'draw', drawSecret: 'ab'.repeat(32) } as const

async function lobby(entries: number, settings: TestSettings = {}) {
  const all = { ...drawing, ...settings }
  const room = await publishTestRoom(redis(), { settings: { ...all, opensAt: Date.now() + HOUR_MS } })
  await enterMany(redis(), room, entries)
  const change = (version: number, change: TestSettings) =>
    publishTestRoom(redis(), {
      room,
      settings: { ...all, opensAt: Date.now() + HOUR_MS, ...change, version },
    })
  return { room, change }
}

const PROVEN: CountedProof = { network: '', domain: '' }

async function bind(
  room: string,
  index: number,
  account: string,
  proof: CountedProof | undefined = PROVEN,
  n = 0,
) {
  return await bindPlace(caller(n), { room, index, account, proof }, () => undefined)
}

const took = async (...args: Parameters<typeof bind>): Promise<Participation | string> => {
  const result = await bind(...args)
  return result.status === 'bound' ? result.participates : result.status
}

const leave = (room: string, index: number, account: string) =>
  leaveRoom(redis(), { room, index, position: undefined, account })

/** The indexes that take part. */
async function taking(room: string): Promise<number[]> {
  const bitmap = (await redis().getBuffer(roomKeys(room).participants)) ?? Buffer.alloc(0)
  return Array.from({ length: bitmap.length * 8 }, (_, index) => index).filter(
    (index) => ((bitmap[index >> 3] ?? 0) & (0x80 >> (index % 8))) !== 0,
  )
}

const counts = (room: string) => redis().hgetall(roomKeys(room).chances)

describe('C2: a chance in the draw', () => {
  it('is given to one place of a proven account, however many places it tries', async () => {
    const { room } = await lobby(500)
    const results = await Promise.all(
      Array.from({ length: 500 }, (_, n) => bind(room, n, 'hoarder', PROVEN, n)),
    )
    expect(results.filter(({ status }) => status === 'bound')).toHaveLength(1)
    expect(results.filter(({ status }) => status === 'elsewhere')).toHaveLength(499)
    expect(await taking(room)).toHaveLength(1)
  })

  it('is not given to an unproven account, until the place is bound again with a proof', async () => {
    const { room } = await lobby(1)
    const unproven = await bindPlace(redis(), { room, index: 0, account: 'a' }, () => undefined)
    expect(unproven).toEqual({ status: 'bound', participates: { reason: 'unproven' } })
    expect(await taking(room)).toEqual([])
    expect(await took(room, 0, 'a')).toBe(true)
    expect(await took(room, 0, 'a')).toBe(true)
    // A session from before the proof does not revoke it.
    const again = await bindPlace(redis(), { room, index: 0, account: 'a' }, () => undefined)
    expect(again).toEqual({ status: 'bound', participates: true })
    expect(await counts(room)).toMatchObject({ count: '1' })
  })

  it('is refused from the opening on, to the millisecond of Redis’ clock, and preserved for those who have it', async () => {
    const { room, change } = await lobby(3)
    expect(await took(room, 0, 'early')).toBe(true)
    await change(2, { opensAt: 0 })
    expect(await took(room, 1, 'late')).toEqual({ reason: 'too-late' })
    expect(await took(room, 0, 'early')).toBe(true)
    await admitOnce(redis(), room)
    // Nor when the opening is postponed after the lobby has closed.
    await change(3, {})
    expect(await took(room, 1, 'late')).toEqual({ reason: 'too-late' })
    expect(await taking(room)).toEqual([0])
  })

  it('is removed with the place that is left, and its account may take another', async () => {
    const { room, change } = await lobby(3, { participantsPerNetworkMax: 1 })
    const proof = { network: 'n', domain: 'd' }
    expect(await took(room, 0, 'a', proof)).toBe(true)
    expect(await leave(room, 0, 'b')).toEqual({ status: 'other-account' })
    expect(await leave(room, 0, 'a')).toEqual({ status: 'left' })
    expect(await leave(room, 0, 'a')).toEqual({ status: 'left' })
    expect(await counts(room)).toEqual({ count: '0' })
    expect(await took(room, 2, 'a', proof)).toBe(true)
    expect(await taking(room)).toEqual([2])
    await change(2, { opensAt: 0 })
    await admitOnce(redis(), room)
    expect(await leave(room, 2, 'a')).toEqual({ status: 'drawing' })
    expect(await taking(room)).toEqual([2])
  })

  it('is limited exactly by network and by mail domain, when many bind concurrently', async () => {
    const settings = { participantsPerNetworkMax: 10, participantsPerDomainMax: 5 }
    const { room, change } = await lobby(300, settings)
    const proofs = [
      { network: 'n1', domain: '' },
      { network: 'n2', domain: 'd1' },
      { network: '', domain: '' },
    ]
    const results = await Promise.all(
      Array.from({ length: 300 }, (_, n) => took(room, n, `fan-${n}`, proofs[n % 3], n)),
    )
    const of = (kind: number, wanted: Participation) =>
      results.filter((result, n) => n % 3 === kind && JSON.stringify(result) === JSON.stringify(wanted))
        .length
    expect([of(0, true), of(0, { reason: 'network-limit' })]).toEqual([10, 90])
    expect([of(1, true), of(1, { reason: 'domain-limit' })]).toEqual([5, 95])
    expect(of(2, true)).toBe(100)
    // Repeated requests are counted once.
    await Promise.all(Array.from({ length: 300 }, (_, n) => took(room, n, `fan-${n}`, proofs[n % 3], n)))
    const limits = { 'network-limit': '90', 'domain-limit': '95' }
    expect(await counts(room)).toMatchObject({
      count: '115',
      'network:n1': '10',
      'domain:d1': '5',
      ...limits,
    })
    // The organiser sees that, and raises the limit.
    await change(2, { ...settings, participantsPerNetworkMax: 0 })
    const refused = results.findIndex((result, n) => n % 3 === 0 && result !== true)
    expect(await took(room, refused, `fan-${refused}`, proofs[0])).toBe(true)
    expect(await counts(room)).toMatchObject({ count: '116', 'network-limit': '89' })
  })

  it('is not mentioned in a room by arrival, and is given once the organiser chooses a draw', async () => {
    const { room, change } = await lobby(2, { order: 'arrival' })
    expect(await bind(room, 1, 'a')).toEqual({ status: 'bound', participates: undefined })
    await change(2, { order: 'draw' })
    expect(await took(room, 1, 'a')).toBe(true)
    expect(await taking(room)).toEqual([1])
  })

  it('is preserved when others left their places while the room still went by arrival', async () => {
    const { room, change } = await lobby(3, { order: 'arrival' })
    for (const index of [0, 1])
      expect(await leaveRoom(redis(), { room, index, position: index, account: undefined })).toEqual({
        status: 'left',
      })
    await change(2, { order: 'draw' })
    expect(await took(room, 2, 'a')).toBe(true)
    await change(3, { order: 'draw', opensAt: 0 })
    await admitOnce(redis(), room)
    const { admission, claimed } = roomKeys(room)
    await redis().hset(admission, { seed: 'ab'.repeat(32), tokens: 10, at: Date.now() })
    // The participant is drawn to the first position.
    expect(await redis().getbit(claimed, 0)).toBe(0)
    expect(await admitOnce(redis(), room)).toMatchObject({ serving: 2 })
    const draw = (index: number) => (index + 1) % 3
    const entered = await claimPass(redis(), { room, index: 2, position: draw(2), account: 'a' }, draw)
    expect(entered.status).toBe('pass')
  })

  it('has no effect in a room of draw version 1, where the entire lobby is drawn', async () => {
    const { room } = await lobby(2, { drawVersion: 1 })
    expect(await bind(room, 1, 'a')).toEqual({ status: 'bound', participates: undefined })
    expect(await taking(room)).toEqual([])
  })
})

describe('what a chance is counted under', () => {
  const count = createCountProof('a secret of at least 32 characters')

  it('is a hash of network and mail domain, different in each room', () => {
    const proof = { method: 'email', group: 'mail.example' } as const
    const counted = count('r', proof, '192.0.2.7')
    expect(count('r', proof, '192.0.2.7')).toEqual(counted)
    expect(JSON.stringify(counted)).not.toMatch(/192|mail|example/)
    const others = [
      count('s', proof, '192.0.2.7'),
      count('r', proof, '192.0.2.8'),
      count('r', { ...proof, group: 'other.example' }, '192.0.2.7'),
      createCountProof(randomBytes(32).toString('hex'))('r', proof, '192.0.2.7'),
    ]
    for (const other of others) expect(other).not.toEqual(counted)
  })

  it('is empty for a known mail provider and for our own hosts, and undefined without a proof', () => {
    expect(count('r', { method: 'email', group: '' }, undefined)).toEqual({ network: '', domain: '' })
    expect(count('r', undefined, '192.0.2.7')).toBeUndefined()
  })
})
