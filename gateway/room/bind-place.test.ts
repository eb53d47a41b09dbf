import { describe, expect, it } from 'vitest'
import { roomKeys } from '../../shared/redis/keys.ts'
import { publishTestRoom, useRedis } from '../../shared/testing/redis.ts'
import { admitOnce, admitUntil, byArrival, claimByArrival, enterMany } from '../testing/room.ts'
import { type BindResult, bindPlace } from './bind-place.ts'
import { findPlace } from './find-place.ts'
import { leaveRoom } from './leave.ts'

const { redis, caller } = useRedis(4)

const bind = (room: string, index: number, account: string, n = 0) =>
  bindPlace(caller(n), { room, index, account }, byArrival)

const count = (results: readonly BindResult[], status: BindResult['status']) =>
  results.filter((result) => result.status === status).length

async function roomOf(entries: number, called = 0, maxActive = 100_000): Promise<string> {
  const room = await publishTestRoom(redis())
  await enterMany(redis(), room, called)
  await admitUntil(redis(), room, called)
  await publishTestRoom(redis(), { room, settings: { maxActive, version: 2 } })
  await enterMany(redis(), room, entries - called)
  return room
}

/** The bindings by account; asserts that both directions of the hash agree. */
async function bindingsOf(room: string): Promise<Record<string, number>> {
  const fields = await redis().hgetall(roomKeys(room).accounts)
  const entries = Object.entries(fields)
  const byAccount = entries.filter(([field]) => field.startsWith('@'))
  expect(entries).toHaveLength(2 * byAccount.length)
  for (const [field, index] of byAccount) expect(fields[index]).toBe(field.slice(1))
  return Object.fromEntries(byAccount.map(([field, index]) => [field.slice(1), Number(index)]))
}

/** Ends the pass of an account as if it had expired. */
const endPass = (room: string, account: string) => redis().zadd(roomKeys(room).passes, 1, account)

/** Lets the grace of all calls pass, as a decision would record it. */
async function endGrace(room: string, last: number): Promise<void> {
  const { calls, admission } = roomKeys(room)
  await redis().del(calls)
  await redis().hset(admission, 'missedThrough', last)
}

