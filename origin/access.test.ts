import { randomUUID } from 'node:crypto'
import { eq } from 'drizzle-orm'
import { beforeAll, describe, expect, it } from 'vitest'
import { gateScans } from '../drizzle/schema/gate.ts'
import { TEAM_ROLES, teamMembers } from '../drizzle/schema/teams.ts'
import { useDatabase } from '../drizzle/testing/database.ts'
import { ORIGIN_ROUTES } from '../shared/api/origin-routes.ts'
import { createLogger } from '../shared/runtime/log.ts'
import { grantTestPasses, useRedis } from '../shared/testing/redis.ts'
import { createAccess } from './access/access.ts'
import { createOriginApp } from './app.ts'
import { createCatalogueCopy } from './catalogue/catalogue.ts'
import type { WebhookRoutesDeps } from './routes/webhooks/webhooks.ts'
import { makeTestTokens, testOriginDeps } from './testing/app.ts'
import { makeTestAccounts, makeTestFestival, type TestFestival } from './testing/origin.ts'
import { makeTestOrder } from './testing/sales.ts'
import { makeCreator, makeMember, makeTestOperator } from './testing/teams.ts'

const { redis } = useRedis()
const { db } = useDatabase()

/**
 * The callers: a gateway, an account with a pass or a session, an account that may create festivals or operates the
 * installation and is in no team, and all members of the requested festival's team and of another one.
 */
const CALLERS = [
  ...(['service', 'pass', 'fan', 'creator', 'operator'] as const),
  ...(['owner', 'manager', 'viewer', 'gate'] as const),
  ...(['other owner', 'other manager', 'other viewer', 'other gate'] as const),
] as const
type Caller = (typeof CALLERS)[number]

type Way = {
  who: readonly Caller[]
  body?: object | string
  query?: string
  /** The response to members of other teams: as if it did not exist. */
  hidden?: readonly Caller[]
}

const SESSIONS = CALLERS.filter((caller) => caller !== 'service' && caller !== 'pass')
const VIEW = ['owner', 'manager', 'viewer'] as const
const MANAGE = ['owner', 'manager'] as const
const OWN = ['owner', 'operator'] as const
const STATS = ['owner', 'manager', 'viewer', 'gate'] as const
const GATE = ['owner', 'manager', 'gate'] as const
const OPERATE = ['operator'] as const
const CREATE = ['creator', 'operator'] as const
/** Members of any team that sees festivals, and accounts that may create one. */
const OTHERS = ['other owner', 'other manager', 'other viewer'] as const
const ORGANISE = ['creator', 'operator', ...VIEW, ...OTHERS] as const

/** Replaced by the ID of the requested festival. */
const FESTIVAL = 'the-festival'
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
 * Which callers may use each route of the origin; all others are rejected before anything is looked up. A new route
 * needs a line here, with a valid body if it takes one: rejections are then about the token and not about the input.
 */
