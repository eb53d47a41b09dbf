import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createPool, type Pool } from 'mysql2/promise'
import { v7 as uuidv7 } from 'uuid'
import { createDatabase, type Database } from '../../../drizzle/database.ts'
import { migrateDatabase } from '../../../drizzle/migrate.ts'
import type { Payment } from '../../../origin/payments/payment.ts'
import { PAYMENT_BATCH_MAX as BATCH } from '../../../origin/payments/process/payment-recorder.ts'
import { acceptPayments, beginPayments } from '../../../origin/payments/process/record-payments.ts'
import { settlePayments } from '../../../origin/payments/process/settle-payments.ts'
import { makeTestAccounts, makeTestFestival, type TestFestival } from '../../../origin/testing/origin.ts'
import { startDatabase } from '../../develop/stores/database.ts'
import { alternate, type Measured, summarise } from './measure.ts'
import type { Figure } from './report.ts'
import type { BenchOptions } from './setup.ts'

const CONNECTIONS = 4
const LONE_ORDERS = 100
const HUNDRED = 100
/**
 * The limit per account, and what each owns at the end: every order is checked together with the account's earlier
 * ones.
 */
const ORDERS_PER_ACCOUNT = 4
const ACCOUNTS_PER_BATCH = 1000
/** Units prepared for each second of measuring; a faster host ends its measurement early. */
const UNITS_PER_SECOND = 12_000

/** A festival, and the account that buys next: all accounts take turns. */
type Sale = { festival: TestFestival; nextPayment: () => Payment }
type Shop = {
  db: Database
  pool: Pool
  hot: Sale
  spread: Sale
  /** Of the hot festival, for rows that are only written: they count towards no buyer's limit. */
  bare: Sale
  /** Unit numbers beyond any ticket type's. */
  otherUnit: () => number
}

/**
 * Settling: orders stored durably in MySQL, each recorded when it is accepted and when its charge begins, and settled
 * after that, as origins do it. A dedicated MySQL is durable and flushes every commit to disk.
 */
export async function benchSettle({ seconds, runs, env }: BenchOptions): Promise<Figure[]> {
  const dataDirectory = mkdtempSync(join(tmpdir(), 'naru-bench-'))
  const store = await startDatabase({ env, durable: true, dataDirectory: join(dataDirectory, 'database') })
  const { db, close } = createDatabase({ url: store.url, connectionsMax: CONNECTIONS, queueMax: 10_000 })
  const pool = createPool({ uri: store.url, connectionLimit: CONNECTIONS, timezone: 'Z' })
  try {
    await migrateDatabase(store.url)
    const units = UNITS_PER_SECOND * (seconds + 1) * (runs + 1)
    const accounts: string[] = []
    while (accounts.length < units / ORDERS_PER_ACCOUNT) {
      accounts.push(...(await makeTestAccounts(db, ACCOUNTS_PER_BATCH)))
    }
    const saleOf = async (quantities: number[]) =>
      openSale(await makeTestFestival({ db }, { quantities, accountLimit: ORDERS_PER_ACCOUNT }), accounts)
    let lastUnit = 1_000_000_000
    const hot = await saleOf([units])
    const shop: Shop = {
      db,
      pool,
      bare: openSale(hot.festival, await makeTestAccounts(db, ACCOUNTS_PER_BATCH)),
      otherUnit: () => (lastUnit += 1),
      hot,
      spread: await saleOf(Array.from({ length: HUNDRED }, () => Math.ceil(units / HUNDRED))),
    }
    return await measureAll(shop, seconds, runs)
  } finally {
    await pool.end()
    await close()
    await store.stop()
    rmSync(dataDirectory, { recursive: true })
  }
}

async function measureAll(shop: Shop, seconds: number, runs: number): Promise<Figure[]> {
  const contenders = {
    hot: () => settleFor(shop, shop.hot, BATCH, seconds),
    spread: () => settleFor(shop, shop.spread, BATCH, seconds),
    single: () => settleFor(shop, shop.hot, 1, seconds),
    bare: () => insertFor(shop, seconds),
  }
  await alternate(1, contenders) // not counted: code is compiled and pages are read while it runs
  const measured = await alternate(runs, contenders)
  const figure = (name: string, beside: string, baseline: readonly Measured[], target: string): Figure => ({
    name,
    unit: 'orders/s',
    measured: measured.hot,
    baseline: { name: beside, measured: baseline },
    target,
  })
  return [
    figure('settle, batched', 'one transaction per order', measured.single, '≥ 15 ×'),
    figure('settle, beside bare rows', 'multi-row INSERT of the same rows', measured.bare, '≥ 0.25 ×'),
    {
      ...figure('settle, one hot ticket type', 'a hundred ticket types', measured.spread, '0.8 to 1.2 ×'),
      note: `${BATCH} orders of one unit each in a batch, ${CONNECTIONS} connections`,
    },
    {
      name: 'lone order, recorded and settled',
      unit: 'ms, p50',
      measured: await measureLone(shop, runs),
      target: '< 15',
      note: `${LONE_ORDERS} orders one after another`,
    },
  ]
}

