import { createHash, randomUUID } from 'node:crypto'
import { eq, sql } from 'drizzle-orm'
import { beforeAll, describe, expect, it, vi } from 'vitest'
import { createDatabase } from '../../../drizzle/database.ts'
import { checkIns, tickets } from '../../../drizzle/schema/purchases.ts'
import { useDatabase } from '../../../drizzle/testing/database.ts'
import { makeTestKey } from '../../../shared/testing/keys.ts'
import { useRedis } from '../../../shared/testing/redis.ts'
import type { Role } from '../../../shared/tokens/kinds.ts'
import { createOriginApp } from '../../app.ts'
import { emptyCatalogue, makeTestTokens, testOriginDeps } from '../../testing/app.ts'
import { randomCode, type SoldTicket, sellTestTickets, voidTickets } from '../../testing/check-in.ts'
import { makeTestAccounts } from '../../testing/origin.ts'
import { createTicketSigner } from '../../tickets/ticket-text.ts'

const { redis } = useRedis()
const { db, url } = useDatabase()
const tokens = makeTestTokens()

let app: ReturnType<typeof createOriginApp>
let staff: string

beforeAll(async () => {
  app = makeApp(db())
  ;[staff = ''] = await makeTestAccounts(db(), 1)
})

function makeApp(database: ReturnType<typeof db>) {
  const deps = testOriginDeps({ db: database, redis: redis(), catalogue: emptyCatalogue }, tokens)
  return createOriginApp({ ...deps, limits: { ...deps.limits, bodyBytesMax: 16_384, checkInListMax: 2 } })
}

type Call = {
  body?: unknown
  roles?: Role[]
  account?: string
  headers?: Record<string, string>
  by?: typeof app
}

