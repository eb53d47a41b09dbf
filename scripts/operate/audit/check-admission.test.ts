import { setTimeout as wait } from 'node:timers/promises'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { useDatabase } from '../../../drizzle/testing/database.ts'
import { leaveRoom } from '../../../gateway/room/leave.ts'
import { admitUntil, claimByArrival, enterMany } from '../../../gateway/testing/room.ts'
import { useRedis } from '../../../shared/testing/redis.ts'
import { checkAdmission } from './check-admission.ts'
import { brokenIn, makeFacts, openCalledSale, openTestSale } from './testing.ts'

const { redis } = useRedis()
const { db } = useDatabase()

async function openSale() {
  const sale = await openCalledSale({ db: db(), redis: redis() })
  const [lastSlot = ''] = await redis().zrange(sale.keys.calls, '-1', '-1')
  return { ...sale, lastSlot, broken: async () => brokenIn(await sale.audit()) }
}

describe('passes', () => {
  it('are reported when more are live than allowed, and expired ones do not count', async () => {
    const { keys, broken } = await openSale()
    await redis().hset(keys.settings, 'maxActive', 2)
    await redis().zadd(keys.passes, 1, 'ended')
    expect(await broken()).toEqual([])
    await redis().hset(keys.settings, 'maxActive', 1)
    expect(await broken()).toEqual(['5 there are more live passes than may be: 2'])
  })
})

describe('the calls', () => {
  it('are reported when serving is not the last position called', async () => {
    const { keys, broken } = await openSale()
    await redis().hset(keys.admission, 'serving', 3)
    expect(await broken()).toEqual(['5 serving is not the last position called: position 3'])
  })

  it('hold once the grace of fans who never claimed has passed', async () => {
    const sale = await openTestSale({ db: db(), redis: redis() })
    const room = sale.festival.id
    await redis().hset(sale.keys.settings, 'graceSeconds', 1)
    await enterMany(redis(), room, 3)
    await admitUntil(redis(), room, 3)
    await wait(1500)
    await enterMany(redis(), room, 2)
    await admitUntil(redis(), room, 5)
    const report = await sale.audit()
    expect(brokenIn(report)).toEqual([])
    expect(report.invariants[4]?.checked).toEqual({ livePasses: 0, calls: 2 })
  })

  it('are reported when a later slot has an earlier position', async () => {
    const { keys, lastSlot, broken } = await openSale()
    await redis().zadd(keys.calls, -5, `${Number(lastSlot) + 250}`)
    expect(await broken()).toContainEqual(expect.stringMatching(/^7 calls are out of order: slot /))
  })

  it('are reported when more are unresolved than were called, or fewer than zero', async () => {
    const { keys, lastSlot, broken } = await openSale()
    const breach = '5 a slot has other unresolved calls than it can have'
    await redis().hincrby(keys.unresolved, lastSlot, 5)
    await redis().hincrby(keys.unresolved, 'total', 5)
    expect(await broken()).toEqual([`${breach}: slot ${lastSlot}`])
    await redis().hset(keys.unresolved, lastSlot, -1, 'total', -1)
    expect(await broken()).toContain(`${breach}: slot ${lastSlot}`)
  })

  it('are reported when the unresolved ones do not add up', async () => {
    const { keys, broken } = await openSale()
    await redis().hincrby(keys.unresolved, 'total', 1)
    expect(await broken()).toEqual(['5 the unresolved calls do not add up: total 4'])
  })

  it('allow retained turns, which are reported without an end, or for a fan who was not called', async () => {
    const { keys, room, broken } = await openSale()
    await redis().hset(keys.settings, 'maxActive', 2)
    expect((await claimByArrival(redis(), { room, position: 4, account: 'a' })).status).toBe('retained')
    expect(await broken()).toEqual([])
    await redis().zrem(keys.turnEnds, '4')
    await redis().zadd(keys.turns, 9, '9')
    await redis().zadd(keys.turnEnds, 9, '9')
    expect(await broken()).toEqual([
      '5 a kept turn has no end, or an end no turn: position 4',
      '7 a turn is kept for a fan who was not called: position 9',
    ])
  })
})

