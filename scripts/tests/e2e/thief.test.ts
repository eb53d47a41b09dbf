import { createHash, randomBytes, randomUUID } from 'node:crypto'
import { eq } from 'drizzle-orm'
import { describe, expect, it } from 'vitest'
import { accounts } from '../../../drizzle/schema/accounts.ts'
import { createPasswords } from '../../../origin/accounts/passwords.ts'
import { signUp } from '../../../origin/accounts/sign-up.ts'
import { makeFestival } from '../../../origin/catalogue/make-festival.ts'
import type { Role } from '../../../shared/tokens/kinds.ts'
import { fillTeams } from '../../develop/browsers/fill-teams.ts'
import { festivalOnSale } from '../../operate/seed/demo.ts'
import { type Answer, type Call, call as callAt } from './http.ts'
import { useSystem } from './use-system.ts'

const HOUR_MS = 3_600_000
const SALE_TIMEOUT_MS = 600_000
const PASSWORD = 'a long password'

const system = useSystem()

const call = (method: string, path: string, options?: Call) =>
  callAt(system().gatewayUrl, method, path, options)

type Account = { id: string; email: string; name: string; session: string }
type Fan = Partial<Account> & { key: string; place: string; index: number; pass?: string }

async function makeAccount(role: Role, isProven = true): Promise<Account> {
  const name = `Name ${randomBytes(8).toString('hex')}`
  const email = `${randomUUID()}@naru.test`
  const passwords = createPasswords(1, 1)
  const input = { email, name, password: PASSWORD, roles: [role] }
  const made = await signUp({ db: system().db, passwords, now: Date.now }, input)
  if (made.status !== 'created') throw new Error(`The account is ${made.status}`)
  const { id } = made.account
  await fillTeams(system().db)
  if (isProven)
    await system().db.update(accounts).set({ emailProvenAt: new Date() }).where(eq(accounts.id, id))
  const { body } = await call('POST', '/api/sessions', { body: { email, password: PASSWORD } })
  return { id, email, name, session: String(body['token']) }
}

async function enter(room: string): Promise<Fan> {
  const key = randomBytes(16).toString('base64url')
  const { status, body } = await call('POST', `/api/rooms/${room}/entries`, { body: { key } })
  expect(status).toBe(201)
  return { key, place: String(body['place']), index: Number(body['index']) }
}

async function enterBound(room: string, isProven: boolean): Promise<Fan & Account> {
  const fan = { ...(await enter(room)), ...(await makeAccount('fan', isProven)) }
  const path = `/api/rooms/${room}/place/account`
  const bound = await call('PUT', path, { token: fan.session, body: { place: fan.place } })
  expect(bound.body['participates']).toEqual(isProven ? true : { reason: 'unproven' })
  return fan
}

/** A room with a draw in its lobby, with two participants, a fan who is not proven, and one without an account. */
async function announce() {
  const room = `test-${randomUUID()}`
  const sale = festivalOnSale(room, Date.now(), { units: 100, ratePerSecond: 100, maxActive: 50 })
  const opensAt = new Date(Date.now() + HOUR_MS)
  const input = { ...sale, room: { ...sale.room, order: 'draw' as const, opensAt } }
  const made = await makeFestival({ db: system().db, now: Date.now }, input)
  if (made.status !== 'made') throw new Error('the festival is made')
  const status = async () => (await call('GET', `/api/rooms/${room}/status`)).body
  await expect.poll(async () => (await status())['phase']).toBe('lobby')
  const buyer = await enterBound(room, true)
  const fans = [buyer, await enterBound(room, true), await enterBound(room, false), await enter(room)]
  return { room, status, buyer, fans, type: made.ticketTypes[0] ?? 0 }
}

type Announced = Awaited<ReturnType<typeof announce>>

