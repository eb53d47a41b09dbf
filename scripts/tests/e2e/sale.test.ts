import { randomBytes, randomUUID } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { count, eq } from 'drizzle-orm'
import { describe, expect, it } from 'vitest'
import { accounts } from '../../../drizzle/schema/accounts.ts'
import { orders, tickets } from '../../../drizzle/schema/purchases.ts'
import { makeFestival } from '../../../origin/catalogue/make-festival.ts'
import { useRedis } from '../../../shared/testing/redis.ts'
import { parseSale } from '../../load/replay/arrivals.ts'
import { type ReplayOptions, replay } from '../../load/replay/replay.ts'
import type { Report } from '../../load/replay/report.ts'
import { audit } from '../../operate/audit/audit.ts'
import { createLedgerClient } from '../../operate/audit/read-ledger.ts'
import { festivalOnSale } from '../../operate/seed/demo.ts'
import { type Call, call as callAt } from './http.ts'
import { useSystem } from './use-system.ts'

const RECORDED = parseSale(
  readFileSync(new URL('../../load/replay/sales/emf-2026.csv', import.meta.url), 'utf8'),
)
/** A sixth of every second: the same rush, scaled. `npm run replay` uses all of it. */
const THINNED = RECORDED.map(({ second, reservations }) => ({
  second,
  reservations: Math.ceil(reservations / 6),
}))
const THINNED_FANS = THINNED.reduce((sum, { reservations }) => sum + reservations, 0)
const SCARCE_UNITS = Math.floor(THINNED_FANS / 2)
const SALE_TIMEOUT_MS = 600_000
/** A busy host may take a minute to restart an origin. */
const PATIENT = { retryMsMax: 240_000 }

const { redis } = useRedis()
const system = useSystem()

/** Opens a sale, and waits until a gateway shows it. Returns its festival. */
async function openSale(units: number): Promise<string> {
  const id = `test-${randomUUID()}`
  const sale = festivalOnSale(id, Date.now(), { units, ratePerSecond: 50, maxActive: 150 })
  await makeFestival({ db: system().db, now: Date.now }, sale)
  const phase = async () => {
    const response = await fetch(`${system().gatewayUrl}/api/rooms/${id}/status`)
    return ((await response.json()) as { phase?: string }).phase
  }
  await expect.poll(phase).toBe('open')
  return id
}

const replayRecorded = (festival: string, options: Partial<ReplayOptions> = {}) =>
  replay({ sale: THINNED, gatewayUrl: system().gatewayUrl, festival, limits: PATIENT, ...options })

async function countOrders(festival: string): Promise<number> {
  const [row] = await system()
    .db.select({ orders: count() })
    .from(orders)
    .where(eq(orders.festivalId, festival))
  return row?.orders ?? 0
}

/** Every fan with confirmed tickets has exactly those in MySQL. */
async function expectTicketsAsReported(report: Report): Promise<void> {
  const told = report.records
    .filter(({ outcome }) => outcome === 'confirmed')
    .flatMap(({ email, tickets: theirs }) => theirs.map(({ id }) => `${email} ${id}`))
  const rows = await system()
    .db.select({ email: accounts.email, id: tickets.id })
    .from(tickets)
    .innerJoin(orders, eq(orders.id, tickets.orderId))
    .innerJoin(accounts, eq(accounts.id, orders.accountId))
    .where(eq(orders.festivalId, report.festival))
  expect(rows.map(({ email, id }) => `${email} ${id}`).toSorted()).toEqual(told.toSorted())
}

async function expectAuditHolds(festival: string): Promise<void> {
  const stores = { db: system().db, redis: redis(), fetchLedger: createLedgerClient(system().providerUrl) }
  const { inFlight, invariants } = await audit({ ...stores, festival, waitSeconds: 30 })
  expect(inFlight).toBe(0)
  expect(invariants.filter(({ holds }) => !holds)).toEqual([])
}

describe('a recorded sale, replayed over HTTP through gateway and origin', () => {
  it('gives every fan a ticket where there is stock for all', { timeout: SALE_TIMEOUT_MS }, async () => {
    const festival = await openSale(1000)
    const report = await replayRecorded(festival)
    expect(report.errorExamples).toEqual([])
    const all = THINNED_FANS
    expect(report).toMatchObject({ fans: all, entered: all, admitted: all, sold: all, errors: 0 })
    expect(await countOrders(festival)).toBe(all)
    await expectTicketsAsReported(report)
    await expectAuditHolds(festival)
  })

  it('sells all units, and reports to the other fans that it is sold out', {
    timeout: SALE_TIMEOUT_MS,
  }, async () => {
    const festival = await openSale(SCARCE_UNITS)
    const report = await replayRecorded(festival)
    expect(report.errorExamples).toEqual([])
    expect(report).toMatchObject({
      fans: THINNED_FANS,
      sold: SCARCE_UNITS,
      rejectedReasons: { 'sold-out': THINNED_FANS - SCARCE_UNITS },
    })
    expect(await countOrders(festival)).toBe(SCARCE_UNITS)
    await expectTicketsAsReported(report)
    await expectAuditHolds(festival)
  })

  it('loses nothing when the origin is killed half-way', { timeout: SALE_TIMEOUT_MS }, async () => {
    const festival = await openSale(1000)
    const before = system().restarts()
    let killed = 0
    const report = await replayRecorded(festival, {
      onProgress: ({ arrived }) => {
        if (killed !== 0 || arrived < THINNED_FANS / 2) return
        killed = system().originPid()
        process.kill(killed, 'SIGKILL')
      },
    })
    expect(killed).toBeGreaterThan(0)
    expect(system().restarts()).toBe(before + 1)
    expect(report.errorExamples).toEqual([])
    expect(report).toMatchObject({ fans: THINNED_FANS, sold: THINNED_FANS, errors: 0 })
    await expectTicketsAsReported(report)
    await expectAuditHolds(festival)
  })
})

