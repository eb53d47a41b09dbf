import { randomUUID } from 'node:crypto'
import { eq } from 'drizzle-orm'
import { beforeAll, describe, expect, it } from 'vitest'
import { orderNumberOf } from '../../../drizzle/order-number.ts'
import { accounts } from '../../../drizzle/schema/accounts.ts'
import { auditLog } from '../../../drizzle/schema/audit.ts'
import { festivals } from '../../../drizzle/schema/catalogue.ts'
import { orders as orderRows, refunds, tickets } from '../../../drizzle/schema/purchases.ts'
import { useDatabase } from '../../../drizzle/testing/database.ts'
import { useRedis } from '../../../shared/testing/redis.ts'
import type { Role } from '../../../shared/tokens/kinds.ts'
import { createOriginApp } from '../../app.ts'
import type { OriginDeps } from '../../context.ts'
import { emptyCatalogue, makeTestTokens, testOriginDeps } from '../../testing/app.ts'
import { makeTestFestival } from '../../testing/origin.ts'
import { makeNamedAccount, makeTestOrder } from '../../testing/sales.ts'

const { redis } = useRedis()
const { db } = useDatabase()
const tokens = makeTestTokens()
let organiser: string

beforeAll(async () => {
  organiser = await makeNamedAccount(db(), { name: 'Olla' })
})

function openApp(limits: OriginDeps['limits'] = {}) {
  const deps = testOriginDeps({ db: db(), redis: redis(), catalogue: emptyCatalogue }, tokens)
  return createOriginApp({ ...deps, limits: { ...deps.limits, ...limits } })
}

async function get(app: ReturnType<typeof openApp>, path: string, roles: Role[] = ['organiser']) {
  const headers = { authorization: `Bearer ${tokens.sessionOf(organiser, roles)}` }
  return await app.request(path, { headers })
}

type Found = { orders: { id: string }[]; next?: string }

async function search(app: ReturnType<typeof openApp>, room: string, query: Record<string, string> = {}) {
  const response = await get(app, `/api/admin/rooms/${room}/orders?${new URLSearchParams(query)}`)
  return (await response.json()) as Found
}

const idsOf = ({ orders }: Found) => orders.map(({ id }) => id)

/**
 * Kim has one order of each type, Lee one of the first type that was cancelled; Kim has another in another festival.
 */
async function makeSale() {
  const festival = await makeTestFestival({ db: db() }, { quantities: [10, 10] })
  const elsewhere = await makeTestFestival({ db: db() })
  const tag = festival.id.slice(-6)
  const [first = 0, second = 0] = festival.types
  const kim = await makeNamedAccount(db(), { name: `Kim ${tag}`, email: `kim.${tag}@naru.test` })
  const lee = await makeNamedAccount(db(), { name: '=Lee, "Q"', email: `lee_${tag}@naru.test` })
  const room = festival.id
  const a = await makeTestOrder(db(), {
    festival: room,
    account: kim,
    basket: [{ type: first, quantity: 1 }],
  })
  const b = await makeTestOrder(db(), {
    festival: room,
    account: kim,
    basket: [
      { type: first, quantity: 1 },
      { type: second, quantity: 2 },
    ],
  })
  const c = await makeTestOrder(db(), {
    ...{ festival: room, account: lee, basket: [{ type: first, quantity: 3 }] },
    ...{ state: 'cancelled' as const, amountMinor: 1250, currency: 'USD' },
  })
  const foreign = await makeTestOrder(db(), {
    festival: elsewhere.id,
    account: kim,
    basket: [{ type: elsewhere.types[0] ?? 0, quantity: 1 }],
  })
  return { room, tag, first, second, kim, orders: { a, b, c }, foreign }
}

