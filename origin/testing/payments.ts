import { randomUUID } from 'node:crypto'
import type { Database } from '../../drizzle/database.ts'
import { createBlockingRedis, type Redis } from '../../shared/redis/client.ts'
import { roomKeys } from '../../shared/redis/keys.ts'
import { createLogger } from '../../shared/runtime/log.ts'
import { grantTestPasses } from '../../shared/testing/redis.ts'
import { redisUrl } from '../../shared/testing/stores.ts'
import type { Hold } from '../holds/hold.ts'
import { readHold } from '../holds/read-hold.ts'
import { takeHold } from '../holds/take-hold.ts'
import type { Payment } from '../payments/payment.ts'
import { parseEntry } from '../payments/payment-entry.ts'
import { acceptPayment } from '../payments/process/accept-payment.ts'
import { createPaymentRecorder, type PaymentRecorder } from '../payments/process/payment-recorder.ts'
import type { PaymentWorkerDeps } from '../payments/process/worker.ts'
import type { ChargeRequest } from '../payments/provider.ts'
import { makeTestAccounts, makeTestFestival } from './origin.ts'

const log = createLogger('test', 'silent')

/** A worker that attempts a permanent failure three times, and expires a payment after 900 seconds. */
export function testWorkerDeps(
  stores: Pick<PaymentWorkerDeps, 'db' | 'redis' | 'provider'>,
  more: Partial<PaymentWorkerDeps>,
): PaymentWorkerDeps {
  return {
    openBlockingRedis: (key) =>
      createBlockingRedis({ url: redisUrl(), name: 'test payments', log }, { redis: stores.redis, key }),
    now: Date.now,
    publicUrl: 'https://naru.test',
    log,
    countOutcome: () => {},
    consumer: 'one',
    batchMax: 50,
    chargeConcurrency: 20,
    backoff: { baseMs: 60_000, maxMs: 60_000 },
    attemptsMax: 3,
    expireMs: 900_000,
    expireMarginMs: 60_000,
    rememberSeconds: 60,
    ...stores,
    ...more,
  }
}

export function openTestRecorder(db: Database): PaymentRecorder {
  return createPaymentRecorder({ db, now: Date.now, batchMax: 100 })
}

/** A charge to request of a provider. */
export function testCharge(of: Partial<ChargeRequest> = {}): ChargeRequest {
  const key = of.key ?? randomUUID()
  return {
    ...{ key, amountMinor: 1000, currency: 'KRW', method: 'card-ok', reference: key },
    ...{ until: new Date(Date.now() + 600_000), returnUrl: `https://naru.test/return/${key}` },
    ...of,
  }
}

/** The amount and version that a fan agrees to. Throws where nothing is held. */
export function agreementTo(held: { status: string; hold?: Hold }): {
  amountMinor: number
  holdVersion: string
} {
  if (held.hold === undefined) throw new Error(`nothing is held: ${held.status}`)
  return { amountMinor: held.hold.amountMinor, holdVersion: held.hold.version }
}

/** A festival in which this many fans may hold a unit each, and a way for them to pay. */
export async function openTestHolds(
  { db, redis }: { db: Database; redis: Redis },
  count: number,
  quantity = count,
) {
  const festival = await makeTestFestival({ db, redis }, { quantities: [quantity] })
  const accounts = count === 0 ? [] : await makeTestAccounts(db, count)
  const passes = await grantTestPasses(redis, festival.id, accounts)
  const type = festival.types[0] ?? 0
  const recorder = openTestRecorder(db)
  const pay = async (i: number, key = `key-${i}`, method = 'card-ok'): Promise<string> => {
    const input = { room: festival.id, account: accounts[i] ?? '', passId: passes[i] ?? '' }
    await takeHold(redis, { ...input, basket: [{ type, quantity: 1 }] })
    // A hold that is paid for already can be read, and not taken again.
    const agreed = agreementTo(await readHold(redis, input))
    const accepted = await acceptPayment(
      { redis, db, recorder, rememberSeconds: 60, queueMax: 10_000 },
      { ...input, ...agreed, method, idempotencyKey: key },
    )
    if (accepted.status !== 'accepted') throw new Error(`paying was answered ${accepted.status}`)
    return accepted.payment
  }
  return {
    room: festival.id,
    type,
    accounts,
    passes,
    pay,
    payAll: () => Promise.all(accounts.map((_, i) => pay(i))),
    /** A payment as stored in the stream. */
    async payment(id: string): Promise<Payment> {
      for (const raw of await redis.xrange(roomKeys(festival.id).payments, '-', '+')) {
        const parsed = parseEntry(festival.id, raw)
        if ('payment' in parsed && parsed.payment.id === id) return parsed.payment
      }
      throw new Error('the payment is not in the stream')
    },
  }
}

/** A database that can be unavailable: then every statement and transaction fails as when the server is down. */
export function withOutages(real: Database): {
  db: Database
  begin(): void
  end(): void
  refused(): number
} {
  let away = false
  let refused = 0
  const refuse = () => {
    refused += 1
    return Promise.reject(Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED' }))
  }
  const statement: object = new Proxy(
    {},
    {
      // Building a statement still works; executing it is rejected.
      get: (_, name): unknown =>
        name === 'then'
          ? (_done: unknown, failed: (error: unknown) => void) => refuse().catch(failed)
          : () => statement,
    },
  )
  const db = new Proxy(real, {
    get(target, name) {
      if (!away) {
        const value: unknown = Reflect.get(target, name)
        return typeof value === 'function' ? value.bind(target) : value
      }
      return name === 'transaction' ? refuse : () => statement
    },
  })
  return {
    db,
    begin() {
      away = true
    },
    end() {
      away = false
    },
    refused: () => refused,
  }
}
