import { describe, expect, it } from 'vitest'
import type { BasketLine } from '../../drizzle/schema/purchases.ts'
import { roomKeys } from '../../shared/redis/keys.ts'
import { grantTestPasses, publishTestRoom, type TestType, useRedis } from '../../shared/testing/redis.ts'
import { readHold } from './read-hold.ts'
import { releaseHold } from './release-hold.ts'
import { sweepBacklog, sweepHolds } from './sweep-holds.ts'
import { takeHold } from './take-hold.ts'

const { redis, caller } = useRedis(4)
const HOUR_MS = 3_600_000

type Holder = { account: string; passId: string }

async function sale(types: TestType[], fans: number, holdSeconds = 300) {
  const room = await publishTestRoom(redis(), { types, settings: { holdSeconds } })
  const accounts = Array.from({ length: fans }, (_, i) => `account-${i}`)
  const passes = await grantTestPasses(redis(), room, accounts)
  const holders: Holder[] = accounts.map((account, i) => ({ account, passId: passes[i] ?? '' }))
  const take = (i: number, basket: BasketLine[], n = i) =>
    takeHold(caller(n), { room, basket, ...(holders[i] ?? { account: '', passId: '' }) })
  const passOf = (i: number) => holders[i]?.passId ?? ''
  return { room, take, passOf, holders }
}

async function stockOf(room: string, type = 1): Promise<{ free: number; held: number; sold: number }> {
  const [free, held, sold] = await redis().hmget(
    roomKeys(room).stock,
    `free:${type}`,
    `held:${type}`,
    `sold:${type}`,
  )
  return { free: Number(free), held: Number(held), sold: Number(sold) }
}

/** Makes every hold of a room expired for a while. */
async function expireAll(room: string): Promise<void> {
  const { hold, holds } = roomKeys(room)
  for (const [id, json] of Object.entries(await redis().hgetall(hold))) {
    await redis().hset(hold, id, JSON.stringify({ ...(JSON.parse(json) as object), expires: 1000 }))
    await redis().zadd(holds, 1000, id)
  }
}

const statuses = (results: readonly { status: string }[]) =>
  Object.fromEntries(
    [...Map.groupBy(results, ({ status }) => status)].map(([status, list]) => [status, list.length]),
  )

