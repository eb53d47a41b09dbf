import { expect, it } from 'vitest'
import { useDatabase } from '../../../drizzle/testing/database.ts'
import { useRedis } from '../../../shared/testing/redis.ts'
import { redisUrl } from '../../../shared/testing/stores.ts'
import { runMain } from '../../tests/run-main.ts'
import { openCancelSale } from './testing.ts'

const { redis } = useRedis()
const { db, url } = useDatabase()

const AT_ANY_AGE = ['--rest-seconds', '0']
const ALL = ['--hours', '87600', ...AT_ANY_AGE]

const runReconcile = (args: string[], env: Record<string, string>) => runMain(import.meta.dirname, args, env)

async function openSale() {
  const sale = await openCancelSale({ db: db(), redis: redis() }, { cancellations: { take: () => {} } })
  const env = {
    DATABASE_URL: url(),
    REDIS_URL: redisUrl(),
    PROVIDER_URL: sale.providerUrl,
  }
  return { ...sale, env }
}

it('repairs what it can, prints its actions, and exits with 0 when nothing is left open', async () => {
  const { buy, cancel, order, env } = await openSale()
  const { orderId, payment } = await buy()
  await cancel(orderId, payment.account)
  // The test's provider dates its charges long ago.
  const { status, stdout, stderr } = await runReconcile(ALL, env)
  expect(stderr).toBe('')
  expect(stdout.split('\n')).toEqual([
    expect.stringMatching(/^found +done +payment +amount +reason$/),
    expect.stringMatching(
      new RegExp(
        `^cancellation-unfinished  finished  ${payment.id}  1000 KRW  its money and its units are back$`,
      ),
    ),
    '',
    '1 charges compared, 0 unfinished payments, 1 unfinished cancellations, 0 unfinished refunds in part, 1 findings, 0 left open',
    '',
  ])
  expect(status).toBe(0)
  expect(await order(orderId)).toMatchObject({ state: 'cancelled', isReturned: true })
  expect(await runReconcile(AT_ANY_AGE, env)).toMatchObject({
    status: 0,
    stdout:
      '0 charges compared, 0 unfinished payments, 0 unfinished cancellations, 0 unfinished refunds in part, 0 findings, 0 left open\n',
  })
})

it('exits with 1 when a finding needs a person, and prints lines of JSON', async () => {
  const { charges, env } = await openSale()
  const order = { amountMinor: 700, currency: 'KRW', method: 'card-ok' as const, reference: 'none' }
  await charges.charge('unheard of', order)
  const { status, stdout } = await runReconcile(['--json', '--hours', '1', ...AT_ANY_AGE], env)
  const { status: all, stdout: lines } = await runReconcile(['--json', ...ALL], env)
  expect([status, stdout]).toEqual([0, ''])
  expect(
    lines
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line)),
  ).toEqual([
    expect.objectContaining({
      found: 'charge-without-payment',
      done: 'listed',
      open: true,
      amountMinor: 700,
    }),
  ])
  expect(all).toBe(1)
})

it.each([['--hours', '0'], ['--hours', 'x'], ['--rest-seconds', '3601'], ['--fast']])(
  'exits with 2 on wrong usage: %s %s',
  async (...args) => {
    const { env } = await openSale()
    const { status, stdout, stderr } = await runReconcile(args, env)
    expect([status, stdout]).toEqual([2, ''])
    expect(stderr).toContain('npm run reconcile')
  },
)

it.each([
  ['Redis', { REDIS_URL: '/nowhere/redis.sock' }],
  ['MySQL', { DATABASE_URL: 'mysql://root@localhost/naru?socketPath=/nowhere/my.sock' }],
])('exits with 3 and one line when %s cannot be reached', async (store, elsewhere) => {
  const { env } = await openSale()
  const { status, stderr } = await runReconcile([], { ...env, ...elsewhere })
  expect([status, stderr]).toEqual([3, `${store} cannot be reached\n`])
})