describe('the orders of a festival', () => {
  it('are found by ID, name, address, state and ticket type, and never those of another festival', async () => {
    const app = openApp()
    const { room, tag, second, kim, orders, foreign } = await makeSale()
    const { a, b, c } = orders
    const all = await search(app, room)
    expect(idsOf(all)).toEqual([c, b, a])
    expect(all.orders[1]).toMatchObject({
      account: { id: kim, name: `Kim ${tag}`, email: `kim.${tag}@naru.test` },
      state: 'owned',
      amountMinor: 1000,
      tickets: [
        { typeName: 'Type 1', quantity: 1 },
        { type: second, typeName: 'Type 2', quantity: 2 },
      ],
    })
    expect(idsOf(await search(app, room, { q: a }))).toEqual([a])
    expect(idsOf(await search(app, room, { q: a.slice(0, 30).toUpperCase() }))).toEqual([a])
    expect(idsOf(await search(app, room, { q: foreign }))).toEqual([])
    expect(idsOf(await search(app, room, { q: `kim ${tag}` }))).toEqual([b, a])
    expect(idsOf(await search(app, room, { q: `lee_${tag}@naru` }))).toEqual([c])
    expect(idsOf(await search(app, room, { state: 'cancelled' }))).toEqual([c])
    expect(idsOf(await search(app, room, { type: String(second) }))).toEqual([b])
    expect(idsOf(await search(app, room, { q: 'Lee', state: 'owned' }))).toEqual([])
    expect(idsOf(await search(app, room, { q: ' ' }))).toEqual([c, b, a])
  })

  it('M18: are found by the beginning of their number, however old they are and in any notation', async () => {
    const { room, orders, foreign } = await makeSale()
    // The scan alone would reach the newest order only.
    const app = openApp({ ordersSearchedMax: 1 })
    const number = orderNumberOf(orders.a)
    const whole = await search(app, room, { q: number })
    expect(whole).toMatchObject({ orders: [{ id: orders.a, number }] })
    expect(whole.next).toBeUndefined()
    for (const q of [number.slice(0, 3), number.slice(0, 6).toLowerCase(), number.replace('-', ' ')]) {
      expect(idsOf(await search(app, room, { q }))[0]).toBe(orders.a)
    }
    expect(idsOf(await search(app, room, { q: number, state: 'cancelled' }))).toEqual([])
    expect(idsOf(await search(openApp(), room, { q: orderNumberOf(foreign) }))).toEqual([])
    const two = await search(app, room, { q: number.slice(0, 2) })
    expect(idsOf(two)).not.toContain(orders.a)
  })

  it('M18: are listed before those found by name when their number begins with the text, and once', async () => {
    const { room, tag, orders } = await makeSale()
    const app = openApp()
    const q = orderNumberOf(orders.a).slice(0, 3)
    await db()
      .update(accounts)
      .set({ name: `${q} ${tag}` })
      .where(eq(accounts.email, `lee_${tag}@naru.test`))
    await db()
      .update(accounts)
      .set({ name: `${q} too` })
      .where(eq(accounts.email, `kim.${tag}@naru.test`))
    const found: string[] = []
    let next: string | undefined
    do {
      const page = await search(app, room, { q, limit: '1', ...(next === undefined ? {} : { before: next }) })
      found.push(...idsOf(page))
      next = page.next
    } while (next !== undefined)
    expect(found[0]).toBe(orders.a)
    expect(found.toSorted()).toEqual([orders.a, orders.b, orders.c].toSorted())
  })

  it('M18: are found by a ticket’s code as typed at the gate, scanned or begun', async () => {
    const { room, orders, foreign } = await makeSale()
    const app = openApp({ ordersSearchedMax: 1 })
    const ticketOf = async (order: string) => {
      const [row] = await db().select().from(tickets).where(eq(tickets.orderId, order))
      if (row === undefined) throw new Error('the order has tickets')
      const fields = { festival: room, type: row.ticketTypeId, number: row.unitNumber, code: row.code }
      return { code: row.code, ...tokens.signTicket(fields) }
    }
    const { qr, typed, code } = await ticketOf(orders.a)
    for (const q of [qr, code, typed, typed.toLowerCase()]) {
      expect(await search(app, room, { q })).toMatchObject({ orders: [{ id: orders.a }] })
    }
    for (const q of [typed.slice(0, -2), typed.slice(0, -7)]) {
      expect(idsOf(await search(app, room, { q }))[0]).toBe(orders.a)
    }
    const other = typed.replace(/.$/, (last) => (last === '0' ? '1' : '0'))
    expect(idsOf(await search(app, room, { q: other }))).toEqual([])
    expect(idsOf(await search(app, room, { q: (await ticketOf(foreign)).typed }))).toEqual([])
  })

  it.each(['%', '_e_', 'kim%naru', '\\', "' or 1=1 -- "])(
    'are not found by text that would only match as a pattern: %s',
    async (q) => {
      const { room } = await makeSale()
      expect(idsOf(await search(openApp(), room, { q }))).toEqual([])
    },
  )

  it('are returned a page at a time, until there is no next', async () => {
    const app = openApp()
    const { room, orders } = await makeSale()
    const found: string[] = []
    let next: string | undefined
    do {
      const page = await search(app, room, { limit: '1', ...(next === undefined ? {} : { before: next }) })
      found.push(...idsOf(page))
      next = page.next
    } while (next !== undefined)
    expect(found).toEqual([orders.c, orders.b, orders.a])
  })

  it('are scanned up to a limit, and an incomplete search returns where to continue', async () => {
    const app = openApp({ ordersSearchedMax: 1 })
    const { room, tag, orders } = await makeSale()
    const q = `Kim ${tag}`
    const first = await search(app, room, { q, limit: '1' })
    expect(first).toEqual({ orders: [], next: orders.c })
    const second = await search(app, room, { q, limit: '1', before: orders.c })
    expect(idsOf(second)).toEqual([orders.b])
    const last = await search(app, room, { q, limit: '1', before: orders.a })
    expect(last).toEqual({ orders: [] })
  })

  it('are for organisers, of existing rooms', async () => {
    const app = openApp()
    const { room } = await makeSale()
    for (const ending of ['orders', 'orders.csv']) {
      expect((await get(app, `/api/admin/rooms/${room}/${ending}`, ['fan', 'staff'])).status).toBe(403)
      expect((await get(app, `/api/admin/rooms/nowhere/${ending}`)).status).toBe(404)
      expect((await get(app, `/api/admin/rooms/${room}/${ending}?state=paid`)).status).toBe(422)
    }
    expect((await get(app, `/api/admin/rooms/${room}/orders?limit=201`)).status).toBe(422)
  })
})

