import { randomUUID } from 'node:crypto'
import { readdir, readFile } from 'node:fs/promises'
import { asc, eq, sql } from 'drizzle-orm'
import { beforeAll, describe, expect, it } from 'vitest'
import { festivals } from '../../drizzle/schema/catalogue.ts'
import { gateScans } from '../../drizzle/schema/gate.ts'
import { checkIns, tickets } from '../../drizzle/schema/purchases.ts'
import { useDatabase } from '../../drizzle/testing/database.ts'
import { useRedis } from '../../shared/testing/redis.ts'
import type { Role } from '../../shared/tokens/kinds.ts'
import { createOriginApp } from '../app.ts'
import { emptyCatalogue, makeTestTokens, testOriginDeps } from '../testing/app.ts'
import { randomCode, type SoldTicket, sellTestTickets, voidTickets } from '../testing/check-in.ts'
import { makeTestAccounts } from '../testing/origin.ts'

const { redis } = useRedis()
const { db } = useDatabase()
const tokens = makeTestTokens()
const MINUTE_MS = 60_000
const DAY_MS = 86_400_000

let app: ReturnType<typeof createOriginApp>
let staff: string

beforeAll(async () => {
  const deps = testOriginDeps({ db: db(), redis: redis(), catalogue: emptyCatalogue }, tokens)
  app = createOriginApp({ ...deps, limits: { ...deps.limits, bodyBytesMax: 16_384 } })
  ;[staff = ''] = await makeTestAccounts(db(), 1)
})

type Body = Record<string, unknown>
type Conflict = { id: number; kinds: string[]; ticket: Body | null; scans: Body[] }

