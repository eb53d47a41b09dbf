import { expect, it } from 'vitest'
import { useDatabase } from '../../../drizzle/testing/database.ts'
import { useRedis } from '../../../shared/testing/redis.ts'
import { redisUrl } from '../../../shared/testing/stores.ts'
import { runMain } from '../../tests/run-main.ts'
import { openTestSale } from './testing.ts'

const { redis } = useRedis()
const { db, url } = useDatabase()

const runAudit = (args: string[], env: Record<string, string>) => runMain(import.meta.dirname, args, env)

async function openSale() {
  const sale = await openTestSale({ db: db(), redis: redis() })
  const env = { DATABASE_URL: url(), REDIS_URL: redisUrl(), PROVIDER_URL: sale.providerUrl }
  const only = ['--wait', '0', '--festival', sale.festival.id]
  return { ...sale, env, only }
}

it('prints a line for each invariant and exits with 0 when all hold', async () => {
  const { buy, festival, env } = await openSale()
  await buy(2, 1)
  const { status, stdout, stderr } = await runAudit([], env)
  expect(stdout.trimEnd().split('\n')).toEqual([
    `Audit of festival ${festival.id}`,
    '1  holds   Every unit is free, held or sold, in Redis and in MySQL (2 ticket types, 15 units)',
    '2  holds   A unit belongs to one order, and an order owns what it paid for (3 units, 1 order, 3 tickets)',
    '3  holds   Every charge is an order or was given back, and every order has one (1 order, 1 payment, 1 charge)',
    '4  holds   No account exceeds its limit of a type (1 account)',
    '5  holds   Live passes and calls keep to their limits (0 live passes, 1 recent call)',
    '6  holds   Positions are a permutation (1 entry, 1 claim, 1 retry record)',
    '7  holds   Nobody is called before someone with a lower position (1 place called)',
    '8  holds   A ticket is checked in at most once (3 tickets, 0 check-ins)',
  ])
  expect([status, stderr]).toEqual([0, ''])
})

it('prints a breach of any festival and exits with 1, unless only another one is requested', async () => {
  const sound = await openSale()
  const { keys, type, festival } = await openSale()
  await redis().hincrby(keys.stock, `free:${type}`, -1)
  const all = await runAudit(['--wait', '0'], sound.env)
  expect(all.status).toBe(1)
  expect(all.stdout).toMatch(/^Audit of \d+ festivals\n1 {2}BROKEN {2}Every unit is free/)
  expect(all.stdout).toContain(
    [
      `     ${festival.id}: quantity is not free + held + sold in Redis (1)`,
      `       type ${type} (quantity 10, free 9, held 0, sold 0)`,
    ].join('\n'),
  )
  expect((await runAudit(sound.only, sound.env)).status).toBe(0)
})

it('prints the report as JSON', async () => {
  const { festival, env, only } = await openSale()
  const { status, stdout } = await runAudit([...only, '--json'], env)
  expect(JSON.parse(stdout)).toMatchObject({
    holds: true,
    festivals: [festival.id],
    inFlight: 0,
    invariants: [1, 2, 3, 4, 5, 6, 7, 8].map((number) => ({ number, holds: true, breaches: [] })),
  })
  expect(status).toBe(0)
})

it('exits with 2 on wrong usage, and for an unknown festival', async () => {
  const { env } = await openSale()
  const unknown = await runAudit(['--festival', 'none'], env)
  expect(unknown).toEqual({ status: 2, stdout: '', stderr: 'There is no festival none\n' })
  const { status, stdout, stderr } = await runAudit(['--fast'], env)
  expect([status, stdout]).toEqual([2, ''])
  expect(stderr).toContain('--fast')
})

it('asks the provider that the origin has, and says in one line what that lacks', async () => {
  const { env, only } = await openSale()
  const { PROVIDER_URL: _, ...others } = env
  const { status, stdout, stderr } = await runAudit(only, { ...others, PAYMENT_PROVIDER: 'stripe' })
  expect([status, stdout]).toEqual([3, ''])
  expect(stderr).toContain('STRIPE_SECRET_KEY')
})

it.each([
  ['Redis', { REDIS_URL: '/nowhere/redis.sock' }, /^Redis cannot be reached: .*ENOENT.*\n$/],
  [
    'MySQL',
    { DATABASE_URL: 'mysql://root@localhost/naru?socketPath=/nowhere/my.sock' },
    /^MySQL cannot be reached: .*ENOENT.*\n$/,
  ],
  [
    'the provider',
    { PROVIDER_URL: 'http://127.0.0.1:2' },
    /^The payment provider at \S+ cannot be reached: .*ECONNREFUSED.*\n$/,
  ],
])('exits with 3 and one line when %s cannot be reached', async (_, elsewhere, line) => {
  const { buy, env, only } = await openSale()
  await buy()
  const { status, stdout, stderr } = await runAudit(only, { ...env, ...elsewhere })
  expect([status, stdout]).toEqual([3, ''])
  expect(stderr).toMatch(line)
})