/** A refund of a part of an order, as it is recorded. */
async function refundOf(orderId: string, amountMinor: number): Promise<void> {
  const [order] = await db().select().from(orderRows).where(eq(orderRows.id, orderId))
  if (order === undefined) throw new Error('there is no such order')
  await db()
    .insert(refunds)
    .values({
      ...{ id: randomUUID(), orderId, paymentId: order.paymentId, festivalId: order.festivalId },
      ...{ amountMinor, tickets: [], reason: 'ill', accountId: organiser, keyHash: 'key' },
      ...{ state: 'done', createdAt: new Date() },
    })
}

describe('an export of the orders', () => {
  it('is CSV that a spreadsheet reads and does not execute', async () => {
    const { room, tag, orders } = await makeSale()
    await refundOf(orders.b, 300)
    const response = await get(openApp(), `/api/admin/rooms/${room}/orders.csv`)
    expect(response.headers.get('content-type')).toBe('text/csv; charset=utf-8')
    expect(response.headers.get('content-disposition')).toBe(`attachment; filename="orders-${room}.csv"`)
    const bytes = new Uint8Array(await response.arrayBuffer())
    expect([...bytes.slice(0, 3)]).toEqual([0xef, 0xbb, 0xbf])
    const lines = new TextDecoder().decode(bytes).split('\r\n')
    expect(lines[0]).toBe(
      'order ID,order number,ordered,status,cancelled,name,e-mail,amount,refunded,currency,payment ID,Type 1,Type 2',
    )
    expect(lines[1]).toContain(`${orders.c},${orderNumberOf(orders.c)},`)
    expect(lines[1]).toContain(`,cancelled,,"'=Lee, ""Q""",lee_${tag}@naru.test,12.50,12.50,USD,`)
    expect(lines[2]).toMatch(
      new RegExp(`^${orders.b},.*,Kim ${tag},kim\\.${tag}@naru\\.test,1000,300,KRW,.*,1,2$`),
    )
    expect(lines.slice(3).map((line) => line.split(',')[0])).toEqual([orders.a, ''])
  })

  it('has times in the festival’s zone with their offset, and headings in the organiser’s language', async () => {
    const { room, orders } = await makeSale()
    await db().update(festivals).set({ timeZone: 'America/New_York' }).where(eq(festivals.id, room))
    const [a, b] = [new Date('2027-11-07T05:30:00Z'), new Date('2027-11-07T06:30:00.250Z')]
    await db().update(orderRows).set({ createdAt: a }).where(eq(orderRows.id, orders.a))
    await db().update(orderRows).set({ createdAt: b, cancelledAt: b }).where(eq(orderRows.id, orders.b))
    const path = `/api/admin/rooms/${room}/orders.csv`
    const [, , second = '', first = ''] = (await (await get(openApp(), path)).text()).split('\r\n')
    expect(first).toContain(',2027-11-07T01:30:00-04:00,valid,,')
    expect(second).toContain(',2027-11-07T01:30:00.250-05:00,valid,2027-11-07T01:30:00.250-05:00,')
    const korean = (await (await get(openApp(), `${path}?language=ko`)).text()).split('\r\n')
    expect(korean[0]).toContain(
      '예매 ID,예매 번호,예매 일시,상태,취소 일시,예매자,이메일,금액,환불 금액,통화,결제 ID,',
    )
    expect(korean[1]).toContain(',취소됨,')
  })

  it('accepts the same filter as the list, which the audit log records', async () => {
    const { room, second, orders } = await makeSale()
    const response = await get(openApp(), `/api/admin/rooms/${room}/orders.csv?type=${second}&state=owned`)
    const lines = (await response.text()).split('\r\n')
    expect(lines.slice(1).map((line) => line.split(',')[0])).toEqual([orders.b, ''])
    const log = await db().select().from(auditLog).where(eq(auditLog.subject, room))
    expect(log).toMatchObject([
      { accountId: organiser, action: 'orders.export', after: { type: second, state: 'owned' } },
    ])
  })

  it('ends at its limit, which its name states, and continues after the last order', async () => {
    const app = openApp({ ordersExportedMax: 2 })
    const { room, orders } = await makeSale()
    const idsIn = (text: string) =>
      text
        .split('\r\n')
        .slice(1, -1)
        .map((line) => line.split(',')[0])
    const newest = await get(app, `/api/admin/rooms/${room}/orders.csv`)
    expect(newest.headers.get('content-disposition')).toContain(`orders-${room}-newest.csv`)
    expect(idsIn(await newest.text())).toEqual([orders.c, orders.b])
    const older = await get(app, `/api/admin/rooms/${room}/orders.csv?before=${orders.b}`)
    expect(older.headers.get('content-disposition')).toContain(`orders-${room}.csv`)
    expect(idsIn(await older.text())).toEqual([orders.a])
  })

  it('has every order once, however many reads it takes', async () => {
    const festival = await makeTestFestival({ db: db() })
    const account = await makeNamedAccount(db(), { name: 'Park' })
    const basket = [{ type: festival.types[0] ?? 0, quantity: 1 }]
    const made: string[] = []
    for (let i = 0; i < 503; i += 1) {
      made.push(await makeTestOrder(db(), { festival: festival.id, account, basket }))
    }
    const app = openApp({ ordersExportedMax: 502 })
    const text = await (await get(app, `/api/admin/rooms/${festival.id}/orders.csv`)).text()
    const ids = text
      .split('\r\n')
      .slice(1, -1)
      .map((line) => line.split(',')[0])
    expect(ids).toEqual(made.toSorted().toReversed().slice(0, 502))
  })
})

it('H2: is limited to two at a time per account, until they are read or aborted, independent of other accounts', async () => {
  const { room } = await makeSale()
  const app = openApp()
  const path = `/api/admin/rooms/${room}/orders.csv`
  const [first, second] = [await get(app, path), await get(app, path)]
  const third = await get(app, path)
  expect([first.status, second.status, third.status]).toEqual([200, 200, 429])
  expect(third.headers.get('retry-after')).toBe('10')
  expect(await first.text()).toContain('Kim')
  const fourth = await get(app, path)
  expect(fourth.status).toBe(200)
  await second.body?.cancel()
  await fourth.body?.cancel()
  expect([await get(app, path), await get(app, path)].map(({ status }) => status)).toEqual([200, 200])
  // An export without matches counts as complete.
  const other = openApp()
  for (let n = 0; n < 3; n += 1) {
    expect((await get(other, '/api/admin/rooms/no-such/orders.csv')).status).toBe(404)
  }
})