describe('binding a place', () => {
  it('lets the account find the place, and changes nothing when repeated', async () => {
    const room = await roomOf(3)
    expect(await findPlace(redis(), { room, epoch: 1 }, 'a')).toEqual({ status: 'none' })
    expect(await bind(room, 1, 'a')).toMatchObject({ status: 'bound' })
    expect(await bind(room, 1, 'a')).toMatchObject({ status: 'bound' })
    expect(await findPlace(redis(), { room, epoch: 1 }, 'a')).toMatchObject({ status: 'found', index: 1 })
    expect(await findPlace(redis(), { room, epoch: 2 }, 'a')).toEqual({ status: 'absent' })
    expect(await bindingsOf(room)).toEqual({ a: 1 })
  })

  it('binds a place to one account, when a hundred bind it concurrently', async () => {
    const room = await roomOf(1)
    const results = await Promise.all(Array.from({ length: 100 }, (_, n) => bind(room, 0, `account-${n}`, n)))
    expect(count(results, 'bound')).toBe(1)
    expect(count(results, 'other-account')).toBe(99)
    expect(Object.values(await bindingsOf(room))).toEqual([0])
  })

  it('binds an account to one place, when it binds a hundred concurrently', async () => {
    const room = await roomOf(100)
    const results = await Promise.all(Array.from({ length: 100 }, (_, n) => bind(room, n, 'one', n)))
    expect(count(results, 'bound')).toBe(1)
    const { one } = await bindingsOf(room)
    expect(results.filter(({ status }) => status === 'elsewhere')).toEqual(
      Array.from({ length: 99 }, () => ({ status: 'elsewhere', index: one })),
    )
  })

  it('binds an account to one other place, when its first is over and it binds a hundred concurrently', async () => {
    const room = await roomOf(101, 1)
    await bind(room, 0, 'one')
    await endGrace(room, 0)
    const results = await Promise.all(Array.from({ length: 100 }, (_, n) => bind(room, n + 1, 'one', n)))
    expect(count(results, 'bound')).toBe(1)
    expect(count(results, 'elsewhere')).toBe(99)
    expect(Object.keys(await bindingsOf(room))).toEqual(['one'])
  })

  it('keeps accounts and places one to one, when ten accounts bind ten places concurrently', async () => {
    const room = await roomOf(10)
    await Promise.all(
      Array.from({ length: 100 }, (_, n) => bind(room, n % 10, `account-${Math.floor(n / 10)}`, n)),
    )
    const indexes = Object.values(await bindingsOf(room))
    expect(new Set(indexes).size).toBe(indexes.length)
  })

  it.each([
    ['waiting', 5, 0, async () => {}],
    ['called', 5, 1, async () => {}],
    ['admitted', 5, 1, (room: string) => claimByArrival(redis(), { room, position: 0, account: 'a' })],
  ])('is refused to an account whose first place is %s', async (_, entries, called, arrange) => {
    const room = await roomOf(entries, called)
    await bind(room, 0, 'a')
    await arrange(room)
    expect(await bind(room, 4, 'a')).toEqual({ status: 'elsewhere', index: 0 })
    expect(await findPlace(redis(), { room, epoch: 1 }, 'a')).toMatchObject({ status: 'found', index: 0 })
  })

  it('is refused to an account whose turn is reserved, and allowed once that has lapsed', async () => {
    const room = await roomOf(5, 2, 1)
    await claimByArrival(redis(), { room, position: 0, account: 'b' })
    expect((await claimByArrival(redis(), { room, position: 1, account: 'a' })).status).toBe('retained')
    await endGrace(room, 1)
    expect(await bind(room, 4, 'a')).toEqual({ status: 'elsewhere', index: 1 })
    await redis().zadd(roomKeys(room).turnEnds, 1, '1')
    expect(await bind(room, 4, 'a')).toMatchObject({ status: 'bound' })
  })

  it.each([
    ['missed', (room: string) => endGrace(room, 0)],
    [
      'used and the pass has ended',
      async (room: string) => {
        await claimByArrival(redis(), { room, position: 0, account: 'a' })
        await endPass(room, 'a')
      },
    ],
    [
      'left',
      (room: string) => leaveRoom(redis(), { room, index: 0, position: 0, account: 'a' }).then(() => {}),
    ],
  ])('is open again to an account whose first place is %s', async (_, arrange) => {
    const room = await roomOf(5, 1)
    await bind(room, 0, 'a')
    await arrange(room)
    expect(await bind(room, 4, 'a')).toMatchObject({ status: 'bound' })
    expect(await bindingsOf(room)).toEqual({ a: 4 })
  })

  it('keeps the first binding before the draw is made, since its position is unknown until then', async () => {
    const room = await roomOf(5, 1)
    await bind(room, 0, 'a')
    await endGrace(room, 0)
    const undrawn = bindPlace(redis(), { room, index: 4, account: 'a' }, () => undefined)
    expect(await undrawn).toEqual({ status: 'elsewhere', index: 0 })
  })

  it('recognises that the first place is over by its position, where that is not its index', async () => {
    const room = await roomOf(5, 1)
    await bind(room, 3, 'a')
    await endGrace(room, 0)
    // The draw puts the fourth first, and the first fourth.
    const drawn = (index: number) => [3, 1, 2, 0][index] ?? index
    expect(await bindPlace(redis(), { room, index: 4, account: 'a' }, drawn)).toMatchObject({
      status: 'bound',
    })
  })

  it('refuses a place that was not issued, and a room that Redis does not know', async () => {
    const room = await roomOf(2)
    expect(await bind(room, 2, 'a')).toEqual({ status: 'unknown' })
    expect(await bind('test-unknown', 0, 'a')).toEqual({ status: 'absent' })
    expect(await findPlace(redis(), { room: 'test-unknown', epoch: 1 }, 'a')).toEqual({ status: 'absent' })
  })

  it('does not mistake an account for a place, whatever its name', async () => {
    const room = await roomOf(3)
    expect(await bind(room, 0, '1')).toMatchObject({ status: 'bound' })
    expect(await bind(room, 1, 'a')).toMatchObject({ status: 'bound' })
    expect(await bindingsOf(room)).toEqual({ '1': 0, a: 1 })
  })
})

