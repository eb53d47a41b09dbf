import { describe, expect, it } from 'vitest'
import { useDatabase } from '../../../drizzle/testing/database.ts'
import { leaveRoom } from '../../../gateway/room/leave.ts'
import { enterMany } from '../../../gateway/testing/room.ts'
import { useRedis } from '../../../shared/testing/redis.ts'
import { checkOrder } from './check-order.ts'
import { brokenIn, makeFacts, openCalledSale } from './testing.ts'

const { redis } = useRedis()
const { db } = useDatabase()

/** A sale in which five more fans wait. */
async function openSale() {
  const sale = await openCalledSale({ db: db(), redis: redis() })
  await redis().hset(sale.keys.settings, 'paused', 1)
  await enterMany(redis(), sale.room, 5)
  const broken = async () => brokenIn(await sale.audit()).filter((line) => line.startsWith('7 '))
  return { ...sale, broken }
}

const findingsOf = (facts: Parameters<typeof makeFacts>[0]) =>
  checkOrder(makeFacts(facts)).findings.map(({ breach, id }) => `${breach}: ${id}`)

describe('invariant 7, that no fan is called before one with a lower position', () => {
  it('holds in a sale whose fans claim, miss their turn and leave places before it', async () => {
    const { room, broken } = await openSale()
    for (const position of [6, 8]) {
      await leaveRoom(redis(), { room, index: position, position, account: undefined })
    }
    expect(await broken()).toEqual([])
  })

  it('is broken by a call that reaches less far than an earlier one', async () => {
    const { keys, broken } = await openSale()
    const slots = await redis().zrange(keys.calls, '0', '-1')
    await redis().zadd(keys.calls, 0, `${Number(slots.at(-1)) + 250}`)
    expect(await broken()).toContainEqual(expect.stringMatching(/^7 calls are out of order: /))
  })

  it('is broken by a place that was claimed while lower ones still wait', async () => {
    const { keys, broken } = await openSale()
    await redis().setbit(keys.claimed, 9, 1)
    expect(await broken()).toEqual(['7 a position was claimed before it was called: position 9'])
  })

  it('is broken by a live pass for a place that was not called yet', async () => {
    const { keys, fans, broken } = await openSale()
    await redis().hset(keys.pass, fans[1].account, JSON.stringify({ id: fans[1].passId, position: 9 }))
    expect(await broken()).toEqual([`7 a pass was given before its position was called: ${fans[1].account}`])
  })

  it('is broken by a turn that is kept for a place that was not called yet', async () => {
    const { keys, broken } = await openSale()
    await redis().zadd(keys.turns, 7, '7')
    await redis().zadd(keys.turnEnds, Date.now() + 60_000, '7')
    expect(await broken()).toEqual(['7 a turn is kept for a fan who was not called: position 7'])
  })

  it('is broken by calls in a room whose draw has not taken place', async () => {
    const { keys, broken } = await openSale()
    await redis().hset(keys.settings, 'order', 'draw')
    expect(await broken()).toEqual(['7 fans were called before the draw: position 4'])
  })

  it('is broken when serving goes back during the audit, unless the room was rebuilt', () => {
    const { after: before } = makeFacts({ after: { serving: 9 } })
    expect(findingsOf({ before, after: { serving: 4 } })).toEqual(['the line went back: position 4'])
    expect(findingsOf({ before, after: { serving: 4, epoch: '2' } })).toEqual([])
  })
})
