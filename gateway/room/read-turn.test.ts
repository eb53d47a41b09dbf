import { describe, expect, it } from 'vitest'
import { roomKeys } from '../../shared/redis/keys.ts'
import { publishTestRoom, useRedis } from '../../shared/testing/redis.ts'
import { admitUntil, claimByArrival, enterMany } from '../testing/room.ts'
import { readTurn } from './read-turn.ts'

const { redis } = useRedis()
const GRACE_SECONDS = 120

async function called(fans: number, maxActive = 1000) {
  const room = await publishTestRoom(redis(), { settings: { graceSeconds: GRACE_SECONDS } })
  await enterMany(redis(), room, fans)
  await admitUntil(redis(), room, fans)
  await publishTestRoom(redis(), { room, settings: { graceSeconds: GRACE_SECONDS, maxActive, version: 2 } })
  return room
}

describe('M15: the turn of a called place', () => {
  it('ends when the grace of its call does', async () => {
    const room = await called(1)
    const [slot] = await redis().zrange(roomKeys(room).calls, '0', '0')
    const endsAt = new Date(Number(slot) + GRACE_SECONDS * 1000)
    expect(await readTurn(redis(), room, 0)).toEqual({ status: 'open', endsAt })
  })

  it('ends at the time that a claim without a free slot returns', async () => {
    const room = await called(2, 1)
    await claimByArrival(redis(), { room, position: 0, account: 'first' })
    const retained = await claimByArrival(redis(), { room, position: 1, account: 'second' })
    const endsAt = retained.status === 'retained' ? retained.turnEndsAt : undefined
    expect(endsAt).toBeInstanceOf(Date)
    expect(await readTurn(redis(), room, 1)).toEqual({ status: 'open', endsAt })
  })

  it('is over once a claim would be refused as missed', async () => {
    const room = await called(1)
    await redis().del(roomKeys(room).calls)
    await redis().hset(roomKeys(room).admission, 'missedThrough', 0)
    expect(await readTurn(redis(), room, 0)).toEqual({ status: 'over' })
    const claimed = await claimByArrival(redis(), { room, position: 0, account: 'late' })
    expect(claimed.status).toBe('missed')
  })

  it('is unknown in a room that does not exist', async () => {
    expect(await readTurn(redis(), 'nowhere', 0)).toEqual({ status: 'absent' })
  })
})