describe('the rate', () => {
  const callsAt = (
    calls: [slotMs: number, called: number][],
    ratePerSecond: number,
    recalledSlotMs?: number,
  ) => {
    let last = -1
    const made = calls.map(([slotMs, called]) => {
      last += called
      return { slotMs, last, passed: 0 }
    })
    const unresolved = new Map(calls)
    const after = {
      ...{ calls: made, serving: last, ratePerSecond, recalledSlotMs },
      ...{ unresolved, unresolvedTotal: last + 1 },
    }
    return checkAdmission(makeFacts({ after })).findings
  }

  it('is reported as exceeded by the product’s own calls when it is lowered afterwards', async () => {
    const { keys, broken } = await openSale()
    await redis().hset(keys.settings, 'ratePerSecond', 1)
    expect(await broken()).toContainEqual(
      expect.stringMatching(/^5 more fans were called than the rate allows: /),
    )
  })

  it('does not count places that were left before their turn and never called', async () => {
    const { keys, room, broken } = await openSale()
    await enterMany(redis(), room, 100)
    const places = Array.from({ length: 99 }, (_, i) => i + 5)
    const leave = (position: number) =>
      leaveRoom(redis(), { room, index: position, position, account: undefined })
    expect(new Set((await Promise.all(places.map(leave))).map(({ status }) => status))).toEqual(
      new Set(['left']),
    )
    await admitUntil(redis(), room, 105)
    await redis().hset(keys.settings, 'ratePerSecond', 6)
    expect(await broken()).toEqual([])
  })

  it('allows a burst of one second and the rate from then on, and not one more', () => {
    const steady: [number, number][] = Array.from({ length: 40 }, (_, i) => [1250 + i * 250, 25])
    expect(callsAt([[1000, 125], ...steady], 100)).toEqual([])
    expect(callsAt([[1000, 126]], 100)).toMatchObject([
      { id: 'slots 1000 to 1000', detail: '126 called, at most 125' },
    ])
  })

  it('leaves out fans whom a rebuilt room called again, and no others', () => {
    const calls: [number, number][] = [
      [1000, 400],
      [1250, 20],
    ]
    expect(callsAt(calls, 100, 1000)).toEqual([])
    expect(callsAt([...calls, [1500, 200]], 100, 1000)).toMatchObject([
      { id: 'slots 1500 to 1500', detail: '200 called, at most 125' },
    ])
    expect(callsAt(calls, 100, 1250)).toHaveLength(1)
  })

  it('finds the window that is most over budget, between quiet ones', () => {
    const burst: [number, number][] = [
      [9000, 80],
      [9250, 80],
      [9500, 80],
    ]
    expect(callsAt([[1000, 10], ...burst, [20_000, 10]], 100)).toMatchObject([
      { id: 'slots 9000 to 9500', detail: '240 called, at most 175' },
    ])
  })

  it('finds the same as a search over every window', () => {
    const calls = fc.array(
      fc.record({ gap: fc.integer({ min: 1, max: 8 }), called: fc.integer({ min: 1, max: 40 }) }),
      {
        minLength: 1,
        maxLength: 12,
      },
    )
    fc.assert(
      fc.property(calls, fc.integer({ min: 1, max: 30 }), (steps, rate) => {
        let slotMs = 1_795_000_000_000
        const made = steps.map(({ gap, called }): [number, number] => {
          slotMs += gap * 250
          return [slotMs, called]
        })
        const isOver = made.some(([from], i) =>
          made.slice(i).some(([to], j) => {
            const called = made.slice(i, i + j + 1).reduce((sum, [, count]) => sum + count, 0)
            return called > rate + (rate * (to - from + 250)) / 1000
          }),
        )
        expect(callsAt(made, rate).length > 0).toBe(isOver)
      }),
    )
  })

  it('never reports a token bucket, whenever it is called and however many it then admits', () => {
    const turns = fc.array(
      fc.record({
        waitMs: fc.integer({ min: 1, max: 2000 }),
        share: fc.double({ min: 0, max: 1, noNaN: true }),
      }),
      { maxLength: 200 },
    )
    fc.assert(
      fc.property(turns, fc.integer({ min: 1, max: 2000 }), (steps, rate) => {
        let [nowMs, tokens] = [1_795_000_000_123, 1]
        const slots = new Map<number, number>()
        for (const { waitMs, share } of steps) {
          nowMs += waitMs
          tokens = Math.min(rate, tokens + (rate * waitMs) / 1000)
          const called = Math.floor(Math.floor(tokens) * share)
          const slot = Math.ceil(nowMs / 250) * 250
          if (called > 0) slots.set(slot, (slots.get(slot) ?? 0) + called)
          tokens -= called
        }
        expect(callsAt([...slots], rate)).toEqual([])
      }),
    )
  })
})