describe('taking a hold', () => {
  it('never holds more units than there are, when hundreds of fans want the last ones', async () => {
    const { room, take } = await sale([{ type: 1, quantity: 100 }], 300)
    const results = await Promise.all(
      Array.from({ length: 300 }, (_, i) => take(i, [{ type: 1, quantity: 1 }])),
    )
    expect(statuses(results)).toEqual({ held: 100, 'units-held': 200 })
    expect(await stockOf(room)).toEqual({ free: 0, held: 100, sold: 0 })
  })

  it('takes a whole basket or nothing of it, even when hundreds race for its parts', async () => {
    const { room, take } = await sale(
      [
        { type: 1, quantity: 50 },
        { type: 2, quantity: 30 },
      ],
      200,
    )
    const basket = [
      { type: 1, quantity: 1 },
      { type: 2, quantity: 1 },
    ]
    const results = await Promise.all(Array.from({ length: 200 }, (_, i) => take(i, basket)))
    expect(statuses(results)).toEqual({ held: 30, 'units-held': 170 })
    expect(await stockOf(room, 1)).toEqual({ free: 20, held: 30, sold: 0 })
    expect(await stockOf(room, 2)).toEqual({ free: 0, held: 30, sold: 0 })
  })

  it('creates one hold, however often and concurrently it is repeated', async () => {
    const { room, take } = await sale([{ type: 1, quantity: 100 }], 1)
    const results = await Promise.all(
      Array.from({ length: 200 }, (_, n) => take(0, [{ type: 1, quantity: 2 }], n)),
    )
    expect(new Set(results.map((result) => JSON.stringify(result))).size).toBe(1)
    expect(await stockOf(room)).toEqual({ free: 98, held: 2, sold: 0 })
  })

  it('keeps its price when it is repeated after a price change, and gets the new price when it is changed', async () => {
    const { room, take } = await sale([{ type: 1, quantity: 10, price: 1000 }], 1)
    const first = await take(0, [{ type: 1, quantity: 2 }])
    await publishTestRoom(redis(), {
      room,
      types: [{ type: 1, quantity: 10, price: 1500 }],
      settings: { version: 2 },
    })
    expect(await take(0, [{ type: 1, quantity: 2 }])).toEqual(first)
    expect(await take(0, [{ type: 1, quantity: 1 }])).toMatchObject({ hold: { amountMinor: 1500 } })
  })

  it('swaps a basket atomically, keeping common units and the remaining time', async () => {
    const { room, take } = await sale(
      [
        { type: 1, quantity: 2 },
        { type: 2, quantity: 5 },
      ],
      2,
    )
    const first = await take(0, [{ type: 1, quantity: 2 }])
    const second = await take(0, [
      { type: 1, quantity: 1 },
      { type: 2, quantity: 3 },
    ])
    expect(second).toMatchObject({ status: 'held', hold: { amountMinor: 4000 } })
    const expiry = (result: typeof first) => (result.status === 'held' ? result.hold.expiresAt.getTime() : 0)
    expect(expiry(second)).toBe(expiry(first))
    expect(await stockOf(room, 1)).toEqual({ free: 1, held: 1, sold: 0 })
    expect(await stockOf(room, 2)).toEqual({ free: 2, held: 3, sold: 0 })
  })

  it('gains no time by being released and taken again, however often', async () => {
    const { room, take, passOf } = await sale([{ type: 1, quantity: 5 }], 1)
    const first = await take(0, [{ type: 1, quantity: 1 }])
    const ends = first.status === 'held' ? first.hold.expiresAt.getTime() : 0
    // As when part of the time is over.
    const sooner = ends - 100_000
    const { hold, holds } = roomKeys(room)
    const json = JSON.parse((await redis().hget(hold, passOf(0))) ?? '{}') as object
    await redis().hset(hold, passOf(0), JSON.stringify({ ...json, expires: sooner }))
    await redis().zadd(holds, sooner, passOf(0))
    for (const quantity of [2, 3, 1]) {
      expect(await releaseHold(redis(), { room, passId: passOf(0) })).toEqual({ status: 'released' })
      expect(await take(0, [{ type: 1, quantity }])).toMatchObject({ hold: { expiresAt: new Date(sooner) } })
    }
  })

  it('counts no expired hold of the account against its limit, swept or not', async () => {
    const { room, take, holders } = await sale([{ type: 1, quantity: 100, limit: 4 }], 1)
    await take(0, [{ type: 1, quantity: 4 }])
    await expireAll(room)
    const [passId = ''] = await grantTestPasses(redis(), room, [holders[0]?.account ?? ''])
    const again = { room, account: holders[0]?.account ?? '', passId, basket: [{ type: 1, quantity: 4 }] }
    expect(await takeHold(redis(), again)).toMatchObject({ status: 'held' })
    expect(await stockOf(room)).toEqual({ free: 96, held: 4, sold: 0 })
  })

  it('M7: is rejected with the facts of every unavailable type, and leaves the other types free', async () => {
    const types = [
      { type: 1, quantity: 3 },
      { type: 2, quantity: 50, limit: 4 },
      { type: 3, quantity: 50 },
      { type: 4, quantity: 2 },
    ]
    const { room, take } = await sale(types, 2)
    await take(1, [{ type: 4, quantity: 1 }])
    await take(0, [
      { type: 1, quantity: 1 },
      { type: 2, quantity: 1 },
    ])
    expect(
      await take(0, [
        { type: 1, quantity: 4 },
        { type: 2, quantity: 5 },
        { type: 3, quantity: 2 },
        { type: 4, quantity: 2 },
      ]),
    ).toEqual({
      status: 'sold-out',
      type: 1,
      lines: [
        { type: 1, code: 'sold-out', left: 3 },
        { type: 2, code: 'limit', limit: 4, others: 0 },
        { type: 4, code: 'units-held', left: 1, held: 1 },
      ],
    })
    expect(await stockOf(room, 3)).toEqual({ free: 50, held: 0, sold: 0 })
  })

  it('M7: takes a basket of as many types as a festival has', async () => {
    const types = Array.from({ length: 50 }, (_, i) => ({ type: i + 1, quantity: 2 }))
    const { room, take } = await sale(types, 1)
    const basket = types.map(({ type }) => ({ type, quantity: 1 }))
    expect(await take(0, basket)).toMatchObject({ status: 'held' })
    expect(await stockOf(room, 50)).toEqual({ free: 1, held: 1, sold: 0 })
  })

  it('leaves the hold unchanged when the new basket is unavailable', async () => {
    const { room, take, passOf } = await sale(
      [
        { type: 1, quantity: 3 },
        { type: 2, quantity: 1 },
      ],
      2,
    )
    await take(0, [{ type: 1, quantity: 2 }])
    await take(1, [{ type: 2, quantity: 1 }])
    expect(await take(0, [{ type: 2, quantity: 1 }])).toMatchObject({
      status: 'units-held',
      lines: [{ type: 2, left: 0, held: 1 }],
    })
    expect(await readHold(redis(), { room, passId: passOf(0) })).toMatchObject({
      status: 'held',
      hold: { basket: [{ type: 1, quantity: 2 }] },
    })
  })

  it('H9: stores the limit that applied to it, even when that is lowered and a smaller basket is held then', async () => {
    const { room, take } = await sale([{ type: 1, quantity: 100, limit: 4 }], 2)
    const limitsOf = (held: Awaited<ReturnType<typeof take>>) =>
      held.status === 'held' ? held.hold.basket.map(({ limit }) => limit) : held.status
    expect(limitsOf(await take(0, [{ type: 1, quantity: 4 }]))).toEqual([4])
    const types = [{ type: 1, quantity: 100, limit: 2 }]
    await publishTestRoom(redis(), { room, types, settings: { version: 2 } })
    expect(limitsOf(await take(0, [{ type: 1, quantity: 3 }]))).toEqual([4])
    expect(limitsOf(await take(1, [{ type: 1, quantity: 2 }]))).toEqual([2])
  })

  it('keeps an account within its limit when it sends requests over hundreds of connections and several passes', async () => {
    const { room, take, holders } = await sale([{ type: 1, quantity: 100, limit: 4 }], 1)
    expect(await take(0, [{ type: 1, quantity: 5 }])).toMatchObject({
      status: 'limit',
      lines: [{ type: 1, limit: 4, others: 0 }],
    })
    const results = await Promise.all(
      Array.from({ length: 300 }, (_, n) => take(0, [{ type: 1, quantity: (n % 8) + 1 }], n)),
    )
    expect(Object.keys(statuses(results)).toSorted()).toEqual(['held', 'limit'])
    // A second pass of the same account, while the first one's hold is active.
    await take(0, [{ type: 1, quantity: 3 }])
    const [second = ''] = await grantTestPasses(redis(), room, [holders[0]?.account ?? ''])
    const again = (quantity: number) =>
      takeHold(redis(), { room, account: 'account-0', passId: second, basket: [{ type: 1, quantity }] })
    expect(await again(2)).toMatchObject({ status: 'limit', lines: [{ type: 1, limit: 4, others: 3 }] })
    expect((await again(1)).status).toBe('held')
  })

  it('never loses a unit it has by being changed, however many fans want that unit meanwhile', async () => {
    const types = [
      { type: 1, quantity: 2 },
      { type: 2, quantity: 1000 },
    ]
    const { room, take } = await sale(types, 60)
    await take(0, [{ type: 1, quantity: 2 }])
    const changes = Array.from({ length: 150 }, (_, n) =>
      take(
        0,
        [
          { type: 1, quantity: 2 },
          { type: 2, quantity: (n % 9) + 1 },
        ],
        n,
      ),
    )
    // Some of these exceed the stock and are rejected: then the hold must stay what it is.
    const refused = Array.from({ length: 150 }, (_, n) =>
      take(
        0,
        [
          { type: 1, quantity: 3 },
          { type: 2, quantity: 5 },
        ],
        n,
      ),
    )
    const rivals = Array.from({ length: 300 }, (_, n) => take((n % 59) + 1, [{ type: 1, quantity: 1 }], n))
    expect(statuses(await Promise.all(changes))).toEqual({ held: 150 })
    expect(statuses(await Promise.all(refused))).toEqual({ 'sold-out': 150 })
    expect(statuses(await Promise.all(rivals))).toEqual({ 'units-held': 300 })
    expect(await stockOf(room)).toEqual({ free: 0, held: 2, sold: 0 })
    const { free, held } = await stockOf(room, 2)
    expect(free + held).toBe(1000)
  })

  it('returns the same units when it is repeated and accepts fewer, even when more are unavailable', async () => {
    const { room, take } = await sale([{ type: 1, quantity: 5, limit: 4 }], 1)
    const first = await take(0, [{ type: 1, quantity: 3 }])
    const types = [{ type: 1, quantity: 3, limit: 1, to: Date.now() - HOUR_MS }]
    await publishTestRoom(redis(), { room, types, settings: { version: 2 } })
    expect(await take(0, [{ type: 1, quantity: 3 }])).toEqual(first)
    expect(await take(0, [{ type: 1, quantity: 4 }])).toMatchObject({ status: 'not-on-sale', type: 1 })
    expect((await take(0, [{ type: 1, quantity: 2 }])).status).toBe('held')
    expect(await stockOf(room)).toEqual({ free: 1, held: 2, sold: 0 })
  })

  it('takes ten types together, or none of them', async () => {
    const types = Array.from({ length: 10 }, (_, i) => ({ type: i + 1, quantity: i === 9 ? 1 : 2 }))
    const { room, take } = await sale(types, 2)
    const basket = types.map(({ type }) => ({ type, quantity: 1 }))
    const results = await Promise.all([take(0, basket), take(1, basket)])
    expect(statuses(results)).toEqual({ held: 1, 'units-held': 1 })
    for (const { type, quantity } of types) {
      expect(await stockOf(room, type)).toEqual({ free: quantity - 1, held: 1, sold: 0 })
    }
  })

  it('ends with the pass when that ends first', async () => {
    const { room, take, holders } = await sale([{ type: 1, quantity: 1 }], 1)
    const ends = Math.ceil(Date.now() / 1000) * 1000 + 20_000
    await redis().zadd(roomKeys(room).passes, ends, holders[0]?.account ?? '')
    expect(await take(0, [{ type: 1, quantity: 1 }])).toMatchObject({ hold: { expiresAt: new Date(ends) } })
  })

  it('requires a live pass of the same account', async () => {
    const { room, holders } = await sale([{ type: 1, quantity: 9 }], 2)
    const basket = [{ type: 1, quantity: 1 }]
    const [first, second] = holders
    const mixed = { account: first?.account ?? '', passId: second?.passId ?? '' }
    expect(await takeHold(redis(), { room, basket, ...mixed })).toEqual({ status: 'pass-ended' })
    await redis().zadd(roomKeys(room).passes, 1000, 'account-0')
    expect(
      await takeHold(redis(), { room, basket, account: 'account-0', passId: first?.passId ?? '' }),
    ).toEqual({
      status: 'pass-ended',
    })
  })

  it('reports types that are not sold here, not on sale yet, or sold out', async () => {
    const { room, take } = await sale(
      [
        { type: 1, quantity: 1, from: Date.now() + HOUR_MS },
        { type: 2, quantity: 1 },
      ],
      1,
    )
    expect(await take(0, [{ type: 9, quantity: 1 }])).toEqual({ status: 'unknown-type', type: 9 })
    expect(await take(0, [{ type: 1, quantity: 1 }])).toMatchObject({ status: 'not-on-sale', type: 1 })
    await redis().hset(roomKeys(room).stock, 'free:2', 0, 'sold:2', 1)
    expect(await take(0, [{ type: 2, quantity: 1 }])).toMatchObject({ status: 'sold-out', type: 2 })
  })

  it('is rejected by a Redis that does not know the room', async () => {
    const basket = [{ type: 1, quantity: 1 }]
    const input = { room: 'test-unknown', account: 'a', passId: 'p', basket }
    expect(await takeHold(redis(), input)).toEqual({ status: 'room-absent' })
  })
})

