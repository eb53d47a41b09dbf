import { randomUUID } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { nodesOf } from '../../shared/redis/client.ts'
import { attemptsKeys } from '../../shared/redis/keys.ts'
import { useRedis } from '../../shared/testing/redis.ts'
import { type Attempt, type AttemptLimits, createTakeAttempt } from './login-attempts.ts'

const { redis, caller } = useRedis(4)
const limits: AttemptLimits = { networkMax: 1000, pairMax: 1000, subjectMax: 1000, windowSeconds: 60 }

/** Several gateways, each with a dedicated connection; and a network and an account that no other test uses. */
function setUp(options: Partial<AttemptLimits>) {
  const all = { ...limits, ...options }
  const gateways = Array.from({ length: 4 }, (_, n) =>
    createTakeAttempt(caller(n), { 'sign-in': all, email: all }, 60),
  )
  const id = randomUUID()
  const take = async (
    {
      n = 0,
      subject = `${id}@naru.test`,
      network = `network-${id}`,
      device = undefined,
      proof = undefined,
    }: Partial<Attempt> & { n?: number } = {},
    kind: 'sign-in' | 'email' = 'sign-in',
  ) => gateways[n % 4]?.({ kind, subject, network, device, proof })
  const takeMany = async (count: number, of: (n: number) => Partial<Attempt> = () => ({})) => {
    const taken = await Promise.all(Array.from({ length: count }, (_, n) => take({ n, ...of(n) })))
    return taken.filter((result) => result?.status === 'taken').length
  }
  return { id, take, takeMany }
}

describe('M1: an account whose limits others have used up', () => {
  const many = () => ({ network: randomUUID() })
  const proofOf = (thousandHashes: number, nonce: string = randomUUID()) => ({
    proof: { nonce, thousandHashes },
  })

  it('gives a known device as many attempts as one network, whatever others do to account and network', async () => {
    const { take, takeMany } = setUp({ subjectMax: 5, networkMax: 5, pairMax: 3 })
    expect(await takeMany(50, many)).toBe(5)
    expect(await takeMany(10, () => ({ device: 'known' }))).toBe(3)
    expect(await take({ device: 'another' })).toEqual({ status: 'taken' })
    expect(await take()).toMatchObject({ status: 'limited' })
  })

  it('does not count the attempts of a known device against others', async () => {
    const { takeMany } = setUp({ subjectMax: 5, pairMax: 3 })
    expect(await takeMany(3, () => ({ device: 'known' }))).toBe(3)
    expect(await takeMany(50, many)).toBe(5)
  })

  it('grants an attempt for each proof of work, and one for a proof that is sent a hundred times concurrently', async () => {
    const { take, takeMany, id: nonce } = setUp({ subjectMax: 1, networkMax: 1, pairMax: 1 })
    expect(await take()).toEqual({ status: 'taken' })
    const limited = await take()
    expect(limited).toMatchObject({ status: 'limited', thousandHashes: 200 })
    expect(await takeMany(100, () => proofOf(200, nonce))).toBe(1)
    expect(await take(proofOf(200))).toEqual({ status: 'taken' })
    expect(await take(proofOf(49))).toMatchObject({ status: 'limited', thousandHashes: 200 })
  })

  it('requires more work after every few proofs, up to what an owner can wait for', async () => {
    const { take, takeMany } = setUp({ subjectMax: 1 })
    await take()
    const prices: unknown[] = []
    for (let turn = 0; turn < 6; turn += 1) {
      const limited = await take()
      prices.push(limited?.status === 'limited' && limited.thousandHashes)
      expect(await takeMany(5, () => proofOf(2000))).toBe(5)
    }
    expect(prices).toEqual([200, 400, 800, 1600, 2000, 2000])
    // The work of a challenge issued before the price rose still counts, unless it is too little.
    expect(await take(proofOf(500))).toEqual({ status: 'taken' })
    expect(await take(proofOf(499))).toMatchObject({ status: 'limited' })
  })
})