async function openAndDraw({ room, status }: Announced): Promise<void> {
  const organiser = await makeAccount('organiser')
  const body = { phase: 'open' }
  expect(await call('PATCH', `/api/admin/rooms/${room}`, { token: organiser.session, body })).toMatchObject({
    status: 200,
  })
  const drawn = async () => ((await status())['draw'] as { drawn: boolean }).drawn
  await expect.poll(drawn).toBe(true)
}

/** Buys one ticket as the fan would. Returns its order. */
async function buy({ room, type }: Announced, fan: Fan & Account): Promise<string> {
  const claim = () => call('POST', `/api/rooms/${room}/claims`, { token: fan.session, body: {} })
  let claimed = await claim()
  const claimAgain = async () => {
    if (claimed.status !== 201) claimed = await claim()
    return claimed.status
  }
  await expect.poll(claimAgain).toBe(201)
  fan.pass = String(claimed.body['pass'])
  const basket = [{ type, quantity: 1 }]
  const hold = await call('PUT', `/api/rooms/${room}/hold`, { token: fan.pass, body: { basket } })
  expect(hold.status).toBe(200)
  const { amountMinor, version } = hold.body
  const paid = await call('POST', `/api/rooms/${room}/payments`, {
    token: fan.pass,
    headers: { 'idempotency-key': `"${randomUUID()}"` },
    body: { method: 'card-ok', amountMinor, holdVersion: version },
  })
  expect(paid).toMatchObject({ status: 202 })
  const payment = `/api/rooms/${room}/payments/${String(paid.body['id'])}`
  const read = async () => (await call('GET', payment, { token: fan.session })).body
  await expect.poll(async () => (await read())['state']).toBe('confirmed')
  return String((await read())['order'])
}

function cookiesOf(room: string, { session, place, pass }: Partial<Fan>): string {
  const stored = { session, [`place-${room}`]: place, [`pass-${room}`]: pass }
  return Object.entries(stored)
    .flatMap(([name, token]) =>
      token === undefined ? [] : [`naru-${name}=${token}`, `__Host-naru-${name}=${token}`],
    )
    .join('; ')
}

async function read(path: string, cookie = ''): Promise<Buffer> {
  const response = await fetch(`${system().gatewayUrl}${path}`, { headers: { cookie }, redirect: 'manual' })
  return Buffer.from(await response.arrayBuffer())
}

/** Everything that is public, and everything on the pages of other fans. */
async function lookAround({ room, fans }: Announced, orders: readonly string[]) {
  const publicPaths = [
    ...['/', `/festivals/${room}`, `/festivals/${room}/room`, `/festivals/${room}/draw`],
    ...['/api/festivals', `/api/rooms/${room}/status`, `/api/rooms/${room}/draw`, '/.well-known/jwks.json'],
  ]
  const ownPaths = [
    ...[`/festivals/${room}/room`, `/festivals/${room}/draw`, `/festivals/${room}/buy`, '/me'],
    ...orders.map((order) => `/orders/${order}`),
  ]
  const texts = await Promise.all([
    ...publicPaths.map((path) => read(path)),
    ...fans.flatMap((fan) => ownPaths.map((path) => read(path, cookiesOf(room, fan)))),
  ])
  const shown = texts.join('\n')
  const logs = await Promise.all(
    ['entries', 'participants'].map((name) => read(`/api/rooms/${room}/draw/${name}`)),
  )
  // Proxies log the URLs of challenges, which contain the hash of an entry.
  const challenges = fans.map(({ key }) =>
    createHash('sha256').update(key, 'base64url').digest().subarray(0, 16).toString('base64url'),
  )
  return { shown, log: logs[0] ?? Buffer.alloc(0), challenges }
}