/** Orders per second by as many lanes as connections. */
function settleFor({ db }: Shop, { nextPayment }: Sale, batch: number, seconds: number): Promise<Measured> {
  return inLanes(seconds, async () => {
    await settleAll(
      db,
      Array.from({ length: batch }, () => nextPayment()),
    )
    return batch
  })
}

function openSale(festival: TestFestival, accounts: readonly string[]): Sale {
  let next = 0
  return {
    festival,
    nextPayment() {
      next += 1
      return paymentFor(festival, accounts[next % accounts.length] ?? '', next)
    },
  }
}

async function settleAll(db: Database, payments: readonly Payment[]): Promise<void> {
  await acceptPayments(db, payments, new Date())
  await beginPayments(db, payments, new Date())
  const charged = payments.map((payment) => ({
    payment,
    outcome: { status: 'succeeded' as const, chargeId: payment.id },
  }))
  const settled = await settlePayments(db, charged, new Date())
  for (const { state } of settled.values()) {
    if (state !== 'confirmed') throw new Error(`A payment was ${state}`)
  }
}

function paymentFor({ id, types }: TestFestival, account: string, n: number): Payment {
  return {
    id: uuidv7(),
    account,
    room: id,
    hold: uuidv7(),
    basket: [{ type: types[n % types.length] ?? 0, quantity: 1, limit: ORDERS_PER_ACCOUNT }],
    amountMinor: 1000,
    currency: 'KRW',
    method: 'card-ok',
  }
}

/** The cost of the same orders as rows that are only written. */
function insertFor({ pool, bare, otherUnit }: Shop, seconds: number): Promise<Measured> {
  const { id: festival, types } = bare.festival
  const [type = 0] = types
  return inLanes(seconds, async () => {
    const rows = Array.from({ length: BATCH }, () => ({
      payment: bare.nextPayment(),
      order: uuidv7(),
      ticket: uuidv7(),
      unit: otherUnit(),
    }))
    const at = new Date()
    const insert = (table: string, columns: string, values: unknown[][]) =>
      pool.query(`insert into ${table} (${columns}) values ?`, [values])
    await insert(
      'payments',
      'id, account_id, festival_id, hold_id, basket, amount_minor, currency, method, state, created_at',
      rows.map(({ payment: { id, account, hold, basket, amountMinor, currency, method } }) => [
        ...[id, account, festival, hold, JSON.stringify(basket)],
        ...[amountMinor, currency, method, 'confirmed', at],
      ]),
    )
    await insert(
      'orders',
      'id, payment_id, account_id, festival_id, amount_minor, currency, created_at',
      rows.map(({ payment, order }) => [order, payment.id, payment.account, festival, 1000, 'KRW', at]),
    )
    await insert(
      'units',
      'ticket_type_id, number, order_id',
      rows.map(({ order, unit: number }) => [type, number, order]),
    )
    await insert(
      'tickets',
      'id, order_id, ticket_type_id, unit_number, code',
      rows.map(({ ticket, order, unit: number }) => [ticket, order, type, number, ticket.slice(-22)]),
    )
    return BATCH
  })
}

/** Runs `work` in every lane until the time is over; the sum of their results, per second. */
async function inLanes(seconds: number, work: () => Promise<number>): Promise<Measured> {
  const startMs = performance.now()
  const endMs = startMs + seconds * 1000
  let done = 0
  await Promise.all(
    Array.from({ length: CONNECTIONS }, async () => {
      while (performance.now() < endMs) done += await work()
    }),
  )
  return { value: (done * 1000) / (performance.now() - startMs) }
}

async function measureLone(shop: Shop, runs: number): Promise<Measured[]> {
  const medians: Measured[] = []
  for (let run = 0; run < runs; run += 1) {
    const times: number[] = []
    for (let n = 0; n < LONE_ORDERS; n += 1) {
      const startMs = performance.now()
      await settleAll(shop.db, [shop.hot.nextPayment()])
      times.push(performance.now() - startMs)
    }
    medians.push({ value: summarise(times).median })
  }
  return medians
}