describe('attempts to sign in', () => {
  it.each<[string, Partial<AttemptLimits>, (n: number) => { subject?: string; network?: string }]>([
    ['about one account from one network', { pairMax: 10 }, () => ({})],
    ['from one network', { networkMax: 10 }, () => ({ subject: randomUUID() })],
    ['about one account from anywhere', { subjectMax: 10 }, () => ({ network: randomUUID() })],
  ])('%s are limited exactly, when a hundred arrive concurrently at several gateways', async (_, max, of) => {
    const { takeMany } = setUp(max)
    expect(await takeMany(100, of)).toBe(10)
  })

  it('are refused with the time to wait, and are not counted then', async () => {
    const { take, takeMany, id } = setUp({ pairMax: 2, networkMax: 3 })
    expect(await takeMany(5)).toBe(2)
    expect(await take()).toMatchObject({ status: 'limited', retryAfterSeconds: expect.any(Number) })
    const limited = await take()
    expect(limited?.status === 'limited' && limited.retryAfterSeconds).toBeGreaterThan(50)
    // The network has one attempt left, which the refused ones did not use up.
    expect(await take({ subject: `other-${id}` })).toEqual({ status: 'taken' })
    expect(await take({ subject: `third-${id}` })).toMatchObject({ status: 'limited' })
  })

  it('from another network are not blocked by those of one network', async () => {
    const { take, takeMany } = setUp({ pairMax: 3 })
    expect(await takeMany(20)).toBe(3)
    expect(await take({ network: randomUUID() })).toEqual({ status: 'taken' })
  })

  it('are allowed again after the window', async () => {
    const { take, takeMany, id } = setUp({ pairMax: 1 })
    expect(await takeMany(3)).toBe(1)
    const [key = ''] = await keysOf(id)
    await redis().pexpire(key, 1)
    await expect.poll(() => take()).toEqual({ status: 'taken' })
  })

  it('count as the same account, however the address is written, and separately from e-mails', async () => {
    const { take, id } = setUp({ pairMax: 1 })
    expect(await take({ subject: `${id}@naru.test` })).toEqual({ status: 'taken' })
    const local = id.toUpperCase()
    const spellings = [
      ` ${local}@Naru.Test `,
      `${local}+tag@naru.test`,
      `${local.replace('-', '.')}@naru.test`,
    ]
    for (const subject of spellings) expect(await take({ subject })).toMatchObject({ status: 'limited' })
    expect(await take({ subject: `${id}@naru.example` })).toEqual({ status: 'taken' })
    expect(await take({}, 'email')).toEqual({ status: 'taken' })
  })

  it.each([
    ['fan-rock@yahoo.com', 'fan-pop@yahoo.com'],
    ['fan@gmail.com', 'fan@googlemail.com'],
    ['fan@ya.ru', 'fan@yandex.com'],
    ['rock@fan.fastmail.com', 'pop@fan.fastmail.com'],
  ])('at %s and %s, which are one mailbox, share the limits of one account', async (first, second) => {
    const { take, id } = setUp({ pairMax: 1 })
    const named = (email: string) => ({ subject: email.replace('fan', `fan${id.replaceAll('-', '')}`) })
    expect(await take(named(first))).toEqual({ status: 'taken' })
    expect(await take(named(second))).toMatchObject({ status: 'limited' })
  })

  it('are not counted for our own requests', async () => {
    const { id } = setUp({})
    const bare = { device: undefined, proof: undefined }
    const none = { networkMax: 1, pairMax: 1, subjectMax: 1, windowSeconds: 60 }
    const takeAttempt = createTakeAttempt(redis(), { 'sign-in': none, email: none }, 60)
    for (let n = 0; n < 3; n += 1) {
      expect(await takeAttempt({ kind: 'sign-in', subject: id, network: undefined, ...bare })).toEqual({
        status: 'taken',
      })
    }
  })

  it('leave no address in Redis, and no key without an expiry', async () => {
    const { take, id } = setUp({})
    await take()
    const keys = await keysOf(id)
    expect(keys).toHaveLength(2)
    expect(keys.join()).not.toContain('naru.test')
    for (const key of keys) expect(await redis().ttl(key)).toBeGreaterThan(0)
  })

  /** The keys with the network of a test, the one of its account first. */
  async function keysOf(id: string): Promise<string[]> {
    const pattern = attemptsKeys('sign-in', { subject: '*', network: `network-${id}` })
    const found: string[] = []
    for (const node of nodesOf(redis())) {
      found.push(...(await node.keys(pattern.pair)), ...(await node.keys(pattern.network)))
    }
    return found
  }
})
