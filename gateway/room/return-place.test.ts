import { randomBytes } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { roomKeys } from '../../shared/redis/keys.ts'
import { publishTestRoom, type TestSettings, useRedis } from '../../shared/testing/redis.ts'
import { admitUntil, byArrival } from '../testing/room.ts'
import { bindPlace } from './bind-place.ts'
import { type ClaimResult, claimPass } from './claim-pass.ts'
import { enterRoom } from './enter-room.ts'
import { leaveRoom } from './leave.ts'
import { restorePlace } from './restore.ts'
import { type ReturnedPlace, returnPlace } from './return-place.ts'

const { redis, caller } = useRedis(4)
const EPOCH = 3
/** When the older fan entered, and the newer one. */
const [OLDER, NEWER] = [1_800_000_000, 1_800_000_005]

type Fan = { index: number; entry: string; account: string }
const newFan = (index: number, account: string): Fan => ({
  index,
  entry: randomBytes(16).toString('base64url'),
  account,
})

/** A room that was restored with this many places. */
async function restoredRoom(places: number, settings: TestSettings = {}) {
  const room = await publishTestRoom(redis(), { settings })
  const keys = roomKeys(room)
  if (places > 0) await redis().set(keys.entries, Buffer.alloc(16 * places))
  await redis().hset(keys.settings, 'epoch', EPOCH, 'restored', ` ${EPOCH}:${places}`)
  return {
    room,
    keys,
    restoring: () => redis().hset(keys.settings, 'restoringUntil', 4_000_000_000_000, 'restored', ''),
    restored: () => redis().hset(keys.settings, 'restoringUntil', 1, 'restored', ` ${EPOCH}:${places}`),
    async enter(account: string): Promise<Fan> {
      const fan = newFan(0, account)
      const result = await enterRoom(
        { redis: redis(), rememberSeconds: 60 },
        room,
        Buffer.from(fan.entry, 'base64url'),
      )
      if (result.status !== 'entered') throw new Error(result.status)
      return { ...fan, index: result.index }
    },
    again: (fan: Fan) =>
      enterRoom({ redis: redis(), rememberSeconds: 60 }, room, Buffer.from(fan.entry, 'base64url')),
    giveBack: (fan: Fan, values: Partial<ReturnedPlace> = {}, n = 0) =>
      returnPlace(
        caller(n),
        { room, epoch: EPOCH },
        { ...fan, position: fan.index, enteredSeconds: OLDER, isLost: true, ...values },
      ),
    claim: (fan: Fan, n = 0): Promise<ClaimResult> =>
      claimPass(caller(n), { room, epoch: EPOCH, position: fan.index, ...fan }, byArrival),
    log: async () => {
      const log = (await redis().getBuffer(keys.entries)) ?? Buffer.alloc(0)
      return Array.from({ length: log.length / 16 }, (_, i) =>
        log.subarray(i * 16, i * 16 + 16).toString('base64url'),
      )
    },
  }
}

