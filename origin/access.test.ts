import { randomUUID } from 'node:crypto'
import { beforeAll, describe, expect, it } from 'vitest'
import { accounts } from '../drizzle/schema/accounts.ts'
import { useDatabase } from '../drizzle/testing/database.ts'
import { createLogger } from '../shared/log.ts'
import { grantTestPasses, useRedis } from '../shared/testing/redis.ts'
import { AUDIENCES, type Role } from '../shared/tokens/kinds.ts'
import { createOriginApp } from './app.ts'
import { createCatalogueCopy } from './catalogue/catalogue.ts'
import {
  makeTestAccounts,
  makeTestFestival,
  makeTestTokens,
  type TestFestival,
  testOriginDeps,
} from './testing.ts'

const { redis } = useRedis()
const { db } = useDatabase()

type Who = 'service' | 'pass' | Role
type Way = {
  who: readonly Who[]
  body?: object | string
  query?: string
  /** Asked as the organiser whom MySQL knows. */
  asks?: string
}

const EVERYONE = ['service', 'pass', 'fan', 'staff', 'organiser'] as const satisfies readonly Who[]
const SESSIONS = ['fan', 'staff', 'organiser'] as const
const GATE = ['staff', 'organiser'] as const

const organiser = randomUUID()
const at = new Date(Date.now() + 86_400_000).toISOString()
const account = { email: 'nobody@naru.test', password: 'a long password' }
const ticketType = {
  name: 'A',
  priceMinor: 1,
  quantity: 1,
  accountLimit: 1,
  saleFrom: at,
  saleTo: at,
  refundUntil: at,
}
const scan = { id: randomUUID(), qr: 'x', gate: 'North' }

/**
 * Who may use each route of the origin; everyone else is refused before anything is looked up. A new route needs a line
 * here, with a body that is valid if it takes one: refusals are then about the token and not about the input.
 */
const ROUTES: Record<string, Way> = {
  'GET /api/openapi.json': { who: EVERYONE },
  'GET /api/catalogue': { who: ['service'] },
  'GET /api/catalogue/:festival': { who: ['service'] },
  'GET /api/catalogue/:festival/drawn/:part/:piece': { who: ['service'] },
  'GET /api/pictures/:name': { who: ['service'] },
  'GET /api/mail': { who: ['service'] },
  'POST /api/accounts': { who: ['service'], body: { ...account, name: 'A' } },
  'POST /api/sessions': { who: ['service'], body: account },
  'POST /api/password-resets': { who: ['service'], body: { email: account.email } },
  'POST /api/password-resets/completion': {
    who: ['service'],
    body: { token: 'x'.repeat(43), password: account.password },
  },
  'POST /api/me/email-confirmation': { who: SESSIONS, body: {} },
  'POST /api/me/email-confirmation/link': { who: SESSIONS, body: { token: 'x'.repeat(43) } },
  'POST /api/me/email-confirmation/completion': { who: SESSIONS, body: { code: '123456' } },
  'POST /api/me/session': { who: SESSIONS },
  'DELETE /api/sessions': { who: SESSIONS },
  'DELETE /api/sessions/current': { who: SESSIONS },
  'GET /api/me': { who: SESSIONS },
  'PUT /api/me/password': {
    who: SESSIONS,
    body: { current: 'another password', password: account.password },
  },
  'PUT /api/rooms/:room/hold': { who: ['pass'], body: { basket: [{ type: 1, quantity: 1 }] } },
  'GET /api/rooms/:room/hold': { who: ['pass'] },
  'DELETE /api/rooms/:room/hold': { who: ['pass'] },
  'POST /api/rooms/:room/payments': {
    who: ['pass'],
    body: { method: 'card-ok', amountMinor: 0, holdVersion: '0123456789abcdef' },
  },
  'GET /api/rooms/:room/payments/:payment': { who: SESSIONS },
  'GET /api/orders': { who: SESSIONS },
  'GET /api/orders/:order': { who: SESSIONS },
  'GET /api/refunds': { who: SESSIONS },
  'POST /api/orders/:order/cancellation': { who: SESSIONS },
  'GET /api/check-ins/keys': { who: GATE },
  'POST /api/check-ins': { who: GATE, body: { ...scan, festival: 'x' } },
  'POST /api/check-ins/batch': { who: GATE, body: { festival: 'x', scans: [scan] } },
  'DELETE /api/check-ins/:id': { who: GATE },
  'GET /api/festivals/:festival/check-ins/summary': { who: GATE },
  'GET /api/festivals/:festival/check-ins/window': { who: GATE },
  'GET /api/festivals/:festival/check-ins/list': { who: GATE, query: '?type=1' },
  'GET /api/admin/accounts': { who: ['organiser'], query: '?q=nobody' },
  'PATCH /api/admin/accounts/:account': { who: ['organiser'], body: { staff: false }, asks: organiser },
  'GET /api/admin/changes': { who: ['organiser'] },
  'POST /api/admin/orders/:order/cancellation': { who: ['organiser'], body: { reason: 'Asked for it' } },
  'GET /api/admin/rooms/:room': { who: ['organiser'] },
  'PATCH /api/admin/rooms/:room': { who: ['organiser'], body: { ratePerSecond: 5 } },
  'GET /api/admin/rooms/:room/changes': { who: ['organiser'] },
  'GET /api/admin/rooms/:room/sale': { who: ['organiser'] },
  'GET /api/admin/rooms/:room/orders': { who: ['organiser'] },
  'GET /api/admin/rooms/:room/check-ins/conflicts': { who: ['organiser'] },
  'GET /api/admin/rooms/:room/check-ins/scans.csv': { who: ['organiser'] },
  'GET /api/admin/rooms/:room/orders.csv': { who: ['organiser'] },
  'GET /api/admin/rooms/:room/payments': { who: ['organiser'], query: '?state=charging' },
  'GET /api/admin/rooms/:room/payments/aside': { who: ['organiser'] },
  'GET /api/admin/rooms/:room/reversals': { who: ['organiser'] },
  'POST /api/admin/rooms/:room/reversals/:id/settlement': { who: ['organiser'] },
  'POST /api/admin/rooms/:room/payments/aside/:id': { who: ['organiser'], body: { action: 'retry' } },
  'GET /api/admin/festivals': { who: ['organiser'] },
  'POST /api/admin/festivals': {
    who: ['organiser'],
    body: {
      id: `test-${randomUUID()}`,
      name: 'A',
      place: 'B',
      startsAt: at,
      endsAt: at,
      currency: 'KRW',
      room: { lobbyAt: at, opensAt: at, closesAt: at },
      ticketTypes: [ticketType],
    },
  },
  'GET /api/admin/festivals/:festival': { who: ['organiser'] },
  'PATCH /api/admin/festivals/:festival': { who: ['organiser'], body: { name: 'B' } },
  'DELETE /api/admin/festivals/:festival': { who: ['organiser'] },
  'POST /api/admin/festivals/:festival/publish': { who: ['organiser'] },
  'POST /api/admin/festivals/:festival/unpublish': { who: ['organiser'] },
  'POST /api/admin/festivals/:festival/ticket-types': { who: ['organiser'], body: ticketType },
  'PATCH /api/admin/festivals/:festival/ticket-types/:type': { who: ['organiser'], body: { name: 'B' } },
  'DELETE /api/admin/festivals/:festival/ticket-types/:type': { who: ['organiser'] },
  'PUT /api/admin/festivals/:festival/picture': { who: ['organiser'], body: 'no picture' },
  'DELETE /api/admin/festivals/:festival/picture': { who: ['organiser'] },
}

