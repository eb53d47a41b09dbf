import { randomUUID } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { nodesOf } from '../../shared/redis/client.ts'
import { triesKeys } from '../../shared/redis/keys.ts'
import { useRedis } from '../../shared/testing/redis.ts'
import { createTakeTry, type TryLimits } from './sign-in-tries.ts'

const { redis, caller } = useRedis(4)
const limits: TryLimits = { networkMax: 1000, pairMax: 1000, subjectMax: 1000, windowSeconds: 60 }

/** Several gateways, each with a connection of its own; and a network and an account nobody else tries. */
function setUp(options: Partial<TryLimits>) {
  const all = { ...limits, ...options }
  const gateways = Array.from({ length: 4 }, (_, n) =>
    createTakeTry(caller(n), { 'sign-in': all, letter: all }),
  )
  const id = randomUUID()
  const take = async (
    {
      n = 0,
      subject = `${id}@naru.test`,
      network = `network-${id}`,
    }: {
      n?: number
      subject?: string
      network?: string | undefined
    } = {},
    kind: 'sign-in' | 'letter' = 'sign-in',
  ) => gateways[n % 4]?.({ kind, subject, network })
  const takeMany = async (
    count: number,
    of: (n: number) => { subject?: string; network?: string } = () => ({}),
  ) => {
    const taken = await Promise.all(Array.from({ length: count }, (_, n) => take({ n, ...of(n) })))
    return taken.filter((result) => result?.status === 'taken').length
  }
  return { id, take, takeMany }
}

describe('tries to sign in', () => {
  it.each<[string, Partial<TryLimits>, (n: number) => { subject?: string; network?: string }]>([
    ['about one account from one network', { pairMax: 10 }, () => ({})],
    ['from one network', { networkMax: 10 }, () => ({ subject: randomUUID() })],
    ['about one account from anywhere', { subjectMax: 10 }, () => ({ network: randomUUID() })],
  ])(
    '%s are exactly as many as allowed, when a hundred come at once by several gateways',
    async (_, max, of) => {
      const { takeMany } = setUp(max)
      expect(await takeMany(100, of)).toBe(10)
    },
  )

  it('are refused with the time to wait, and are counted nowhere then', async () => {
    const { take, takeMany, id } = setUp({ pairMax: 2, networkMax: 3 })
    expect(await takeMany(5)).toBe(2)
    expect(await take()).toEqual({ status: 'limited', retryAfterSeconds: expect.any(Number) })
    const limited = await take()
    expect(limited?.status === 'limited' && limited.retryAfterSeconds).toBeGreaterThan(50)
    // The network has one left, which refused ones did not use up.
    expect(await take({ subject: `other-${id}` })).toEqual({ status: 'taken' })
    expect(await take({ subject: `third-${id}` })).toMatchObject({ status: 'limited' })
  })

  it('from elsewhere are not kept out by those of one network', async () => {
    const { take, takeMany } = setUp({ pairMax: 3 })
    expect(await takeMany(20)).toBe(3)
    expect(await take({ network: randomUUID() })).toEqual({ status: 'taken' })
  })

  it('are good again after the window', async () => {
    const { take, takeMany, id } = setUp({ pairMax: 1 })
    expect(await takeMany(3)).toBe(1)
    const [key = ''] = await keysOf(id)
    await redis().pexpire(key, 1)
    await expect.poll(() => take()).toEqual({ status: 'taken' })
  })

  it('are one try, however the address is written, and apart from letters', async () => {
    const { take, id } = setUp({ pairMax: 1 })
    expect(await take({ subject: `${id}@naru.test` })).toEqual({ status: 'taken' })
    expect(await take({ subject: ` ${id.toUpperCase()}@Naru.Test ` })).toMatchObject({ status: 'limited' })
    expect(await take({}, 'letter')).toEqual({ status: 'taken' })
  })

  it('of our own are not counted', async () => {
    const { id } = setUp({})
    const none = { networkMax: 1, pairMax: 1, subjectMax: 1, windowSeconds: 60 }
    const takeTry = createTakeTry(redis(), { 'sign-in': none, letter: none })
    for (let n = 0; n < 3; n += 1) {
      expect(await takeTry({ kind: 'sign-in', subject: id, network: undefined })).toEqual({ status: 'taken' })
    }
  })

  it('leave no address in Redis, and nothing that stays', async () => {
    const { take, id } = setUp({})
    await take()
    const keys = await keysOf(id)
    expect(keys).toHaveLength(2)
    expect(keys.join()).not.toContain('naru.test')
    for (const key of keys) expect(await redis().ttl(key)).toBeGreaterThan(0)
  })

  /** The keys that name the network of a test, the one about its account first. */
  async function keysOf(id: string): Promise<string[]> {
    const pattern = triesKeys('sign-in', '*', `network-${id}`)
    const found: string[] = []
    for (const node of nodesOf(redis())) {
      found.push(...(await node.keys(pattern.pair)), ...(await node.keys(pattern.network)))
    }
    return found
  }
})