describe('H9: an index that was lost in a failover and reissued before its fan came back', () => {
  it('is returned to the older fan, and the newer one moves to the end of the queue with its account', async () => {
    const { room, keys, enter, giveBack, log } = await restoredRoom(2)
    const [newer, behind] = [await enter('newer'), await enter('behind')]
    expect([newer.index, behind.index]).toEqual([2, 3])
    await bindPlace(redis(), { room, ...newer }, byArrival)
    const older = newFan(2, 'older')
    expect(await giveBack(older)).toEqual({ status: 'theirs' })
    expect((await log()).slice(2)).toEqual([older.entry, behind.entry, newer.entry])
    expect(await redis().hgetall(keys.accounts)).toEqual({
      ...{ 2: 'older', '@older': '2' },
      ...{ 4: 'newer', '@newer': '4' },
    })
    for (let times = 0; times < 2; times += 1) {
      expect(await giveBack(newer, { isLost: false })).toEqual({ status: 'moved', index: 4 })
      expect(await giveBack(older)).toEqual({ status: 'theirs' })
    }
    expect(await redis().hget(keys.settings, 'moved')).toBe('1')
  })

  it('stays bound to the older fan’s account, which is not bound to the newer fan’s place instead', async () => {
    const { room, keys, enter, giveBack } = await restoredRoom(2)
    const newer = await enter('newer')
    await redis().hset(keys.accounts, { 2: 'older', '@older': 2 })
    const older = newFan(2, 'older')
    expect(await giveBack(older)).toEqual({ status: 'theirs' })
    expect(await redis().hgetall(keys.accounts)).toEqual({ 2: 'older', '@older': '2' })
    const end = await bindPlace(redis(), { room, ...newer, index: 3 }, byArrival)
    expect(end.status).toBe('bound')
  })

  it('grants its newer holder nothing any more: no pass, no binding, and nothing to leave', async () => {
    const { room, enter, giveBack, claim, again } = await restoredRoom(0)
    const newer = await enter('newer')
    const older = newFan(0, 'older')
    await giveBack(older, { account: '' })
    await admitUntil(redis(), room, 2)
    expect(await claim(newer)).toEqual({ status: 'moved' })
    expect(await bindPlace(redis(), { room, ...newer }, byArrival)).toEqual({ status: 'moved' })
    const left = await leaveRoom(redis(), { room, position: 0, ...newer, account: undefined })
    expect(left).toEqual({ status: 'moved' })
    expect(await claim(older)).toMatchObject({ status: 'pass' })
    // A repeated entry returns the place that it was moved to.
    expect(await again(newer)).toMatchObject({ status: 'entered', index: 1 })
    expect(await claim({ ...newer, index: 1 })).toMatchObject({ status: 'pass' })
  })

  it('grants nothing to the newer fan’s other device either, whose token names the account alone', async () => {
    const { room, keys, enter, giveBack, claim } = await restoredRoom(0)
    const newer = await enter('newer')
    await bindPlace(redis(), { room, ...newer }, byArrival)
    // As found by the account, before the older fan came back.
    const found = { index: 0, entry: '', account: 'newer' }
    const older = newFan(0, 'older')
    await giveBack(older, { account: '' })
    const end = { ...newer, index: 1, position: 1 }
    expect(await claim(found)).toMatchObject({ status: 'waiting' })
    expect(await bindPlace(redis(), { room, ...found }, byArrival)).toEqual({ status: 'elsewhere', index: 1 })
    await admitUntil(redis(), room, 2)
    expect(await leaveRoom(redis(), { room, ...end })).toEqual({ status: 'left' })
    expect(await claim(found)).toEqual({ status: 'moved' })
    expect(await bindPlace(redis(), { room, ...found }, byArrival)).toEqual({ status: 'moved' })
    const left = await leaveRoom(redis(), { room, position: 0, ...found })
    expect([left, await redis().hgetall(keys.accounts)]).toEqual([{ status: 'moved' }, {}])
    expect(await claim(older)).toMatchObject({ status: 'pass' })
  })

  it('stays with the newer fan who has claimed a pass, and the older moves to the end of the queue', async () => {
    const { room, enter, giveBack, claim } = await restoredRoom(0)
    const newer = await enter('newer')
    await admitUntil(redis(), room, 1)
    const pass = await claim(newer)
    expect(pass).toMatchObject({ status: 'pass' })
    const older = newFan(0, 'older')
    for (let times = 0; times < 2; times += 1)
      expect(await giveBack(older)).toEqual({ status: 'moved', index: 1 })
    expect(await claim(newer)).toEqual(pass)
    expect(await claim(older)).toEqual({ status: 'moved' })
  })

  it('never admits two fans with one position, when both claim while the older returns', async () => {
    for (let round = 0; round < 20; round += 1) {
      const { room, keys, enter, giveBack, claim } = await restoredRoom(0)
      const newer = await enter('newer')
      await admitUntil(redis(), room, 1)
      const older = newFan(0, 'older')
      const [one, , two] = await Promise.all([claim(newer, 1), giveBack(older, {}, 2), claim(older, 3)])
      const results = [one, two, await claim(newer), await claim(older)]
      const passes = results.flatMap((result) => (result.status === 'pass' ? [result.passId] : []))
      expect(new Set(passes).size).toBe(1)
      expect(await redis().zcard(keys.passes)).toBe(1)
      // The owner of the place has a pass, and the other fan was moved.
      const replies = [await giveBack(newer, { isLost: false }), await giveBack(older)]
      const [admitted] = await redis().zrange(keys.passes, '0', '-1')
      const places = admitted === 'newer' ? replies : replies.toReversed()
      expect(places).toEqual([{ status: 'theirs' }, { status: 'moved', index: 1 }])
    }
  })

  it('is returned to the oldest of several fans, whichever returns first', async () => {
    const { enter, giveBack, log } = await restoredRoom(0)
    await enter('newest')
    const [older, oldest] = [newFan(0, 'older'), newFan(0, 'oldest')]
    expect(await giveBack(older, { enteredSeconds: NEWER })).toEqual({ status: 'theirs' })
    expect(await giveBack(oldest)).toEqual({ status: 'theirs' })
    expect(await giveBack(older, { enteredSeconds: NEWER })).toEqual({ status: 'moved', index: 2 })
    expect((await log()).slice(0, 1)).toEqual([oldest.entry])
  })

  it('is also returned beyond the end of the queue, where no other entry has it', async () => {
    const { enter, giveBack, log } = await restoredRoom(1, { entriesMax: 5 })
    const fan = newFan(3, 'fan')
    expect(await giveBack(fan)).toEqual({ status: 'theirs' })
    expect((await log())[3]).toBe(fan.entry)
    expect((await enter('newcomer')).index).toBe(4)
    expect(await giveBack(newFan(9, 'far'))).toEqual({ status: 'lost' })
  })

  it('is not returned while the room is being restored, or in another epoch', async () => {
    const { room, restoring, giveBack } = await restoredRoom(3)
    const place = { ...newFan(1, 'fan'), position: 1, isLost: false }
    expect(await returnPlace(redis(), { room, epoch: EPOCH - 1 }, place)).toEqual({ status: 'absent' })
    await restoring()
    expect(await giveBack(newFan(1, 'fan'))).toEqual({ status: 'absent' })
  })
})