/** Codes that say that someone may not, whatever it is about. */
const REFUSALS = ['token-missing', 'token-invalid', 'token-foreign', 'forbidden']

const tokens = makeTestTokens()
const seconds = Math.floor(Date.now() / 1000)
const lifetime = { iat: seconds, exp: seconds + 600 }
let app: ReturnType<typeof createOriginApp>
let festival: TestFestival
/** Its own, since what an organiser may is done to the other. */
let onSale: TestFestival

beforeAll(async () => {
  const log = createLogger('test', 'silent')
  const catalogue = createCatalogueCopy({ db: db(), redis: redis(), log, festivalsMax: 10 })
  festival = await makeTestFestival({ db: db() }, { quantities: [50] })
  onSale = await makeTestFestival({ db: db(), redis: redis() })
  await catalogue.refresh()
  // Roles are given by who has one in MySQL still.
  await db()
    .insert(accounts)
    .values({
      id: organiser,
      email: `${organiser}@naru.test`,
      name: 'Organiser',
      passwordHash: 'none',
      roles: ['organiser'],
      createdAt: new Date(),
    })
  app = createOriginApp(testOriginDeps({ db: db(), redis: redis(), catalogue }, tokens))
})

function tokenOf(
  who: Who,
  { sub = randomUUID(), room = festival.id }: { sub?: string; room?: string } = {},
): string {
  if (who === 'service') return tokens.signService({ aud: AUDIENCES.service, sub: 'gateway', ...lifetime })
  if (who === 'pass') return tokens.signPass({ aud: room, sub, jti: randomUUID(), ...lifetime })
  return tokens.signSession({ aud: AUDIENCES.session, sub, name: 'A', roles: [who], ...lifetime })
}

async function ask(route: string, token: string | undefined, path = pathOf(route, festival.id)) {
  const [method = ''] = route.split(' ')
  const body = ROUTES[route]?.body
  const json = typeof body === 'string' ? body : JSON.stringify(body)
  const response = await app.request(path, {
    method,
    headers: {
      'idempotency-key': randomUUID(),
      ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
      ...(body === undefined
        ? {}
        : {
            'content-type': typeof body === 'string' ? 'image/png' : 'application/json',
            'content-length': String(json?.length),
          }),
    },
    ...(body === undefined ? {} : { body: json }),
  })
  const text = await response.text()
  const isProblem = response.headers.get('content-type') === 'application/problem+json'
  const problem = (isProblem ? JSON.parse(text) : {}) as Record<string, unknown>
  return { status: response.status, problem }
}