describe('claiming a place', () => {
  it('binds the place, so that another device finds the pass and the reserved turn', async () => {
    const room = await roomOf(2, 2, 1)
    await claimByArrival(redis(), { room, position: 0, account: 'a' })
    await claimByArrival(redis(), { room, position: 1, account: 'b' })
    expect(await bindingsOf(room)).toEqual({ a: 0, b: 1 })
  })

  it('rejects a claim for a place bound to another account, so that a stolen place is worthless', async () => {
    const room = await roomOf(2, 1)
    await bind(room, 0, 'a')
    await bind(room, 1, 'b')
    expect(await claimByArrival(redis(), { room, position: 0, account: 'thief' })).toEqual({
      status: 'other-account',
    })
    expect(await claimByArrival(redis(), { room, position: 1, account: 'thief' })).toEqual({
      status: 'other-account',
    })
    expect((await claimByArrival(redis(), { room, position: 0, account: 'a' })).status).toBe('pass')
  })

  it('is refused while the account waits at another place', async () => {
    const room = await roomOf(3, 1)
    await bind(room, 2, 'a')
    expect(await claimByArrival(redis(), { room, position: 0, account: 'a' })).toEqual({
      status: 'elsewhere',
      index: 2,
    })
    await leaveRoom(redis(), { room, index: 2, position: 2, account: 'a' })
    expect((await claimByArrival(redis(), { room, position: 0, account: 'a' })).status).toBe('pass')
  })

  it('moves the account from a place that is over to the claimed one', async () => {
    const room = await roomOf(2, 2)
    await claimByArrival(redis(), { room, position: 0, account: 'a' })
    await endPass(room, 'a')
    expect((await claimByArrival(redis(), { room, position: 1, account: 'a' })).status).toBe('pass')
    expect(await bindingsOf(room)).toEqual({ a: 1 })
  })

  it('unbinds the account, and no other, when its place is found missed or used', async () => {
    const room = await roomOf(2, 2)
    await bind(room, 0, 'a')
    await claimByArrival(redis(), { room, position: 1, account: 'b' })
    await endGrace(room, 1)
    await claimByArrival(redis(), { room, position: 1, account: 'a' })
    expect(await bindingsOf(room)).toEqual({ a: 0, b: 1 })
    expect(await claimByArrival(redis(), { room, position: 0, account: 'a' })).toEqual({ status: 'missed' })
    await endPass(room, 'b')
    expect(await claimByArrival(redis(), { room, position: 1, account: 'b' })).toEqual({ status: 'used' })
    expect(await bindingsOf(room)).toEqual({})
  })

  it('issues one pass, when a hundred accounts bind and claim one place concurrently', async () => {
    const room = await roomOf(1, 1)
    const results = await Promise.all(
      Array.from({ length: 100 }, async (_, n) => {
        const account = `account-${n}`
        await (n % 2 === 0 ? bind(room, 0, account, n) : undefined)
        return { account, ...(await claimByArrival(caller(n + 1), { room, position: 0, account })) }
      }),
    )
    const [winner, ...others] = results.filter(({ status }) => status === 'pass')
    expect(others).toEqual([])
    expect(await bindingsOf(room)).toEqual({ [winner?.account ?? '']: 0 })
  })

  it('issues one account one pass, when it binds and claims a hundred places concurrently', async () => {
    const room = await roomOf(100, 100)
    const results = await Promise.all(
      Array.from({ length: 100 }, async (_, n) => {
        await (n % 2 === 0 ? bind(room, n, 'one', n) : undefined)
        return claimByArrival(caller(n + 1), { room, position: n, account: 'one' })
      }),
    )
    expect(results.filter(({ status }) => status === 'pass')).toHaveLength(1)
    expect(await admitOnce(redis(), room)).toMatchObject({ livePasses: 1 })
    expect(Object.keys(await bindingsOf(room))).toEqual(['one'])
  })
})

describe('leaving a place', () => {
  it('is allowed only for the account it is bound to, and unbinds that account', async () => {
    const room = await roomOf(2)
    await bind(room, 0, 'a')
    const leave = (account: string | undefined) =>
      leaveRoom(redis(), { room, index: 0, position: 0, account })
    expect(await leave(undefined)).toEqual({ status: 'other-account' })
    expect(await leave('thief')).toEqual({ status: 'other-account' })
    expect(await leave('a')).toEqual({ status: 'left' })
    expect(await bindingsOf(room)).toEqual({})
    expect(await leave(undefined)).toEqual({ status: 'used' })
  })
})