describe('H9: an index that two Redis servers have issued, while the room is restored', () => {
  const inOrder = (fans: readonly [Fan, number][]) => [fans, fans.toReversed()]

  it('is returned to the older entry, in whatever order the two return it', async () => {
    const [older, newer] = [newFan(1, 'older'), newFan(1, 'newer')]
    for (const order of inOrder([
      [older, OLDER],
      [newer, NEWER],
    ])) {
      const { room, keys, restoring, restored, giveBack, log } = await restoredRoom(3)
      await restoring()
      for (const [fan, enteredSeconds] of [...order, ...order])
        await restorePlace(redis(), room, EPOCH, { ...fan, enteredSeconds })
      expect((await log())[1]).toBe(older.entry)
      expect(await redis().hgetall(keys.accounts)).toEqual({ 1: 'older', '@older': '1' })
      expect(await restorePlace(redis(), room, EPOCH, { ...newer, enteredSeconds: NEWER })).toEqual({
        status: 'restored',
        isTheirs: false,
      })
      await restored()
      const later = { enteredSeconds: NEWER, isLost: false }
      expect(await giveBack(newer, later)).toEqual({ status: 'moved', index: 3 })
      expect(await giveBack(older, { isLost: false })).toEqual({ status: 'theirs' })
    }
  })

  it('is not taken from the older fan by a token that names the account alone', async () => {
    const { room, keys, restoring, restored, claim } = await restoredRoom(3)
    const [older, found] = [newFan(1, ''), { index: 1, account: 'newer' }]
    await restoring()
    await restorePlace(redis(), room, EPOCH, { ...older, enteredSeconds: OLDER })
    const given = await restorePlace(redis(), room, EPOCH, { ...found, enteredSeconds: NEWER })
    expect(given).toEqual({ status: 'restored', isTheirs: false })
    expect(await redis().hgetall(keys.accounts)).toEqual({})
    await restored()
    await admitUntil(redis(), room, 3)
    expect(await claim({ ...found, entry: '' })).toEqual({ status: 'moved' })
    expect(await claim({ ...older, account: 'older' })).toMatchObject({ status: 'pass' })
  })

  it('is bound again by a token that names the account alone, where no other entry has it', async () => {
    const { room, keys, restoring } = await restoredRoom(3)
    await restoring()
    const given = await restorePlace(redis(), room, EPOCH, { index: 1, account: 'fan' })
    expect(given).toEqual({ status: 'restored', isTheirs: true })
    expect(await redis().hgetall(keys.accounts)).toEqual({ 1: 'fan', '@fan': '1' })
  })

  it('is returned to the older entry although the binding of the newer may be the one stored in MySQL', async () => {
    const [older, newer] = [newFan(1, 'older'), newFan(1, 'newer')]
    for (const isNewerBack of [true, false]) {
      const { room, keys, restoring, restored, giveBack } = await restoredRoom(3)
      await restoring()
      await redis().hset(keys.accounts, { 1: 'newer', '@newer': 1 })
      const back = () => restorePlace(redis(), room, EPOCH, { ...older, enteredSeconds: OLDER })
      await back()
      if (isNewerBack) await restorePlace(redis(), room, EPOCH, { ...newer, enteredSeconds: NEWER })
      await back()
      await restored()
      const moved = await giveBack(newer, { enteredSeconds: NEWER, isLost: false })
      expect(moved).toEqual({ status: 'moved', index: 3 })
      expect(await redis().hmget(keys.accounts, '3', '@newer')).toEqual(['newer', '3'])
      expect(await redis().hget(keys.accounts, '1')).toBe(isNewerBack ? 'older' : null)
      const bound = await bindPlace(redis(), { room, ...older }, byArrival)
      expect(bound.status).toBe('bound')
    }
  })

  it('includes its chance in the draw, and gives no fan two', async () => {
    const { room, keys, enter, giveBack } = await restoredRoom(0, {
      order: 'draw',
      opensAt: 4_000_000_000_000,
    })
    const newer = await enter('newer')
    const proof = { network: 'n', domain: 'd' }
    await bindPlace(redis(), { room, ...newer, proof }, byArrival)
    await giveBack(newFan(0, 'older'), { position: undefined, takesPart: true })
    expect(await redis().getBuffer(keys.participants)).toEqual(Buffer.from([0b1100_0000]))
    expect(await redis().hmget(keys.chances, 'count', 'at:0', 'at:1')).toEqual(['2', ' ', 'n d'])
  })

  it('is unchanged in a lobby that has closed, whose log was published', async () => {
    const { keys, giveBack, log } = await restoredRoom(0, { order: 'draw' })
    const drawn = randomBytes(16)
    await redis().set(keys.entries, Buffer.concat([drawn, Buffer.alloc(16)]))
    await redis().hset(keys.admission, 'lobbyEntries', 2)
    expect(await giveBack(newFan(0, 'fan'), { position: undefined })).toEqual({ status: 'moved', index: 2 })
    expect(await giveBack(newFan(1, 'another'), { position: undefined })).toEqual({ status: 'theirs' })
    expect((await log()).slice(0, 2)).toEqual([drawn.toString('base64url'), 'A'.repeat(22)])
  })
})