/** The route's path with IDs that could be, none of them anyone's but the room's. */
function pathOf(route: string, room: string): string {
  const path = route.slice(route.indexOf(' ') + 1)
  const filled = path.replaceAll(/:(\w+)/g, (_, name: string) => {
    if (name === 'room' || name === 'festival') return room
    if (name === 'type') return '1'
    if (name === 'part') return 'entries'
    if (name === 'piece') return '0'
    if (name === 'name') return 'x.webp'
    return name === 'id' && path.includes('aside') ? '1' : randomUUID()
  })
  return filled + (ROUTES[route]?.query ?? '')
}

describe('who may', () => {
  it('is said of every route that there is, and of no other', () => {
    const routes = app.routes
      .filter(({ method }) => method !== 'ALL')
      .map(({ method, path }) => `${method} ${path}`)
    expect([...new Set(routes)].toSorted()).toEqual(Object.keys(ROUTES).toSorted())
  })

  it.each(Object.entries(ROUTES))('%s', async (route, { who, asks }) => {
    expect(await ask(route, undefined)).toMatchObject({ status: 401, problem: { code: 'token-missing' } })
    for (const kind of EVERYONE) {
      const { status, problem } = await ask(route, tokenOf(kind, asks === undefined ? {} : { sub: asks }))
      const refused = REFUSALS.includes(String(problem['code']))
      expect({ kind, refused, problem }).toMatchObject({ kind, refused: !who.some((may) => may === kind) })
      if (refused) expect(status).toBe(403)
      // Neither what is asked for, nor whether there is such a thing.
      if (refused) expect(JSON.stringify(problem)).not.toContain(festival.id)
    }
  })
})

describe("someone else's", () => {
  async function fanWithHold() {
    const [sub = ''] = await makeTestAccounts(db(), 1)
    const [jti = ''] = await grantTestPasses(redis(), onSale.id, [sub])
    const pass = tokens.signPass({ aud: onSale.id, sub, jti, ...lifetime })
    const authorization = `Bearer ${pass}`
    const held = await app.request(`/api/rooms/${onSale.id}/hold`, {
      method: 'PUT',
      headers: { authorization, 'content-type': 'application/json' },
      body: JSON.stringify({ basket: [{ type: onSale.types[0], quantity: 2 }] }),
    })
    expect(held.status).toBe(200)
    const { amountMinor, version } = (await held.json()) as { amountMinor: number; version: string }
    return { sub, authorization, agreed: { amountMinor, holdVersion: version } }
  }

  it('hold is neither seen, paid for nor given back under a pass of the same room', async () => {
    const { authorization } = await fanWithHold()
    const other = tokenOf('pass', { room: onSale.id })
    expect(
      await ask('GET /api/rooms/:room/hold', other, pathOf('GET /api/rooms/:room/hold', onSale.id)),
    ).toMatchObject({ problem: { code: 'hold-missing' } })
    expect(
      await ask('POST /api/rooms/:room/payments', other, pathOf('POST /api/rooms/:room/payments', onSale.id)),
    ).toMatchObject({
      problem: { code: 'hold-missing' },
    })
    expect(
      await ask('DELETE /api/rooms/:room/hold', other, pathOf('DELETE /api/rooms/:room/hold', onSale.id)),
    ).toMatchObject({ status: 204 })
    const kept = await app.request(`/api/rooms/${onSale.id}/hold`, { headers: { authorization } })
    expect(await kept.json()).toMatchObject({ basket: [{ quantity: 2 }], paying: false })
  })

  it('pass ID is no pass of mine', async () => {
    const [jti = ''] = await grantTestPasses(redis(), onSale.id, [randomUUID()])
    const token = tokens.signPass({ aud: onSale.id, sub: randomUUID(), jti, ...lifetime })
    expect(
      await ask('PUT /api/rooms/:room/hold', token, pathOf('PUT /api/rooms/:room/hold', onSale.id)),
    ).toMatchObject({ problem: { code: 'pass-ended' } })
  })

  it('payment is as good as none', async () => {
    const { sub, authorization, agreed } = await fanWithHold()
    const paid = await app.request(`/api/rooms/${onSale.id}/payments`, {
      method: 'POST',
      headers: { authorization, 'content-type': 'application/json', 'idempotency-key': randomUUID() },
      body: JSON.stringify({ method: 'card-ok', ...agreed }),
    })
    const path = paid.headers.get('location') ?? ''
    const route = 'GET /api/rooms/:room/payments/:payment'
    expect(await ask(route, tokenOf('fan', { sub }), path)).toMatchObject({ status: 200 })
    const none = await ask(route, tokenOf('fan', { sub }))
    for (const role of SESSIONS) {
      const theirs = await ask(route, tokenOf(role), path)
      expect(theirs.status).toBe(404)
      expect({ ...theirs.problem, requestId: '' }).toEqual({ ...none.problem, requestId: '' })
    }
  })
})