async function call(method: string, path: string, { body, roles = ['staff'], ...more }: Call = {}) {
  const token = tokens.sessionOf(more.account ?? staff, roles)
  const response = await (more.by ?? app).request(`/api${path}`, {
    method,
    headers: {
      authorization: `Bearer ${token}`,
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      ...more.headers,
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  })
  const text = await response.text()
  return {
    status: response.status,
    headers: response.headers,
    body: (text === '' ? {} : JSON.parse(text)) as Record<string, unknown>,
  }
}

/** A festival with tickets, and the requests of devices at its gates. */
async function openGate(quantity = 1) {
  const { festival, account, order, sold } = await sellTestTickets(db(), quantity)
  const [first] = sold
  if (first === undefined) throw new Error('no ticket was sold')
  const textsOf = (ticket: SoldTicket) => tokens.signTicket({ festival: festival.id, ...ticket })
  const scan = (qr: string, more: Record<string, unknown> = {}, by = app) =>
    call('POST', '/check-ins', {
      body: { id: randomUUID(), festival: festival.id, qr, gate: 'North', ...more },
      by,
    })
  return {
    festival: festival.id,
    ...{ account, order, sold, first, textsOf, scan },
    qr: textsOf(first).qr,
    undo: (id: string) => call('DELETE', `/check-ins/${id}`),
    batch: (scans: unknown[]) => call('POST', '/check-ins/batch', { body: { festival: festival.id, scans } }),
    summary: async () => (await call('GET', `/festivals/${festival.id}/check-ins/summary`)).body,
    list: (query: string, headers: Record<string, string> = {}) =>
      call('GET', `/festivals/${festival.id}/check-ins/list?${query}`, { headers }),
    written: () => db().select().from(checkIns).where(eq(checkIns.ticketId, first.id)),
  }
}

describe('a ticket at the gate', () => {
  it('is admitted, with its type, number and holder', async () => {
    const { qr, scan, first } = await openGate()
    const at = new Date().toISOString()
    expect(await scan(qr, { at })).toMatchObject({
      status: 201,
      body: {
        result: 'admitted',
        ticket: {
          type: first.type,
          typeName: 'Type 1',
          number: first.number,
          holder: 'Test',
          order: expect.stringMatching(/^\w{4}-\w{4}$/),
        },
        at: expect.stringMatching(/^20.*Z$/),
        gate: 'North',
      },
    })
  })

  it('is rejected the second time, with time and gate of the first', async () => {
    const { qr, scan } = await openGate()
    const { body } = await scan(qr, { gate: '남문' })
    const { at } = body
    expect(await scan(qr)).toMatchObject({ status: 200, body: { result: 'already-used', at, gate: '남문' } })
  })

  it('is admitted by its typed code too, and counts as the same ticket', async () => {
    const { first, textsOf, scan } = await openGate()
    const { typed, qr } = textsOf(first)
    expect((await scan(typed.toLowerCase())).body).toMatchObject({ result: 'admitted' })
    expect((await scan(first.code)).body).toMatchObject({ result: 'already-used' })
    expect((await scan(qr)).body).toMatchObject({ result: 'already-used' })
  })

  it('is not admitted tomorrow by a clock that is ahead', async () => {
    const { qr, scan } = await openGate()
    const { body } = await scan(qr, { at: new Date(Date.now() + 86_400_000).toISOString() })
    expect(Date.parse(String(body['at']))).toBeLessThanOrEqual(Date.now())
  })

  it('is void once its order is cancelled', async () => {
    const { qr, scan, first, written } = await openGate()
    await voidTickets(db(), [first.id])
    expect((await scan(qr)).body).toMatchObject({ result: 'void', ticket: { number: first.number } })
    expect(await written()).toEqual([])
  })

  it('is distinguished from the void one that its unit had before, also when typed', async () => {
    const { first, festival, textsOf, scan } = await openGate()
    await voidTickets(db(), [first.id])
    const again = { ...first, id: randomUUID(), code: randomCode() }
    await db().insert(tickets).values({
      id: again.id,
      orderId: first.order,
      ticketTypeId: first.type,
      unitNumber: 1,
      code: again.code,
    })
    expect((await scan(textsOf(first).typed)).body).toMatchObject({ result: 'void' })
    expect((await scan(tokens.signTicket({ festival, ...again }).typed)).body['result']).toBe('admitted')
  })

  it.each<[string, string, (gate: Awaited<ReturnType<typeof openGate>>) => string | Promise<string>]>([
    ['unreadable', 'words', () => 'https://example.com'],
    ['forged', 'another key', (gate) => forgerOf(gate.festival)(gate.first).qr],
    ['forged', 'a changed type', ({ qr }) => qr.replace(/\.(\d+)\.(\d+)\./, '.9$1.$2.')],
    ['other-festival', 'another festival', async () => (await openGate()).qr],
    [
      'no-such-ticket',
      'a code of our key that no ticket has',
      (gate) => gate.textsOf({ ...gate.first, code: randomCode() }).qr,
    ],
    ['no-such-ticket', 'other letters', ({ first }) => `${first.type}-${first.number}-000000`],
  ])('is unknown, being %s: %s', async (why, _, textOf) => {
    const gate = await openGate()
    expect(await gate.scan(await textOf(gate))).toMatchObject({
      status: 200,
      body: { result: 'unknown', why },
    })
    expect(await gate.written()).toEqual([])
  })
})

const forgerOf = (festival: string) => {
  const sign = createTicketSigner(makeTestKey().privateKey, 10)
  return (ticket: SoldTicket) => sign({ festival, ...ticket })
}

it('is admitted for one of fifty devices that scan it concurrently', async () => {
  const { qr, scan, written } = await openGate()
  const pools = Array.from({ length: 5 }, () =>
    createDatabase({ url: url(), connectionsMax: 10, queueMax: 100 }),
  )
  try {
    const origins = pools.map((pool) => makeApp(pool.db))
    const answers = await Promise.all(
      Array.from({ length: 50 }, (_, i) => scan(qr, { gate: `Gate ${i}` }, origins[i % 5])),
    )
    const admitted = answers.filter(({ status }) => status === 201)
    const refused = answers.filter(({ body }) => body['result'] === 'already-used')
    expect([admitted.length, refused.length]).toEqual([1, 49])
    expect(new Set(refused.map(({ body }) => body['gate']))).toEqual(new Set([admitted[0]?.body['gate']]))
    expect(await written()).toHaveLength(1)
  } finally {
    for (const pool of pools) await pool.close()
  }
})

describe('a scan that is sent again', () => {
  it('gets the same response, and counts once, even when all arrive together', async () => {
    const { qr, scan, written } = await openGate()
    const scanned = { id: randomUUID(), at: new Date().toISOString() }
    const answers = await Promise.all(Array.from({ length: 10 }, () => scan(qr, scanned)))
    const [first, ...others] = answers
    expect(first).toMatchObject({ status: 201, body: { result: 'admitted' } })
    for (const { status, body } of others)
      expect({ status, body }).toEqual({ status: 201, body: first?.body })
    expect(await written()).toHaveLength(1)
  })

  it('admits nobody when it was undone meanwhile', async () => {
    const { qr, scan, undo } = await openGate()
    const id = randomUUID()
    await scan(qr, { id })
    await undo(id)
    expect(await scan(qr, { id })).toMatchObject({ status: 200, body: { result: 'undone' } })
  })

  it('is rejected with the ID of a scan of another ticket', async () => {
    const { sold, textsOf, scan } = await openGate(2)
    const id = randomUUID()
    const [one, two] = sold.map((ticket) => textsOf(ticket).qr)
    await scan(one ?? '', { id })
    expect(await scan(two ?? '', { id })).toMatchObject({ status: 409, body: { code: 'conflict' } })
  })
})

describe('undoing', () => {
  it('lets the ticket be used again, and records who undid it', async () => {
    const { qr, scan, undo, written } = await openGate()
    const id = randomUUID()
    await scan(qr, { id })
    const undone = await undo(id)
    expect(undone.status).toBe(200)
    expect((await undo(id)).body).toEqual(undone.body)
    expect((await scan(qr)).body).toMatchObject({ result: 'admitted' })
    const rows = await written()
    expect(rows).toHaveLength(2)
    expect(rows.find((row) => row.id === id)).toMatchObject({ live: null, undoneBy: staff })
  })

  it('reports that there is nothing to undo', async () => {
    const { undo } = await openGate()
    expect(await undo(randomUUID())).toMatchObject({ status: 404 })
  })
})

describe('scans made offline', () => {
  it('have one result each, in order; the first of two counts', async () => {
    const { sold, qr, first, textsOf, scan, batch } = await openGate(4)
    const [, elsewhere, voided, other] = sold.map((ticket) => textsOf(ticket).qr)
    await scan(elsewhere ?? '', { gate: 'South' })
    await voidTickets(db(), [sold[2]?.id ?? ''])
    const scanned = (text = '', more = {}) => ({ id: randomUUID(), qr: text, gate: 'North', ...more })
    const again = scanned(qr)
    const scans = [
      again,
      again,
      scanned(qr),
      scanned(elsewhere),
      scanned(voided),
      scanned('x'),
      scanned(other, { id: again.id }),
    ]
    const { status, body } = await batch(scans)
    expect(status).toBe(200)
    expect(body['results']).toMatchObject([
      { result: 'admitted', ticket: { number: first.number } },
      { result: 'admitted' },
      { result: 'already-used', gate: 'North' },
      { result: 'already-used', gate: 'South' },
      { result: 'void' },
      { result: 'unknown', why: 'unreadable' },
      { result: 'id-reused' },
    ])
  })

  it('are recorded and admit nobody when they were undone before they were sent', async () => {
    const { qr, scan, batch, written } = await openGate()
    const id = randomUUID()
    expect((await batch([{ id, qr, gate: 'North', undone: true }])).body['results']).toMatchObject([
      { result: 'undone' },
    ])
    // It was being sent when the device undid it.
    expect((await scan(qr, { id })).body).toMatchObject({ result: 'undone' })
    expect((await scan(qr)).body).toMatchObject({ result: 'admitted' })
    expect(await written()).toHaveLength(2)
  })

  it('are undone when they had arrived after all', async () => {
    const { qr, scan, batch } = await openGate()
    const id = randomUUID()
    await scan(qr, { id })
    await batch([{ id, qr, gate: 'North', undone: true }])
    expect((await scan(qr)).body).toMatchObject({ result: 'admitted' })
  })

  it('come in batches of at most 25', async () => {
    const { qr, batch } = await openGate()
    const scans = (count: number) =>
      Array.from({ length: count }, () => ({ id: randomUUID(), qr, gate: '가'.repeat(60) }))
    expect((await batch(scans(25))).status).toBe(200)
    expect((await batch(scans(26))).status).toBe(422)
    expect((await batch([])).status).toBe(422)
  })
})

it('counts check-ins by type, and lists the latest', async () => {
  const { sold, textsOf, batch, undo, summary } = await openGate(3)
  const ids = sold.map(() => randomUUID())
  const at = (i: number) => new Date(Date.now() - 60_000 + i * 1000).toISOString()
  await batch(sold.map((ticket, i) => ({ id: ids[i], qr: textsOf(ticket).qr, gate: 'North', at: at(i) })))
  await undo(ids[0] ?? '')
  expect(await summary()).toMatchObject({
    in: 2,
    tickets: 3,
    types: [
      { typeName: 'Type 1', in: 2, tickets: 3 },
      { typeName: 'Type 2', in: 0, tickets: 0 },
    ],
    last: [
      { id: ids[2], gate: 'North', number: sold[2]?.number, undoneAt: null },
      { id: ids[1] },
      { id: ids[0], undoneAt: expect.any(String) },
    ],
  })
  expect((await call('GET', '/festivals/none/check-ins/summary')).status).toBe(404)
})

it('lists valid and used tickets by hashes of their codes, in pages that change only with their content', async () => {
  const { sold, first, textsOf, scan, list } = await openGate(4)
  await scan(textsOf(first).qr)
  await voidTickets(db(), [sold[1]?.id ?? ''])
  const hashOf = (ticket?: SoldTicket) =>
    createHash('sha256')
      .update(ticket?.code ?? '')
      .digest()
      .subarray(0, 8)
  const page = await list(`type=${first.type}`)
  expect(page.body).toEqual({
    valid: hashOf(sold[2]).toString('base64'),
    used: hashOf(first).toString('base64'),
    flagged: '',
    after: sold[2]?.number,
  })
  expect((await list(`type=${first.type}&after=${sold[2]?.number}`)).body).toEqual({
    valid: hashOf(sold[3]).toString('base64'),
    used: '',
    flagged: '',
    after: null,
  })
  const etag = page.headers.get('etag') ?? ''
  expect((await list(`type=${first.type}`, { 'if-none-match': etag })).status).toBe(304)
  expect((await list('type=999999999')).status).toBe(404)
})

it('M17: returns holders’ names to gates by page, without void tickets, and not to be cached by browsers', async () => {
  const { sold, festival } = await openGate(4)
  await voidTickets(db(), [sold[1]?.id ?? ''])
  const names = (query: string) => call('GET', `/festivals/${festival}/check-ins/names?${query}`)
  const hashesOf = (...of: (SoldTicket | undefined)[]) =>
    Buffer.concat(
      of.map((ticket) =>
        createHash('sha256')
          .update(ticket?.code ?? '')
          .digest()
          .subarray(0, 8),
      ),
    ).toString('base64')
  const type = sold[0]?.type
  const page = await names(`type=${type}`)
  expect(page.body).toEqual({
    hashes: hashesOf(sold[0], sold[2]),
    names: ['Test', 'Test'],
    after: sold[2]?.number,
  })
  expect(page.headers.get('cache-control')).toBe('no-store')
  const last = await names(`type=${type}&after=${sold[2]?.number}`)
  expect(last.body).toEqual({ hashes: hashesOf(sold[3]), names: ['Test'], after: null })
  expect((await names('type=999999999')).status).toBe(404)
})

it('lets one of the cancellation of an order and the scan of its ticket succeed', async () => {
  for (let round = 0; round < 10; round += 1) {
    const { qr, order, account, scan, first } = await openGate()
    const cancel = () =>
      call('POST', `/orders/${order}/cancellation`, { roles: ['fan'], account }).then(({ status, body }) => ({
        status,
        code: body['code'],
      }))
    const [cancelled, scanned] = await Promise.all([cancel(), scan(qr)])
    const isIn = scanned.body['result'] === 'admitted'
    expect([cancelled.status, scanned.body['result']]).toEqual(isIn ? [409, 'admitted'] : [202, 'void'])
    if (isIn) expect(cancelled.code).toBe('checked-in')
    const [ticket] = await db().select().from(tickets).where(eq(tickets.id, first.id))
    expect(ticket?.live).toBe(isIn ? true : null)
  }
})

it('does not cancel an order while a ticket of it is being checked in', async () => {
  const { order, account, first } = await openGate()
  const row = { id: randomUUID(), ticketId: first.id, at: new Date(), accountId: staff, gate: 'North' }
  const cancelled = await db().transaction(async (tx) => {
    await tx.select().from(tickets).where(eq(tickets.id, first.id)).for('update')
    await tx.insert(checkIns).values(row)
    const asked = call('POST', `/orders/${order}/cancellation`, { roles: ['fan'], account })
    await untilSomeoneWaits()
    return { asked }
  })
  expect(await cancelled.asked).toMatchObject({ status: 409, body: { code: 'checked-in' } })
})

it('does not admit a ticket while its order is being cancelled', async () => {
  const { qr, first, scan } = await openGate()
  const scanned = await db().transaction(async (tx) => {
    await tx.update(tickets).set({ live: null }).where(eq(tickets.id, first.id))
    const asked = scan(qr)
    await untilSomeoneWaits()
    return { asked }
  })
  expect((await scanned.asked).body).toMatchObject({ result: 'void' })
})

/** Until a transaction of this file's database waits for a row. */
async function untilSomeoneWaits(): Promise<void> {
  const waiting = sql`select 1 from information_schema.innodb_trx join information_schema.processlist
    on id = trx_mysql_thread_id where db = database() and trx_state = 'LOCK WAIT'`
  await vi.waitUntil(
    async () => {
      const [rows] = await db().execute(waiting)
      return Array.isArray(rows) && rows.length > 0
    },
    // The server returns the same data again to more frequent queries.
    { timeout: 20_000, interval: 250 },
  )
}

it('cancels an order once the check-in of its ticket was undone', async () => {
  const { qr, order, account, scan, undo } = await openGate()
  const id = randomUUID()
  await scan(qr, { id })
  const cancel = () => call('POST', `/orders/${order}/cancellation`, { roles: ['fan'], account })
  expect(await cancel()).toMatchObject({ status: 409, body: { code: 'checked-in' } })
  await undo(id)
  expect((await cancel()).status).toBe(202)
})

it('shows the holder of a ticket the text that staff scan', async () => {
  const { qr, first, account, textsOf } = await openGate()
  const { body } = await call('GET', '/orders', { roles: ['fan'], account })
  expect(body['orders']).toMatchObject([{ tickets: [{ id: first.id, qr, typed: textsOf(first).typed }] }])
})

it('publishes the keys that verify tickets', async () => {
  const { body } = await call('GET', '/check-ins/keys')
  expect(body['keys']).toEqual(tokens.ticketJwks)
})

it.each([
  ['GET', '/check-ins/keys', undefined],
  ['POST', '/check-ins', { id: randomUUID(), festival: 'x', qr: 'x', gate: 'x' }],
  ['POST', '/check-ins/batch', { festival: 'x', scans: [{ id: randomUUID(), qr: 'x', gate: 'x' }] }],
  ['DELETE', `/check-ins/${randomUUID()}`, undefined],
  ['GET', '/festivals/x/check-ins/summary', undefined],
  ['GET', '/festivals/x/check-ins/list?type=1', undefined],
  ['GET', '/festivals/x/check-ins/names?type=1', undefined],
])('denies %s %s to fans, and not to organisers', async (method, path, body) => {
  expect(await call(method, path, { body, roles: ['fan'] })).toMatchObject({
    status: 403,
    body: { code: 'forbidden' },
  })
  expect((await call(method, path, { body, roles: ['organiser'] })).status).not.toBe(403)
})