const SHAPES = [
  /[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/g,
  /[0-9a-f]{32,}/g,
  /[\w-]{20,}\.[\w-]{20,}\.[\w-]{20,}/g,
  /\b[\w-]{22}\b/g,
]
const CANDIDATES_MAX = 150

/** Everything in it that looks like a key, a token or an ID, in the forms that routes accept. */
function candidatesIn({ shown, log, challenges }: Awaited<ReturnType<typeof lookAround>>): string[] {
  const words = SHAPES.flatMap((shape) => shown.match(shape) ?? [])
  const cut = words
    .filter((word) => /^[0-9a-f]{32,}$/.test(word))
    .flatMap((hex) => {
      const bytes = Buffer.from(hex, 'hex')
      return [bytes.subarray(0, 16), bytes.subarray(-16)].map((part) => part.toString('base64url'))
    })
  const entries = Array.from({ length: Math.floor(log.length / 16) }, (_, n) =>
    log.subarray(n * 16, n * 16 + 16).toString('base64url'),
  )
  const all = [...new Set([...entries, ...challenges, ...words, ...cut])]
  expect(all.length).toBeLessThan(CANDIDATES_MAX)
  return all
}

type Tried = { what: string; answer: Answer }

/** AttemptLimitsByKind one found value in every way that could buy something. */
async function tryEverywhere(room: string, found: string, session: string): Promise<Tried[]> {
  const at = `/api/rooms/${room}`
  const cookie = cookiesOf(room, { session: found, place: found, pass: found })
  const headers = { cookie }
  const basket = { basket: [{ type: 1, quantity: 1 }] }
  const ways: [method: string, path: string, options: Call][] = [
    ['PUT', `${at}/place/account`, { token: session, body: { place: found } }],
    ['POST', `${at}/claims`, { token: session, body: { place: found } }],
    ...(['GET', 'DELETE'] as const).map((method): [string, string, Call] => [
      method,
      `${at}/place`,
      { token: found },
    ]),
    ['GET', `${at}/place`, { headers }],
    ['POST', `${at}/claims`, { headers, body: {} }],
    ['PUT', `${at}/hold`, { token: found, body: basket }],
    ['GET', `${at}/hold`, { headers }],
    ['GET', `${at}/payments/${found}`, { token: session }],
    ...(['', '/cancellation'] as const).map((end): [string, string, Call] => [
      end === '' ? 'GET' : 'POST',
      `/api/orders/${found}${end}`,
      { token: session, ...(end === '' ? {} : { body: {} }) },
    ]),
    ['GET', '/api/me', { token: found }],
    ['GET', '/api/orders', { headers }],
    ['POST', '/api/check-ins', { token: session, body: { code: found } }],
    ['POST', '/api/me/email-confirmation/link', { token: session, body: { token: found } }],
    ['POST', '/api/password-resets/completion', { body: { token: found, password: PASSWORD } }],
  ]
  return await Promise.all(
    ways.map(async ([method, path, options]) => ({
      what: `${method} ${path} with ${found}`,
      answer: await call(method, path, options),
    })),
  )
}

const NOT_TRIED = /\.csv$|draw\/\w+$|\/mail$/
type Paths = Record<string, Record<string, unknown>>

/** Every documented request, with the known values as IDs. */
function documentedRequests(
  paths: Paths,
  room: string,
  ids: readonly string[],
): [method: string, path: string][] {
  return Object.entries(paths).flatMap(([path, methods]) => {
    const inRoom = path.replaceAll(/\{(?:room|festival)\}/g, room)
    const filled = inRoom.includes('{') ? ids.map((id) => inRoom.replaceAll(/\{\w+\}/g, id)) : [inRoom]
    return Object.keys(methods).flatMap((method) => filled.map((each): [string, string] => [method, each]))
  })
}

/** Every route that the gateway documents, with the thief's own session and without one. */
async function tryDocumented(room: string, ids: readonly string[], session: string): Promise<Tried[]> {
  const { paths } = (await call('GET', '/api/openapi.json')).body as { paths: Paths }
  // Signing out would end the thief's own session, logs and exports are no JSON, and the mailbox is the demo's alone.
  const requests = documentedRequests(paths, room, ids).filter(
    ([method, path]) => !(method === 'delete' && path.includes('/sessions')) && !NOT_TRIED.test(path),
  )
  const tried: Tried[] = []
  for (const [method, path] of requests) {
    const body = ['post', 'put', 'patch'].includes(method) ? { body: {} } : {}
    for (const token of [{}, { token: session }]) {
      const answer = await call(method.toUpperCase(), path, { ...body, ...token })
      tried.push({ what: `${method} ${path}`, answer })
    }
  }
  // Asserts that the entire API was tried.
  expect(tried.length).toBeGreaterThan(100)
  return tried
}

/** No response contains anything that belongs to a fan. */
function expectNothingOf(fans: readonly Fan[], tried: readonly Tried[]): void {
  const secrets = fans.flatMap(({ email, name, key, place, session, pass }) =>
    [email, name, key, place, session, pass].filter((secret) => secret !== undefined),
  )
  for (const { what, answer } of tried) {
    expect(answer.status, what).toBeLessThan(500)
    const text = JSON.stringify(answer.body)
    for (const secret of secrets) expect(text.includes(secret), `${what} tells ${secret}`).toBe(false)
    for (const right of ['pass', 'payment', 'total']) expect(answer.body, what).not.toHaveProperty(right)
    // The thief's own purchases in a room are returned as a number.
    expect(answer.body['tickets'] ?? 0, what).toBe(0)
  }
}

async function rob(announced: Announced, orders: readonly string[]): Promise<void> {
  const { room, fans } = announced
  const seen = await lookAround(announced, orders)
  for (const { key, place, session, pass } of fans) {
    for (const secret of [key, place, session, pass])
      if (secret !== undefined) expect(seen.shown).not.toContain(secret)
  }
  const candidates = candidatesIn(seen)
  const thief = await makeAccount('fan')
  const tried: Tried[] = []
  for (const found of candidates) tried.push(...(await tryEverywhere(room, found, thief.session)))
  for (const { what, answer } of tried) expect(answer.status, what).toBeGreaterThanOrEqual(400)
  const entered = await Promise.all(
    candidates.map(async (key) => ({
      what: `entering with ${key}`,
      answer: await call('POST', `/api/rooms/${room}/entries`, { body: { key } }),
    })),
  )
  // A new place at the end of the queue belongs to the thief alone.
  const indexes = entered
    .filter(({ answer }) => answer.status < 400)
    .map(({ answer }) => answer.body['index'])
  for (const { index } of fans) expect(indexes).not.toContain(index)
  const ids = [...orders, ...candidates.filter((found) => found.includes('-')).slice(0, 2), 'none']
  tried.push(...(await tryDocumented(room, ids, thief.session)))
  expectNothingOf(fans, [...tried, ...entered])
  expect((await call('GET', '/api/orders', { token: thief.session })).body).toMatchObject({ orders: [] })
}

describe('C1: a thief who knows everything that is public and that other fans’ pages show', () => {
  it('gets no place, no pass, no order and no personal data, before the draw and after it', {
    timeout: SALE_TIMEOUT_MS,
  }, async () => {
    const announced = await announce()
    const { room, fans, buyer } = announced
    const placeOf = async ({ place }: Fan) =>
      (await call('GET', `/api/rooms/${room}/place`, { token: place })).body
    await rob(announced, [])
    for (const fan of fans) expect(await placeOf(fan)).toMatchObject({ index: fan.index })

    await openAndDraw(announced)
    const order = await buy(announced, buyer)
    const before = await Promise.all(fans.slice(1).map(placeOf))
    await rob(announced, [order])
    expect(await Promise.all(fans.slice(1).map(placeOf))).toEqual(before)
    const owned = await call('GET', `/api/orders/${order}`, { token: buyer.session })
    expect(owned).toMatchObject({ status: 200, body: { id: order } })
    // And the other fans still go in with their own places.
    for (const fan of fans.slice(1)) {
      const { session } = fan.session === undefined ? await makeAccount('fan') : { session: fan.session }
      const claim = () =>
        call('POST', `/api/rooms/${room}/claims`, { token: session, body: { place: fan.place } })
      await expect.poll(async () => (await claim()).status).toBe(201)
    }
  })
})
