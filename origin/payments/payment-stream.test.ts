import { describe, expect, it } from 'vitest'
import { roomKeys } from '../../shared/redis/keys.ts'
import { publishTestRoom, useRedis } from '../../shared/testing/redis.ts'
import { createPaymentStream } from './payment-stream.ts'

const { redis, caller } = useRedis(4)
const group = 'settlers'

async function streamOf(count: number) {
  const room = await publishTestRoom(redis())
  const { payments: key } = roomKeys(room)
  const open = (consumer: string, n = 0) =>
    createPaymentStream({ redis: caller(n), blockingRedis: async () => caller(n), room, consumer })
  const dead = open('dead')
  await dead.ensure()
  const fields = {
    ...{ payment: crypto.randomUUID(), account: crypto.randomUUID(), hold: crypto.randomUUID() },
    ...{ basket: '[{"type":1,"quantity":1}]', amount: '1000', currency: 'KRW', method: 'card-ok' },
  }
  for (let i = 0; i < count; i += 1) await redis().xadd(key, '*', ...Object.entries(fields).flat())
  const { queued } = await dead.readNew(count, 10)
  const entries = queued.map(({ entry }) => entry)
  /** Makes entries idle for this long, after this many deliveries. */
  const rest = (ids: readonly string[], ms: number, deliveries = 1) =>
    redis().xclaim(
      key,
      group,
      'dead',
      0,
      ...ids,
      ...(['IDLE', ms, 'RETRYCOUNT', deliveries, 'JUSTID'] as const),
    )
  return { key, open, entries, rest, payment: fields.payment }
}

const backoff = { baseMs: 60_000, maxMs: 600_000 }

describe('claiming entries', () => {
  it('gives each entry whose backoff is over to one of many workers that scan concurrently', async () => {
    // Every worker requests every entry: few enough that Redis replies to all of them in time on a busy host.
    const { open, entries, rest } = await streamOf(60)
    await rest(entries, 60_000)
    const taken = await Promise.all(
      Array.from({ length: 20 }, (_, n) => open(`worker-${n}`, n).takeOver(1000, backoff)),
    )
    const ids = taken.flatMap(({ queued }) => queued.map(({ entry }) => entry))
    expect(ids.toSorted()).toEqual(entries.toSorted())
  })

  it('leaves entries whose backoff for their number of deliveries is not over', async () => {
    const { open, entries, rest } = await streamOf(4)
    const [new1 = '', new2 = '', often = '', oft = ''] = entries
    await rest([new1], 10_000)
    await rest([new2], 60_001)
    await rest([often], 60_000, 3)
    await rest([oft], 240_001, 3)
    const { queued } = await open('worker').takeOver(100, backoff)
    expect(queued.map(({ entry }) => entry)).toEqual([new2, oft])
  })

  it('reaches entries behind many whose backoff is not over, a bounded number per call', async () => {
    const { open, entries, rest } = await streamOf(1300)
    await rest(entries.slice(0, 1200), 40_000, 9)
    await rest(entries.slice(1200), 60_001)
    const stream = open('worker')
    const rounds: number[] = []
    for (let round = 0; round < 20 && rounds.reduce((sum, count) => sum + count, 0) < 100; round += 1) {
      const { queued } = await stream.takeOver(30, backoff)
      rounds.push(queued.length)
    }
    expect(Math.max(...rounds)).toBe(30)
    expect(rounds.reduce((sum, count) => sum + count, 0)).toBe(100)
  })

  it('counts as a delivery, so that the backoff of an entry grows each time', async () => {
    const { key, open, entries, rest } = await streamOf(1)
    await rest(entries, 60_001)
    await open('one').takeOver(10, backoff)
    const pending = (await redis().xpending(key, group, '-', '+', 10)) as [string, string, number, number][]
    expect(pending).toEqual([[entries[0], 'one', expect.any(Number), 2]])
  })
})

describe('renewing entries that are being processed', () => {
  it('restarts their backoff without counting a delivery', async () => {
    const { key, open, entries, rest } = await streamOf(3)
    await rest(entries, 100_000)
    await open('dead').renew(entries)
    expect((await open('worker').takeOver(10, backoff)).queued).toEqual([])
    const pending = (await redis().xpending(key, group, '-', '+', 10)) as [string, string, number, number][]
    expect(pending.map(([, consumer, , deliveries]) => [consumer, deliveries])).toEqual(
      Array.from({ length: 3 }, () => ['dead', 1]),
    )
  })

  it('does not reclaim what another worker has claimed, or bring back what has ended', async () => {
    const { key, open, entries, rest, payment } = await streamOf(3)
    await rest(entries, 100_000)
    await open('worker').takeOver(2, backoff)
    await open('dead').remove(entries[2] ?? '', payment)
    await open('dead').renew([...entries, '1-1'])
    const pending = (await redis().xpending(key, group, '-', '+', 10)) as [string, string][]
    expect(pending.map(([entry, consumer]) => [entry, consumer])).toEqual([
      [entries[0], 'worker'],
      [entries[1], 'worker'],
    ])
  })
})