async function call(method: string, path: string, body?: unknown, roles: Role[] = ['staff']) {
  const response = await app.request(`/api${path}`, {
    method,
    headers: {
      authorization: `Bearer ${tokens.sessionOf(staff, roles)}`,
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  })
  return { status: response.status, text: await response.text() }
}

async function json(...request: Parameters<typeof call>) {
  const { status, text } = await call(...request)
  return { status, body: JSON.parse(text) as Body }
}

/** A device at a gate whose clock is ahead of the server's by this much; its queued scans are sent with `send`. */
function makeDevice(festival: string, gate: string, aheadMs = 0) {
  const device = randomUUID()
  const clock = (agoMs = 0) => new Date(Date.now() - agoMs + aheadMs).toISOString()
  return {
    device,
    scan: (qr: string, verdict: string, agoMs: number, more: Body = {}) => ({
      ...{ id: randomUUID(), qr, gate, verdict, at: clock(agoMs), offsetMs: -aheadMs, ...more },
    }),
    send: (scans: Body[]) =>
      json('POST', '/check-ins/batch', { festival, device, sentAt: clock(), scans }).then(
        ({ body }) => body['results'],
      ),
  }
}

async function openGate(quantity = 1) {
  const { festival, order, sold } = await sellTestTickets(db(), quantity)
  const { id } = festival
  const qrs = sold.map((ticket) => tokens.signTicket({ festival: id, ...ticket }).qr)
  const [qr = ''] = qrs
  return {
    ...{ id, order, sold, qr, qrs },
    device: (gate: string, aheadMs?: number) => makeDevice(id, gate, aheadMs),
    scan: (text = qr, more: Body = {}) =>
      json('POST', '/check-ins', { id: randomUUID(), festival: id, qr: text, gate: 'Online', ...more }),
    undo: (scan: string) => json('DELETE', `/check-ins/${scan}`),
    conflicts: async (query = '') => {
      const path = `/admin/rooms/${id}/check-ins/conflicts${query}`
      const { body } = await json('GET', path, undefined, ['organiser'])
      return body as { conflicts: Conflict[]; next?: number }
    },
    recorded: () =>
      db().select().from(gateScans).where(eq(gateScans.festivalId, id)).orderBy(asc(gateScans.seq)),
    uses: (ticket: SoldTicket | undefined = sold[0]) =>
      db()
        .select()
        .from(checkIns)
        .where(eq(checkIns.ticketId, ticket?.id ?? '')),
    /** Begins then, and ends a day later. */
    moveTo: (startsAt: Date) =>
      db()
        .update(festivals)
        .set({ startsAt, endsAt: new Date(startsAt.getTime() + DAY_MS) })
        .where(eq(festivals.id, id)),
  }
}

/** The rows that the migration creates in the record. */
async function backfill(): Promise<string> {
  const folder = new URL('../../drizzle/migrations/', import.meta.url)
  const name = (await readdir(folder)).find((file) => file.endsWith('_gate_record.sql')) ?? ''
  const text = await readFile(new URL(name, folder), 'utf8')
  return text.split('--> statement-breakpoint').at(-1) ?? ''
}

describe('M10: the gate’s record', () => {
  it('has every scan that the server evaluated, with its verdict, device and both clocks', async () => {
    const { id, qr, sold, scan, recorded } = await openGate()
    const device = randomUUID()
    const at = new Date(Date.now() - 5000).toISOString()
    for (const text of [qr, qr, 'https://example.com']) await scan(text, { device, at, offsetMs: 5000 })
    const rows = await recorded()
    expect(rows).toMatchObject([
      { festivalId: id, ticketId: sold[0]?.id, serverVerdict: 'admitted', letIn: true },
      { ticketId: sold[0]?.id, serverVerdict: 'already-used', letIn: false, detail: { usedGate: 'Online' } },
      { ticketId: null, serverVerdict: 'unknown', letIn: false, detail: { why: 'unreadable' } },
    ])
    for (const row of rows) {
      expect(row).toMatchObject({ device, deviceVerdict: null, deviceOffsetMs: 5000, accountId: staff })
      expect(row.deviceAt.toISOString()).toBe(at)
      expect(row.at.getTime()).toBeLessThanOrEqual(row.receivedAt.getTime())
    }
  })

  it('has every scan that a device evaluated offline, including rejected and doubtful ones', async () => {
    const { qrs, device, recorded, uses, sold } = await openGate(3)
    const [admitted = '', refused = ''] = qrs
    const gate = device('North')
    const scans = [
      gate.scan(admitted, 'admitted', 4000),
      gate.scan(admitted, 'already-used', 3000),
      gate.scan(refused, 'not-listed', 2000),
      gate.scan('x', 'unknown', 1000),
      gate.scan('1-2-ABCDEF', 'undecided', 0),
    ]
    expect(await gate.send(scans)).toMatchObject([
      { result: 'admitted' },
      { result: 'already-used' },
      { result: 'valid' },
      { result: 'unknown', why: 'unreadable' },
      { result: 'unknown', why: 'no-such-ticket' },
    ])
    const rows = await recorded()
    expect(rows.map(({ deviceVerdict }) => deviceVerdict)).toEqual(scans.map(({ verdict }) => verdict))
    expect(rows.map(({ letIn }) => letIn)).toEqual([true, false, false, false, false])
    // A ticket that a device refused stays unused.
    expect(await uses(sold[1])).toEqual([])
  })

  it('counts a scan once, however often and concurrently it is sent', async () => {
    const { qrs, device, recorded, uses, conflicts } = await openGate(2)
    const gate = device('North')
    const scans = [
      gate.scan(qrs[0] ?? '', 'admitted', 2000),
      gate.scan(qrs[1] ?? '', 'not-listed', 1000),
      gate.scan('x', 'unknown', 0),
    ]
    const answers = await Promise.all(Array.from({ length: 8 }, () => gate.send(scans)))
    for (const answer of answers) expect(answer).toEqual(answers[0])
    expect((await recorded()).map(({ id }) => id).sort()).toEqual(scans.map(({ id }) => id).sort())
    expect(await uses()).toHaveLength(1)
    expect((await conflicts()).conflicts).toMatchObject([{ kinds: ['refused-valid'] }])
  })

  it('counts a scan of an unknown code once as well, when it is sent concurrently', async () => {
    const { device, recorded } = await openGate()
    const gate = device('North')
    const scans = [gate.scan('x', 'unknown', 0)]
    const answers = await Promise.all(Array.from({ length: 20 }, () => gate.send(scans)))
    for (const answer of answers) expect(answer).toEqual([{ result: 'unknown', why: 'unreadable' }])
    expect(await recorded()).toHaveLength(1)
  })

  it('rejects the ID of a scan of another ticket, or of another festival', async () => {
    const { qrs, device } = await openGate(2)
    const gate = device('North')
    const first = gate.scan(qrs[0] ?? '', 'admitted', 0)
    await gate.send([first])
    expect(
      await gate.send([
        { ...first, qr: qrs[1] },
        { ...first, qr: 'x' },
      ]),
    ).toEqual([{ result: 'id-reused' }, { result: 'id-reused' }])
    const other = await openGate()
    expect((await other.scan(other.qr, { id: first.id })).status).toBe(409)
  })

  it('uses what the device showed when the response to an online scan was lost', async () => {
    const { qr, device, scan, uses, recorded } = await openGate()
    const gate = device('North')
    // The server admits; the device gets no response and refuses by its old list.
    const lost = gate.scan(qr, 'not-listed', 0)
    await scan(qr, { id: lost.id })
    await gate.send([lost])
    expect(await uses()).toMatchObject([{ id: lost.id, live: null, undoneBy: staff }])
    expect(await recorded()).toMatchObject([{ letIn: false, deviceVerdict: 'not-listed' }])
    // The guest tries again, and is admitted.
    expect((await scan(qr)).body['result']).toBe('admitted')
  })

  it('has the check-ins from before the record, from the migration', async () => {
    const { qr, scan, undo, recorded, conflicts, device } = await openGate()
    const undone = randomUUID()
    await scan(qr, { id: undone })
    await undo(undone)
    await scan(qr)
    const before = await recorded()
    await db().delete(gateScans)
    await db().execute(sql.raw(await backfill()))
    const after = await recorded()
    const stored = before.map(({ id, ticketId, gate, letIn, serverVerdict, undoneAt }) => ({
      ...{ id, ticketId, gate, letIn, serverVerdict, undoneAt },
    }))
    expect(after).toMatchObject(stored)
    expect(after.every(({ clockDoubtful }) => clockDoubtful)).toBe(true)
    const gate = device('North')
    await gate.send([gate.scan(qr, 'admitted', 0)])
    expect((await conflicts()).conflicts).toMatchObject([
      { kinds: ['admitted-twice', 'admitted-after-undo'], scans: [{}, {}, {}] },
    ])
  })

  it('rejects a festival that does not exist', async () => {
    const scan = { id: randomUUID(), qr: 'x', gate: 'North' }
    expect((await call('POST', '/check-ins', { ...scan, festival: 'none' })).status).toBe(404)
    expect((await call('POST', '/check-ins/batch', { festival: 'none', scans: [scan] })).status).toBe(404)
    expect((await call('GET', '/festivals/none/check-ins/window')).status).toBe(404)
  })

  it.each([
    ['1000-01-01T00:00:00.000Z', '1000-01-01T00:00:00.000Z'],
    ['0000-01-01T00:00:00.000Z', '9999-12-31T23:59:59.999-23:00'],
    ['9999-12-31T23:59:59.999-23:00', '0000-01-01T00:00:00.000Z'],
  ])('accepts a clock that shows %s when sending at %s', async (at, sentAt) => {
    const { id, qr } = await openGate()
    const scans = [{ id: randomUUID(), qr, gate: 'North', at, offsetMs: 4e12 }]
    expect((await call('POST', '/check-ins/batch', { festival: id, sentAt, scans })).status).toBe(200)
  })
})

describe('M10: conflicts for the organiser', () => {
  it('name a ticket that two devices admitted once each offline, in the order of the server’s clock', async () => {
    const { qr, sold, device, conflicts } = await openGate()
    const [ahead, behind] = [device('North', 10 * MINUTE_MS), device('South', -10 * MINUTE_MS)]
    const [first, second] = [
      ahead.scan(qr, 'admitted', 3 * MINUTE_MS),
      behind.scan(qr, 'admitted', MINUTE_MS),
    ]
    // The second to scan is the first to be online again.
    await behind.send([second])
    await ahead.send([first])
    await ahead.send([first])
    const found = await conflicts()
    expect(found).toMatchObject({
      conflicts: [
        {
          kinds: ['admitted-twice'],
          ticket: { number: sold[0]?.number, holder: 'Test' },
          scans: [
            { id: first.id, gate: 'North', serverVerdict: 'already-used', deviceOffsetMs: -10 * MINUTE_MS },
            { id: second.id, gate: 'South', serverVerdict: 'admitted', deviceOffsetMs: 10 * MINUTE_MS },
          ],
        },
      ],
    })
    expect(found.next).toBeUndefined()
    const [one, two] = found.conflicts[0]?.scans ?? []
    const apart = Date.parse(String(two?.['at'])) - Date.parse(String(one?.['at']))
    // Two minutes apart, whatever times the devices' clocks showed.
    expect(Math.abs(apart - 2 * MINUTE_MS)).toBeLessThan(30_000)
  })

  it('name what devices admitted that was cancelled, forged or unknown', async () => {
    const { sold, qr, device, conflicts } = await openGate()
    await voidTickets(db(), [sold[0]?.id ?? ''])
    const gate = device('North')
    await gate.send([gate.scan(qr, 'admitted', 1000), gate.scan(randomCode(), 'admitted', 0)])
    expect((await conflicts()).conflicts).toMatchObject([
      { kinds: ['unknown-admitted'], ticket: null },
      { kinds: ['void-admitted'], ticket: { number: sold[0]?.number } },
    ])
  })

  it('name a check-in that was undone and used again, even if it was undone offline', async () => {
    const { qrs, device, scan, undo, conflicts } = await openGate(2)
    const gate = device('North')
    await gate.send([gate.scan(qrs[0] ?? '', 'admitted', 1000, { undone: true })])
    const id = randomUUID()
    await scan(qrs[1], { id })
    await undo(id)
    expect((await conflicts()).conflicts).toEqual([])
    for (const qr of qrs) await scan(qr)
    const { conflicts: found } = await conflicts()
    expect(found.map(({ kinds }) => kinds)).toEqual([['admitted-after-undo'], ['admitted-after-undo']])
  })

  it('disappear once they are resolved: the guest sent out, or a refused guest admitted', async () => {
    const { qrs, device, scan, undo, conflicts } = await openGate(2)
    const gate = device('North')
    await scan(qrs[0])
    const double = gate.scan(qrs[0] ?? '', 'admitted', 0)
    await gate.send([double, gate.scan(qrs[1] ?? '', 'not-listed', 0)])
    expect((await conflicts()).conflicts).toHaveLength(2)
    expect((await undo(String(double.id))).status).toBe(200)
    await scan(qrs[1])
    expect((await conflicts()).conflicts).toEqual([])
    expect((await undo(randomUUID())).status).toBe(404)
  })

  it('are paginated with each ticket once', async () => {
    const { qrs, device, conflicts } = await openGate(5)
    const gates = [device('North'), device('South'), device('East')]
    for (const gate of gates) await gate.send(qrs.map((qr) => gate.scan(qr, 'admitted', 0)))
    const numbers: unknown[] = []
    let before = ''
    for (let page = 0; page < 4; page += 1) {
      const found = await conflicts(`?limit=2${before}`)
      numbers.push(...found.conflicts.map(({ ticket }) => ticket?.['number']))
      if (found.next === undefined) break
      before = `&before=${found.next}`
    }
    expect(numbers).toEqual([5, 4, 3, 2, 1])
  })

  it('are for organisers, like the record as CSV', async () => {
    const { id, qr, scan } = await openGate()
    await scan(qr, { gate: '=1+1' })
    for (const path of ['conflicts', 'scans.csv']) {
      expect((await call('GET', `/admin/rooms/${id}/check-ins/${path}`)).status).toBe(403)
      expect(
        (await call('GET', `/admin/rooms/none/check-ins/${path}`, undefined, ['organiser'])).status,
      ).toBe(404)
    }
    const { text } = await call('GET', `/admin/rooms/${id}/check-ins/scans.csv`, undefined, ['organiser'])
    const [, line = '', end] = text.split('\r\n')
    expect(line).toMatch(/,no,'=1\+1,,Test,Type 1,1,,admitted,,,yes,$/)
    expect(end).toBe('')
    expect(line).toMatch(/^[^,]+,2\d{3}-\d\d-\d\dT[\d:.]+\+09:00,/)
    const path = `/admin/rooms/${id}/check-ins/scans.csv?language=ko`
    const korean = await call('GET', path, undefined, ['organiser'])
    expect(korean.text.split('\r\n')[0]).toContain('스캔 ID,스캔 일시,')
    // No export contains codes that admit.
    expect(text).not.toContain(qr.split('.')[4])
  })
})

describe('H5: the check-in window', () => {
  it('opens before the doors and closes after the end, by the festival’s settings', async () => {
    const { id, moveTo } = await openGate()
    await moveTo(new Date('2030-05-01T09:00:00Z'))
    const { body } = await json('GET', `/festivals/${id}/check-ins/window`)
    expect(body).toMatchObject({ opensAt: '2030-05-01T05:00:00.000Z', closesAt: '2030-05-02T11:00:00.000Z' })
    expect(Math.abs(Date.parse(String(body['now'])) - Date.now())).toBeLessThan(30_000)
  })

  it.each([
    ['two months early', 60 * DAY_MS],
    ['two months late', -60 * DAY_MS],
  ])('requires a confirmation by staff before a ticket is used %s', async (_, fromNowMs) => {
    const { qr, scan, moveTo, uses, conflicts } = await openGate()
    await moveTo(new Date(Date.now() + fromNowMs))
    const asked = await scan()
    expect(asked).toMatchObject({ status: 200, body: { result: 'outside-window', ticket: { number: 1 } } })
    expect(await uses()).toEqual([])
    expect((await conflicts()).conflicts).toEqual([])
    expect(await scan(qr, { confirmed: ['outside-window'] })).toMatchObject({ status: 201 })
    expect((await conflicts()).conflicts).toMatchObject([
      { kinds: ['outside-window'], scans: [{ confirmed: ['outside-window'], letIn: true }] },
    ])
  })

  it('does not use up a ticket that a device admitted outside of it without asking, and reports it', async () => {
    const { qr, device, moveTo, uses, conflicts } = await openGate()
    await moveTo(new Date(Date.now() + 60 * DAY_MS))
    const gate = device('North')
    const scan = gate.scan(qr, 'admitted', 0)
    expect(await gate.send([scan])).toMatchObject([{ result: 'outside-window' }])
    expect(await uses()).toEqual([])
    expect((await conflicts()).conflicts).toMatchObject([{ kinds: ['outside-window'] }])
    expect(await gate.send([gate.scan(qr, 'admitted', 0, { confirmed: ['outside-window'] })])).toMatchObject([
      { result: 'admitted' },
    ])
  })

  it('is not satisfied by a scan dated 1971, unless the device’s current time is 1971', async () => {
    const { qrs, device, uses, sold, conflicts, id } = await openGate(2)
    const at = '1971-01-01T00:00:00.000Z'
    const scans = [{ id: randomUUID(), qr: qrs[0], gate: 'North', at }]
    const { body } = await json('POST', '/check-ins/batch', { festival: id, scans })
    expect(body['results']).toMatchObject([{ result: 'outside-window' }])
    expect(await uses()).toEqual([])
    expect((await conflicts()).conflicts).toMatchObject([
      { kinds: ['outside-window'], scans: [{ clockDoubtful: true }] },
    ])
    const gate = device('South', Date.parse(at) - Date.now())
    expect(await gate.send([gate.scan(qrs[1] ?? '', 'admitted', 1000)])).toMatchObject([
      { result: 'admitted' },
    ])
    expect((await uses(sold[1]))[0]?.at.getFullYear()).toBe(new Date().getFullYear())
  })

  it('never lets a clock move an online check-in to another time', async () => {
    const { scan, uses } = await openGate()
    const before = Date.now()
    await scan(undefined, { at: '1971-01-01T00:00:00.000Z' })
    expect((await uses())[0]?.at.getTime()).toBeGreaterThanOrEqual(before - 1)
  })
})

describe('H4: a ticket that is disputed or refunded', () => {
  it.each(['disputed', 'refunded'] as const)('needs a confirmation when it is %s', async (flag) => {
    const { id, qr, sold, device, scan, uses, conflicts } = await openGate()
    const [ticket] = sold
    await db()
      .update(tickets)
      .set({ flag })
      .where(eq(tickets.id, ticket?.id ?? ''))
    expect(await scan()).toMatchObject({ status: 200, body: { result: 'flagged', flag } })
    const { body: list } = await json('GET', `/festivals/${id}/check-ins/list?type=${ticket?.type}`)
    expect(list).toMatchObject({ valid: '', used: '', flagged: expect.stringMatching(/^.{12}$/) })
    const gate = device('North')
    expect(await gate.send([gate.scan(qr, 'admitted', 0)])).toMatchObject([{ result: 'flagged', flag }])
    expect(await uses()).toEqual([])
    expect(await scan(qr, { confirmed: ['flagged'] })).toMatchObject({ status: 201 })
    expect((await conflicts()).conflicts).toMatchObject([{ kinds: ['admitted-twice', 'flagged-admitted'] }])
  })

  it('admits when a part of its order was refunded, and staff are notified', async () => {
    const { id, sold, scan } = await openGate()
    const [ticket] = sold
    await db()
      .update(tickets)
      .set({ flag: 'refunded-in-part' })
      .where(eq(tickets.id, ticket?.id ?? ''))
    const { body: list } = await json('GET', `/festivals/${id}/check-ins/list?type=${ticket?.type}`)
    expect(list).toMatchObject({ valid: expect.stringMatching(/^.{12}$/), flagged: '' })
    expect(await scan()).toMatchObject({
      status: 201,
      body: { result: 'admitted', flag: 'refunded-in-part' },
    })
  })

  it('requires both confirmations when the time is wrong as well', async () => {
    const { sold, qr, scan, moveTo } = await openGate()
    await moveTo(new Date(Date.now() + 60 * DAY_MS))
    await db()
      .update(tickets)
      .set({ flag: 'disputed' })
      .where(eq(tickets.id, sold[0]?.id ?? ''))
    expect((await scan(qr)).body['result']).toBe('flagged')
    expect((await scan(qr, { confirmed: ['flagged'] })).body['result']).toBe('outside-window')
    expect((await scan(qr, { confirmed: ['flagged', 'outside-window'] })).status).toBe(201)
  })
})
