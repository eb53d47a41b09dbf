import { mkdtempSync, rmSync } from 'node:fs'
import type { NetConnectOpts } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it, onTestFinished } from 'vitest'
import { createDatabase } from '../../../drizzle/database.ts'
import { useDatabase } from '../../../drizzle/testing/database.ts'
import { createSandboxProvider } from '../../../origin/payments/providers/sandbox.ts'
import { testCharge } from '../../../origin/testing/payments.ts'
import { createRedis } from '../../../shared/redis/client.ts'
import { createLogger } from '../../../shared/runtime/log.ts'
import { redisUrl } from '../../../shared/testing/stores.ts'
import { openTestSale } from '../../operate/audit/testing.ts'
import { createProxy } from './proxy.ts'
import { type Partner, STEP_NAMES, STEPS, type StepName } from './steps.ts'
import { createTrigger } from './trigger.ts'

const { url: databaseUrl } = useDatabase()

/** A proxy on a separate socket, and the steps that were seen to pass through it. */
async function watchedProxy(folder: string, partner: Partner, target: NetConnectOpts, seen: StepName[]) {
  const path = join(folder, `${partner}.sock`)
  const listen = partner === 'provider' ? { host: '127.0.0.1', port: 0 } : { path }
  const proxy = await createProxy({ listen, targets: () => [target] })
  onTestFinished(proxy.close)
  for (const name of STEP_NAMES) {
    if (STEPS[name].partner !== partner) continue
    // Only observes: the step passes.
    const trigger = createTrigger(STEPS[name], 1, () => seen.push(name))
    proxy.watch({
      see(...chunk) {
        if (trigger.see(...chunk) === 'stop-after') trigger.passed?.()
        return 'pass'
      },
    })
  }
  return { port: proxy.port, path }
}

it('recognises every step of a purchase by the bytes that the product sends', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'naru-steps-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  const seen: StepName[] = []
  const real = new URL(databaseUrl())
  const mysql = await watchedProxy(folder, 'mysql', { path: real.searchParams.get('socketPath') ?? '' }, seen)
  const redisWay = await watchedProxy(folder, 'redis', { path: redisUrl() }, seen)
  real.searchParams.set('socketPath', mysql.path)
  const { db, close } = createDatabase({ url: real.href, connectionsMax: 2, queueMax: 10 })
  onTestFinished(close)
  const redis = createRedis({ url: redisWay.path, name: 'test', log: createLogger('test', 'silent') })
  onTestFinished(() => redis.disconnect())
  await redis.connect()

  const sale = await openTestSale({ db, redis })
  const sandbox = { host: '127.0.0.1', port: Number(new URL(sale.providerUrl).port) }
  const { port } = await watchedProxy(folder, 'provider', sandbox, seen)
  const client = createSandboxProvider({
    url: `http://127.0.0.1:${port}`,
    timeoutMs: 5000,
    connectionsMax: 1,
  })
  onTestFinished(client.close)

  const fan = await sale.admitFan()
  await sale.hold(fan)
  expect(seen).toEqual([])
  await sale.accept(fan)
  const queued = await sale.take()
  expect(seen).toEqual(STEP_NAMES.slice(0, 3))
  await sale.record(queued)
  const { id, amountMinor, currency, method } = queued.payment
  const outcome = await client.provider.charge(testCharge({ key: id, amountMinor, currency, method }))
  if (outcome.status !== 'succeeded') throw new Error(outcome.status)
  const settled = await sale.settle({ payment: queued.payment, outcome })
  await sale.finish(queued, settled)
  expect(seen).toEqual(STEP_NAMES)
})