const ROUTES: Record<string, Way> = {
  'GET /api/openapi.json': { who: CALLERS },
  'GET /api/catalogue': { who: ['service'] },
  'GET /api/catalogue/:festival': { who: ['service'] },
  'GET /api/catalogue/:festival/drawn/:part/:chunk': { who: ['service'] },
  'GET /api/images/:name': { who: ['service'] },
  'GET /api/mail': { who: ['service'] },
  'POST /api/webhooks/:provider': { who: ['service'] },
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
  'POST /api/rooms/:room/payments/:payment/completion': { who: SESSIONS },
  'DELETE /api/rooms/:room/payments/:payment': { who: SESSIONS },
  'GET /api/rooms/:room/purchase': { who: SESSIONS },
  'GET /api/orders': { who: SESSIONS },
  'GET /api/orders/:order': { who: SESSIONS },
  'GET /api/refunds': { who: SESSIONS },
  'POST /api/orders/:order/cancellation': { who: SESSIONS },
  'GET /api/check-ins/keys': { who: [...GATE, 'other owner', 'other manager', 'other gate'] },
  'POST /api/check-ins': { who: GATE, body: { ...scan, festival: FESTIVAL } },
  'POST /api/check-ins/batch': { who: GATE, body: { festival: FESTIVAL, scans: [scan] } },
  'DELETE /api/check-ins/:id': { who: GATE, hidden: ['other owner', 'other manager', 'other gate'] },
  'GET /api/festivals/:festival/check-ins/summary': { who: STATS },
  'GET /api/festivals/:festival/check-ins/window': { who: STATS },
  'GET /api/festivals/:festival/check-ins/list': { who: GATE, query: '?type=1' },
  'GET /api/festivals/:festival/check-ins/names': { who: GATE, query: '?type=1' },
  'GET /api/admin/accounts': { who: OPERATE, query: '?q=nobody' },
  'PATCH /api/admin/accounts/:account': { who: OPERATE, body: { organiser: false } },
  'GET /api/admin/changes': { who: ORGANISE },
  'GET /api/admin/dead-letters/payments': { who: OPERATE },
  'GET /api/admin/dead-letters/emails': { who: OPERATE },
  'GET /api/admin/orders/:order/refunds': { who: VIEW, hidden: OTHERS },
  'POST /api/admin/orders/:order/refunds': {
    who: MANAGE,
    hidden: ['viewer', ...OTHERS],
    body: { amountMinor: 1, reason: 'Asked for it' },
  },
  'POST /api/admin/orders/:order/cancellation': {
    who: MANAGE,
    // Including their own festival, where they only see orders.
    hidden: ['viewer', ...OTHERS],
    body: { reason: 'Asked for it' },
  },
  'GET /api/admin/rooms/:room': { who: VIEW },
  'PATCH /api/admin/rooms/:room': { who: MANAGE, body: { ratePerSecond: 5 } },
  'GET /api/admin/rooms/:room/changes': { who: VIEW },
  'GET /api/admin/rooms/:room/sale': { who: VIEW },
  'GET /api/admin/rooms/:room/orders': { who: VIEW },
  'GET /api/admin/rooms/:room/check-ins/conflicts': { who: VIEW },
  'GET /api/admin/rooms/:room/check-ins/scans.csv': { who: VIEW },
  'GET /api/admin/rooms/:room/orders.csv': { who: VIEW },
  'GET /api/admin/rooms/:room/payments': { who: VIEW, query: '?state=charging' },
  'GET /api/admin/rooms/:room/payments/dead-letters': { who: VIEW },
  'GET /api/admin/rooms/:room/reversals': { who: VIEW },
  'POST /api/admin/rooms/:room/reversals/:id/settlement': { who: MANAGE },
  'POST /api/admin/rooms/:room/payments/dead-letters/:id': { who: MANAGE, body: { action: 'retry' } },
  'GET /api/admin/festivals': { who: ORGANISE },
  'POST /api/admin/festivals': {
    who: CREATE,
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
  'GET /api/admin/images/:name': { who: [...VIEW, ...OTHERS] },
  'GET /api/admin/festivals/:festival': { who: VIEW },
  'PATCH /api/admin/festivals/:festival': { who: MANAGE, body: { name: 'B' } },
  'GET /api/admin/festivals/:festival/team': { who: [...VIEW, 'operator'] },
  'PUT /api/admin/festivals/:festival/team/:account': { who: OWN, body: { role: 'viewer' } },
  'PUT /api/admin/festivals/:festival/team/settings': { who: OWN, body: { secondFactorRequired: false } },
  'DELETE /api/admin/festivals/:festival/team/:account': { who: OWN },
  'POST /api/admin/festivals/:festival/team/invitations': {
    who: OWN,
    body: { email: account.email, role: 'viewer' },
  },
  'DELETE /api/admin/festivals/:festival/team/invitations/:invitation': { who: OWN },
  'GET /api/me/second-factor': { who: SESSIONS },
  'POST /api/me/second-factor': { who: SESSIONS, body: { password: account.password } },
  'POST /api/me/second-factor/confirmation': { who: SESSIONS, body: { code: '123456' } },
  'POST /api/me/second-factor/removal': { who: SESSIONS, body: { code: '123456' } },
  'POST /api/me/second-factor/recovery-codes': { who: SESSIONS, body: { code: '123456' } },
  'POST /api/sessions/second-factor': { who: ['service'], body: { token: 'x', code: '123456' } },
  'POST /api/me/team-invitations/acceptance': { who: SESSIONS, body: { token: 'x'.repeat(43) } },
  'DELETE /api/admin/festivals/:festival': { who: OWN },
  'POST /api/admin/festivals/:festival/publish': { who: MANAGE },
  'POST /api/admin/festivals/:festival/unpublish': { who: MANAGE },
  'POST /api/admin/festivals/:festival/ticket-types': { who: MANAGE, body: ticketType },
  'PATCH /api/admin/festivals/:festival/ticket-types/:type': { who: MANAGE, body: { name: 'B' } },
  'DELETE /api/admin/festivals/:festival/ticket-types/:type': { who: MANAGE },
  'PUT /api/admin/festivals/:festival/image': { who: MANAGE, body: 'no image' },
  'DELETE /api/admin/festivals/:festival/image': { who: MANAGE },
}

/** Error codes for a lack of permission, whatever the subject. */
const REFUSALS = ['token-missing', 'token-invalid', 'token-wrong-audience', 'forbidden']

const tokens = makeTestTokens()
const { lifetime } = tokens
let app: ReturnType<typeof createOriginApp>
let festival: TestFestival
/** A separate one, since what an organiser may do is done to the other. */
let onSale: TestFestival
/** The account of each caller, whose session does not contain its roles. */
let accountOf: ReadonlyMap<Caller, string>
let order: string
const scanned = randomUUID()

beforeAll(async () => {
  const log = createLogger('test', 'silent')
  const catalogue = createCatalogueCopy({ db: db(), redis: redis(), log, festivalsMax: 10 })
  festival = await makeTestFestival({ db: db() }, { quantities: [50] })
  onSale = await makeTestFestival({ db: db(), redis: redis() })
  await catalogue.refresh()
  const inTeams = TEAM_ROLES.flatMap((role) => [
    [role, makeMember(db(), festival.id, role)] as const,
    [`other ${role}` as const, makeMember(db(), onSale.id, role)] as const,
  ])
  const made = await Promise.all(
    [...inTeams, ['creator', makeCreator(db())] as const, ['operator', makeTestOperator(db())] as const].map(
      async ([caller, account]) => [caller, await account] as const,
    ),
  )
  accountOf = new Map<Caller, string>(made)
  const [buyer = ''] = await makeTestAccounts(db(), 1)
  const basket = [{ type: festival.types[0] ?? 0, quantity: 1 }]
  order = await makeTestOrder(db(), { festival: festival.id, account: buyer, basket })
  const now = new Date()
  await db()
    .insert(gateScans)
    .values({
      ...{ id: scanned, festivalId: festival.id, gate: 'North', accountId: buyer },
      ...{ serverVerdict: 'unknown', detail: {}, confirmed: [], letIn: true, notable: true },
      ...{ at: now, deviceAt: now, clockDoubtful: false, receivedAt: now },
    })
  const deps = testOriginDeps({ db: db(), redis: redis(), catalogue }, tokens)
  const webhooks: WebhookRoutesDeps = {
    provider: 'stripe',
    readEvent: () => undefined,
    receiveEvent: () => Promise.resolve('ignored'),
  }
  app = createOriginApp({ ...deps, webhooks, access: createAccess(db()) })
})

function tokenOf(
  who: Caller,
  { sub = accountOf.get(who) ?? randomUUID(), room = festival.id }: { sub?: string; room?: string } = {},
): string {
  if (who === 'service') return tokens.service
  if (who === 'pass') return tokens.signPass({ aud: room, sub, jti: randomUUID(), ...lifetime })
  return tokens.sessionOf(sub, ['fan'])
}

async function ask(route: string, token: string | undefined, path = pathOf(route, festival.id)) {
  const [method = ''] = route.split(' ')
  const body = ROUTES[route]?.body
  const json = typeof body === 'string' ? body : JSON.stringify(body)?.replaceAll(FESTIVAL, festival.id)
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

/** The route's path with valid IDs, none of them existing except the room's and its parts. */
function pathOf(route: string, room: string): string {
  const path = route.slice(route.indexOf(' ') + 1)
  const isDeadLetter = path.includes('dead-letters/')
  const ids: Record<string, string> = {
    ...{ room, festival: room, type: '1', part: 'entries', chunk: '0', name: 'x.webp' },
    provider: 'stripe',
    ...(path.includes('/admin/orders/') ? { order } : {}),
    ...(path.includes('/check-ins/') ? { id: scanned } : isDeadLetter ? { id: '1' } : {}),
  }
  const filled = path.replaceAll(/:(\w+)/g, (_, name: string) => ids[name] ?? randomUUID())
  return filled + (ROUTES[route]?.query ?? '')
}

type Outcome = 'allowed' | 'refused' | 'finds nothing'

function expectedOf(caller: Caller, { who, hidden = [] }: Way): Outcome {
  if (hidden.includes(caller)) return 'finds nothing'
  return who.includes(caller) ? 'allowed' : 'refused'
}

/** Where a resource is hidden from some callers, those with permission must find it. */
function outcomeOf({ status, problem }: Awaited<ReturnType<typeof ask>>, { hidden }: Way): Outcome | string {
  // Neither the resource nor whether it exists.
  const isSilent = !JSON.stringify(problem).includes(festival.id)
  if (REFUSALS.includes(String(problem['code'])))
    return status === 403 && isSilent ? 'refused' : 'refused badly'
  if (hidden === undefined) return 'allowed'
  if (status === 404) return isSilent ? 'finds nothing' : 'told of it'
  return status < 300 ? 'allowed' : 'failed'
}

describe('access to routes', () => {
  it('is specified for every existing route, and for no other', () => {
    const routes = app.routes
      .filter(({ method }) => method !== 'ALL')
      .map(({ method, path }) => `${method} ${path}`)
    expect([...new Set(routes)].toSorted()).toEqual(Object.keys(ROUTES).toSorted())
  })

  it('is checked by the routes of the contract, all of which are served', () => {
    const served = app.openAPIRegistry.definitions.flatMap((definition) =>
      definition.type === 'route' ? [`${definition.route.method} ${definition.route.path}`] : [],
    )
    const agreed = ORIGIN_ROUTES.map(([{ method, path }]) => `${method} /api${path}`)
    expect(served.toSorted()).toEqual(agreed.toSorted())
  })

  it.each(Object.entries(ROUTES))('M6: %s', async (route, way) => {
    expect(await ask(route, undefined)).toMatchObject({ status: 401, problem: { code: 'token-missing' } })
    // Callers with permission come last: the resource may be deleted then.
    const callers = CALLERS.toSorted((a, b) => Number(way.who.includes(a)) - Number(way.who.includes(b)))
    for (const caller of callers) {
      // What every caller may do with their own session revokes some of them.
      const asks = way.who === SESSIONS ? { sub: randomUUID() } : {}
      const answer = await ask(route, tokenOf(caller, asks))
      const { problem } = answer
      expect({ caller, came: outcomeOf(answer, way), problem }).toMatchObject({
        caller,
        came: expectedOf(caller, way),
      })
    }
  })

  it('M6: does not disclose to other teams whether a festival exists', async () => {
    const ofTeams = Object.entries(ROUTES).filter(
      ([route, { who }]) => /:(room|festival)/.test(route) && who === VIEW,
    )
    expect(ofTeams.length).toBeGreaterThan(5)
    for (const [route] of ofTeams) {
      const none = await ask(route, tokenOf('other owner'), pathOf(route, 'no-such-festival'))
      const theirs = await ask(route, tokenOf('other owner'))
      expect({ ...theirs.problem, requestId: '' }).toEqual({ ...none.problem, requestId: '' })
    }
  })

  it('M6: ends for a removed member with their next request', async () => {
    const member = await makeMember(db(), festival.id, 'owner')
    const token = tokenOf('fan', { sub: member })
    const route = 'GET /api/admin/festivals/:festival'
    expect(await ask(route, token)).toMatchObject({ status: 200 })
    await db().delete(teamMembers).where(eq(teamMembers.accountId, member))
    expect(await ask(route, token)).toMatchObject({ status: 403 })
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

  it('hold is neither shown, paid for nor released under a pass of the same room', async () => {
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
    const stored = await app.request(`/api/rooms/${onSale.id}/hold`, { headers: { authorization } })
    expect(await stored.json()).toMatchObject({ basket: [{ quantity: 2 }], paying: false })
  })

  it('pass ID is rejected in a pass of another account', async () => {
    const [jti = ''] = await grantTestPasses(redis(), onSale.id, [randomUUID()])
    const token = tokens.signPass({ aud: onSale.id, sub: randomUUID(), jti, ...lifetime })
    expect(
      await ask('PUT /api/rooms/:room/hold', token, pathOf('PUT /api/rooms/:room/hold', onSale.id)),
    ).toMatchObject({ problem: { code: 'pass-ended' } })
  })

  it('payment is reported as not found', async () => {
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
    for (const caller of SESSIONS) {
      const theirs = await ask(route, tokenOf(caller), path)
      expect(theirs.status).toBe(404)
      const complete = 'POST /api/rooms/:room/payments/:payment/completion'
      expect(await ask(complete, tokenOf(caller), `${path}/completion`)).toMatchObject({ status: 404 })
      const leave = 'DELETE /api/rooms/:room/payments/:payment'
      expect(await ask(leave, tokenOf(caller), path)).toMatchObject({ status: 404 })
      expect({ ...theirs.problem, requestId: '' }).toEqual({ ...none.problem, requestId: '' })
    }
  })
})