describe('one fan, step by step', () => {
  const call = (
    method: string,
    path: string,
    { at = system().gatewayUrl, ...options }: Call & { at?: string } = {},
  ) => callAt(at, method, path, options)

  async function calledFan(room: string): Promise<{ session: string; pass: string }> {
    const key = randomBytes(16).toString('base64url')
    const entered = await call('POST', `/api/rooms/${room}/entries`, { body: { key } })
    const { place } = entered.body
    const account = { email: `${randomUUID()}@naru.test`, password: 'a long password', name: 'Fan' }
    const session = String((await call('POST', '/api/accounts', { body: account })).body['token'])
    let claimed = { status: 0, body: {} as Record<string, unknown> }
    const claim = async () => {
      claimed = await call('POST', `/api/rooms/${room}/claims`, { token: session, body: { place } })
      return claimed.status
    }
    await expect.poll(claim).toBe(201)
    return { session, pass: String(claimed.body['pass']) }
  }

  it('holds, releases, holds again, is declined, pays with another card, and has the tickets', async () => {
    const room = await openSale(100)
    const festival = await call('GET', `/api/festivals/${room}`)
    const [first, second] = festival.body['ticketTypes'] as { id: number; priceMinor: number }[]
    const { session, pass: token } = await calledFan(room)
    const hold = `/api/rooms/${room}/hold`
    const basket = [
      { type: first?.id, quantity: 2 },
      { type: second?.id, quantity: 1 },
    ]
    const amountMinor = 2 * (first?.priceMinor ?? 0) + (second?.priceMinor ?? 0)
    expect(await call('PUT', hold, { token, body: { basket } })).toMatchObject({
      status: 200,
      body: { amountMinor },
    })
    expect((await call('DELETE', hold, { token })).status).toBe(204)
    expect((await call('GET', hold, { token })).status).toBe(404)
    await call('PUT', hold, { token, body: { basket } })

    const pay = async (method: string) => {
      const headers = { 'idempotency-key': randomUUID() }
      const { version } = (await call('GET', hold, { token })).body
      const body = { method, amountMinor, holdVersion: version }
      const paid = await call('POST', `/api/rooms/${room}/payments`, { token, body, headers })
      expect(paid.status).toBe(202)
      const status = () =>
        call('GET', `/api/rooms/${room}/payments/${String(paid.body['id'])}`, { token: session })
      const open = ['accepted', 'charging', 'paid']
      const isOpen = async () => open.includes(String((await status()).body['state']))
      await expect.poll(isOpen).toBe(false)
      return (await status()).body
    }
    expect(await pay('card-declined')).toMatchObject({ state: 'declined' })
    const paid = await pay('card-ok')
    expect(paid).toMatchObject({ state: 'confirmed' })

    const order = await call('GET', `/api/orders/${String(paid['order'])}`, { token: session })
    expect(order.body).toMatchObject({ amountMinor, festival: room })
    expect((order.body['tickets'] as { type: number }[]).map(({ type }) => type)).toEqual([
      first?.id,
      first?.id,
      second?.id,
    ])
    // The pass covered this one order.
    expect(await call('PUT', hold, { token, body: { basket } })).toMatchObject({
      status: 403,
      body: { code: 'pass-ended' },
    })
    await expectAuditHolds(room)
  })

  it('is refused by the origin itself without a token of the right kind and room', async () => {
    const room = await openSale(10)
    const { session, pass } = await calledFan(room)
    const at = system().originUrl
    const hold = `/api/rooms/${room}/hold`
    expect((await call('GET', hold, { at })).status).toBe(401)
    expect((await call('GET', hold, { at, token: `${pass.slice(0, -6)}AAAAAA` })).status).toBe(401)
    expect((await call('GET', hold, { at, token: session })).status).toBe(403)
    expect((await call('GET', '/api/rooms/other/hold', { at, token: pass })).status).toBe(403)
    expect((await call('GET', '/api/catalogue', { at, token: pass })).status).toBe(403)
    expect((await call('GET', '/api/openapi.json', { at })).status).toBe(401)
    // The same pass, at the origin with its room.
    expect((await call('GET', hold, { at, token: pass })).status).toBe(404)
  })
})
