import { describe, expect, it } from 'vitest'
import { useDatabase } from '../../../drizzle/testing/database.ts'
import { enterRoom } from '../../../gateway/room/enter-room.ts'
import { useRedis } from '../../../shared/testing/redis.ts'
import { brokenIn, openTestSale } from './testing.ts'

const { redis } = useRedis()
const { db } = useDatabase()

/** Two fans with passes, at positions 0 and 1. */
async function openSale() {
  const sale = await openTestSale({ db: db(), redis: redis() })
  const fans = [await sale.admitFan(), await sale.admitFan()] as const
  const record = (fan: { entryKey: Buffer }) => sale.keys.entry(fan.entryKey.toString('base64url'))
  const broken = async () => brokenIn(await sale.audit()).filter((line) => line.startsWith('6 '))
  return { ...sale, fans, record, broken }
}

describe('the log', () => {
  it('is reported when it ends with half an entry', async () => {
    const { keys, broken } = await openSale()
    await redis().append(keys.entries, 'abc')
    expect(await broken()).toEqual(['6 the log does not end with a whole entry: 35 bytes'])
  })

  it('is reported when serving is beyond its end', async () => {
    const { keys, broken } = await openSale()
    await redis().hset(keys.admission, 'serving', 2)
    expect(await broken()).toEqual(['6 a position was called that no fan has: position 2'])
  })

  it('may have an entry twice, once its retry record has expired', async () => {
    const { festival, fans, record, broken } = await openSale()
    await redis().del(record(fans[0]))
    await enterRoom({ redis: redis(), rememberSeconds: 60 }, festival.id, fans[0].entryKey)
    expect(await broken()).toEqual([])
  })
})

describe('passes', () => {
  it('are reported when two have one position', async () => {
    const { keys, fans, broken } = await openSale()
    await redis().hset(keys.pass, fans[1].account, JSON.stringify({ id: fans[1].passId, position: 0 }))
    expect(await broken()).toEqual([expect.stringMatching(/^6 two live passes have one position: /)])
  })

  it('are reported when a position is not claimed', async () => {
    const { keys, fans, broken } = await openSale()
    await redis().setbit(keys.claimed, 1, 0)
    expect(await broken()).toEqual([`6 a live pass has a position that is not claimed: ${fans[1].account}`])
  })

  it('are reported when one has no position', async () => {
    const { keys, fans, broken } = await openSale()
    await redis().hdel(keys.pass, fans[1].account)
    expect(await broken()).toEqual([`6 a live pass has no position: ${fans[1].account}`])
  })
})

describe('retry records', () => {
  it('are reported when two give one index', async () => {
    const { fans, record, broken } = await openSale()
    await redis().set(record(fans[1]), '1 0')
    expect(await broken()).toEqual(
      expect.arrayContaining([
        '6 two retry records give one index: index 0',
        '6 a retry record gives an index that the log has another entry at: index 0',
      ]),
    )
  })

  it('H9: are ignored when they are of an earlier epoch', async () => {
    const { fans, record, broken } = await openSale()
    await redis().set(record(fans[1]), '0 0')
    expect(await broken()).toEqual([])
  })

  it('are reported when the log has another entry at the index', async () => {
    const { keys, broken } = await openSale()
    await redis().setrange(keys.entries, 16, 'another entry...')
    expect(await broken()).toEqual([
      '6 a retry record gives an index that the log has another entry at: index 1',
    ])
  })

  it('are reported when one is beyond the log', async () => {
    const { fans, record, broken } = await openSale()
    await redis().set(record(fans[0]), 50)
    expect(await broken()).toEqual([
      '6 a retry record gives an index that the log has another entry at: index 50',
    ])
  })
})