describe('releasing a hold', () => {
  it('releases its units once, when it is released hundreds of times concurrently', async () => {
    const { room, take, passOf } = await sale([{ type: 1, quantity: 10 }], 2)
    await take(0, [{ type: 1, quantity: 4 }])
    await take(1, [{ type: 1, quantity: 3 }])
    const results = await Promise.all(
      Array.from({ length: 200 }, (_, n) => releaseHold(caller(n), { room, passId: passOf(0) })),
    )
    expect(statuses(results)).toEqual({ released: 1, missing: 199 })
    expect(await stockOf(room)).toEqual({ free: 7, held: 3, sold: 0 })
    expect(await redis().hkeys(roomKeys(room).counts)).toEqual(['account-1:1'])
  })
})

describe('expiry', () => {
  it('puts units on sale again immediately, without a sweep, when hundreds race for them', async () => {
    const { room, take } = await sale([{ type: 1, quantity: 250 }], 500)
    await Promise.all(Array.from({ length: 250 }, (_, i) => take(i, [{ type: 1, quantity: 1 }])))
    await expireAll(room)
    const results = await Promise.all(
      Array.from({ length: 300 }, (_, i) => take(200 + i, [{ type: 1, quantity: 1 }])),
    )
    expect(statuses(results)).toEqual({ held: 250, 'units-held': 50 })
    expect(await stockOf(room)).toEqual({ free: 0, held: 250, sold: 0 })
  })

  it('leaves nothing to the next sweep, however far the backlog exceeds one batch', async () => {
    const { room, take } = await sale([{ type: 1, quantity: 300 }], 200)
    await Promise.all(Array.from({ length: 200 }, (_, i) => take(i, [{ type: 1, quantity: 1 }])))
    await expireAll(room)
    const swept = await Promise.all(Array.from({ length: 4 }, (_, n) => sweepBacklog(caller(n), room, 30)))
    expect(swept.reduce((sum, count) => sum + count, 0)).toBe(200)
    expect(await stockOf(room)).toEqual({ free: 300, held: 0, sold: 0 })
  })

  it('is visible immediately to every reader, and its units can be taken by their holder again', async () => {
    const { room, take, passOf } = await sale([{ type: 1, quantity: 2 }], 1)
    await take(0, [{ type: 1, quantity: 2 }])
    await expireAll(room)
    expect(await readHold(redis(), { room, passId: passOf(0) })).toEqual({ status: 'missing' })
    expect((await take(0, [{ type: 1, quantity: 2 }])).status).toBe('held')
    expect(await stockOf(room)).toEqual({ free: 0, held: 2, sold: 0 })
  })

  it('releases every unit once, when many sweeps run concurrently while holds are still being taken', async () => {
    const { room, take } = await sale([{ type: 1, quantity: 300 }], 300)
    await Promise.all(Array.from({ length: 200 }, (_, i) => take(i, [{ type: 1, quantity: 1 }])))
    await expireAll(room)
    const [swept] = await Promise.all([
      Promise.all(Array.from({ length: 200 }, (_, n) => sweepHolds(caller(n), room, 7))),
      Promise.all(Array.from({ length: 100 }, (_, i) => take(200 + i, [{ type: 1, quantity: 1 }]))),
    ])
    expect(swept.reduce((sum, count) => sum + count, 0)).toBe(200)
    expect(Math.max(...swept)).toBeLessThanOrEqual(7)
    expect(await stockOf(room)).toEqual({ free: 200, held: 100, sold: 0 })
  })
})

it('continues a sweep past an expiry without a hold', async () => {
  const { room, take } = await sale([{ type: 1, quantity: 5 }], 1)
  await take(0, [{ type: 1, quantity: 2 }])
  await expireAll(room)
  await redis().zadd(roomKeys(room).holds, 1, 'lost')
  await sweepHolds(redis(), room, 10)
  expect(await stockOf(room)).toEqual({ free: 5, held: 0, sold: 0 })
  expect(await redis().zcard(roomKeys(room).holds)).toBe(0)
})

describe('publishing a room again', () => {
  it('keeps what is held and sold, and changes free units by the change of quantity, when many publish concurrently', async () => {
    const { room, take } = await sale([{ type: 1, quantity: 10 }], 3)
    await take(0, [{ type: 1, quantity: 4 }])
    const types = [{ type: 1, quantity: 15 }]
    await Promise.all(Array.from({ length: 200 }, (_, n) => publishTestRoom(caller(n), { room, types })))
    expect(await stockOf(room)).toEqual({ free: 11, held: 4, sold: 0 })
  })
})
