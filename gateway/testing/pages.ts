import { randomUUID } from 'node:crypto'
import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http'
import { text } from 'node:stream/consumers'
import { afterAll, afterEach, beforeAll, expect } from 'vitest'
import { PROBLEMS, Problem, type ProblemCode } from '../../shared/api/problem.ts'
import type { Catalogue, Festival } from '../../shared/catalogue.ts'
import type { Checkout } from '../../shared/checkout.ts'
import type { Redis } from '../../shared/redis/client.ts'
import { ORIGINS_KEY } from '../../shared/redis/keys.ts'
import { testFestival } from '../../shared/testing/catalogue.ts'
import { publishTestRoom, type TestSettings } from '../../shared/testing/redis.ts'
import { type GatewayKeys, makeGatewayKeys, openTestGateway, type TestGateway } from './gateway.ts'

/** The response to one request, after all redirects. */
type Visited = {
  status: number
  path: string
  location: string | null
  headers: Headers
  html: string
}

/** The origin's responses by method and path, except the catalogue. */
export type OriginAnswer = { status?: number; body?: unknown; cookie?: string; cacheControl?: string }

/** A browser without scripts: it follows links and redirects, submits forms and stores cookies. */
export type PlainBrowser = {
  cookies: Map<string, string>
  open: (path: string) => Promise<Visited>
  send: (path: string, form?: Record<string, string>) => Promise<Visited>
}

const HOPS_MAX = 3
/** The sandbox's, with a method of each kind. */
export const TEST_CHECKOUT: Checkout = {
  provider: 'sandbox',
  methods: [
    { id: 'card-ok', kind: 'direct' },
    { id: 'card-declined', kind: 'direct' },
    { id: 'bank', kind: 'redirect' },
    { id: 'script', kind: 'script' },
    { id: 'deposit', kind: 'deposit' },
  ],
  scriptOrigins: [],
  connectOrigins: ['http://127.0.0.1:8090'],
  frameOrigins: [],
  formOrigins: [],
}

/** A gateway that shows a festival for every room it creates, for tests of its pages. */
export function useTestPages(
  redis: () => Redis,
  { checkout = TEST_CHECKOUT, ...options }: { publicUrl?: string; checkout?: Checkout } = {},
) {
  const keys = makeGatewayKeys()
  const rooms = new Set<string>()
  const answers: Answers = new Map()
  let opened: TestGateway | undefined
  const gateway = () => {
    if (opened === undefined) throw new Error('The gateway is opened before the tests run')
    return opened
  }

  beforeAll(async () => {
    opened = await openTestGateway(redis(), createPagesOrigin({ answers, rooms, checkout }), keys, options)
    await redis().originHeartbeat(ORIGINS_KEY, 'test', 1000)
    // The origins' health that is read now applies from the next refresh on.
    await opened.snapshots.refresh([])
  })

  afterAll(() => opened?.close())

  afterEach(() => answers.clear())

  const tick = (room: string) => gateway().snapshots.refresh([room])

  return {
    ...{ gateway, keys, answers },
    /** Has every waiting fan of a room called. */
    callEveryone: (room: string) => callEveryone(gateway().snapshots, room),
    /** Reads the room again and decides admission in it. */
    tick,
    async makeRoom(settings: TestSettings = {}): Promise<string> {
      const room = await publishTestRoom(redis(), { settings })
      rooms.add(room)
      await gateway().festivals.refresh()
      await tick(room)
      return room
    },
    openBrowser: (language = 'en') =>
      openPlainBrowser((path, init) => gateway().app.request(path, init), language),
    sessionOf: keys.sessionOf,
  }
}

async function callEveryone(snapshots: TestGateway['snapshots'], room: string): Promise<void> {
  await expect
    .poll(async () => {
      await snapshots.refresh([room])
      const { serving, entries } = snapshots.of(room)?.state ?? { serving: -1, entries: 1 }
      return entries - serving
    })
    .toBe(1)
}

type Answers = Map<string, OriginAnswer | ((body: unknown) => OriginAnswer)>

/** An origin with the given responses, whose catalogue has a festival for each room. */
function createPagesOrigin({
  answers,
  rooms,
  checkout,
}: {
  answers: Answers
  rooms: ReadonlySet<string>
  checkout: Checkout
}): RequestListener {
  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const given = answers.get(`${request.method} ${request.url}`)
    if (given !== undefined) {
      const sent = await text(request)
      const chosen = typeof given === 'function' ? given(sent === '' ? undefined : JSON.parse(sent)) : given
      const { status = 200, body = {} } = chosen
      const content = contentOf(status, body)
      response.writeHead(status, headersOf(chosen)).end(status === 204 ? undefined : JSON.stringify(content))
      return
    }
    if (request.url?.startsWith('/api/catalogue/') === true) {
      response.writeHead(404).end()
      return
    }
    const catalogue: Catalogue = { festivals: [...rooms].map(festivalOf), checkout }
    response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(catalogue))
  }
  return (request, response) => {
    void answer(request, response).catch(() => response.destroy())
  }
}

/** @param request - sends a request to the gateway */
function openPlainBrowser(
  request: (path: string, init: RequestInit) => Response | Promise<Response>,
  language: string,
): PlainBrowser {
  const cookies = new Map<string, string>()
  async function visit(
    method: string,
    path: string,
    form?: Record<string, string>,
    hops = 0,
  ): Promise<Visited> {
    const response = await request(path, {
      method,
      headers: {
        'accept-language': language,
        cookie: [...cookies].map(([name, value]) => `${name}=${value}`).join('; '),
        ...(form === undefined ? {} : { 'content-type': 'application/x-www-form-urlencoded' }),
      },
      ...(form === undefined ? {} : { body: new URLSearchParams(form).toString() }),
    })
    storeCookies(cookies, response)
    const location = response.headers.get('location')
    if (location?.startsWith('/') === true && hops < HOPS_MAX && !location.endsWith('/buy'))
      return visit('GET', location, undefined, hops + 1)
    const { status, headers } = response
    return { status, path, location, headers, html: shownOf(await response.text()) }
  }
  return {
    cookies,
    open: (path) => visit('GET', path),
    send: (path, form = {}) => visit('POST', path, form),
  }
}

/** The visible page, without the translations for its script. */
function shownOf(html: string): string {
  return html.replace(/"words":\{.*<\/script>/s, '</script>')
}

function headersOf({ cookie, cacheControl }: OriginAnswer): Record<string, string> {
  return {
    'content-type': 'application/json',
    ...(cookie === undefined ? {} : { 'set-cookie': cookie }),
    ...(cacheControl === undefined ? {} : { 'cache-control': cacheControl }),
  }
}

/** A refusal is a problem document, except for the fields that a test overrides. */
function contentOf(status: number, body: unknown): unknown {
  return status < 400 ? body : { status, code: 'test', ...(body as object) }
}

function storeCookies(cookies: Map<string, string>, response: Response): void {
  for (const line of response.headers.getSetCookie()) {
    const [name = '', value = ''] = line.slice(0, line.indexOf(';')).split('=')
    if (value === '') cookies.delete(name)
    else cookies.set(name, value)
  }
}

function festivalOf(id: string): Festival {
  const at = new Date().toISOString()
  const later = new Date(Date.now() + 86_400_000).toISOString()
  return testFestival(id, {
    name: `<b>Fest</b> ${id}`,
    ticketTypes: [
      { id: 1, name: 'Day', priceMinor: 1000, accountLimit: 4, saleFrom: at, saleTo: later, refundUntil: at },
    ],
  })
}

/** The one step of the room's page that is not hidden. */
export const stepOf = (html: string) =>
  [...html.matchAll(/<section[^>]*data-step="(\w+)"([^>]*)>/g)]
    .filter(([, , rest]) => !rest?.includes('hidden'))
    .map(([, step]) => step)

/** An admitted fan of a new sale, with the paths of its pages for buying and the origin's of its API. */
export async function admitFan(
  { makeRoom, openBrowser, callEveryone, sessionOf }: ReturnType<typeof useTestPages>,
  language = 'en',
) {
  const room = await makeRoom()
  const fan = openBrowser(language)
  await fan.send(`/festivals/${room}/room/enter`)
  await callEveryone(room)
  fan.cookies.set('__Host-naru-session', sessionOf(randomUUID()))
  const path = `/festivals/${room}/buy`
  expect((await fan.send(`/festivals/${room}/room/claim`)).location).toBe(path)
  return { fan, path, payments: `/festivals/${room}/payments`, api: `/api/rooms/${room}` }
}

/** What the origin answers about a basket of two day tickets. */
export function heldAnswer(more: object = {}): OriginAnswer {
  const expiresAt = '2026-05-01T06:24:21.000Z'
  const basket = [{ type: 1, quantity: 2 }]
  return { body: { basket, amountMinor: 2000, version: 'v2', expiresAt, paying: false, ...more } }
}

/** What the origin answers to what it refuses. */
export function refusedAnswer(code: ProblemCode, members: Record<string, string> = {}): OriginAnswer {
  return { status: PROBLEMS[code][0], body: new Problem(code, undefined, { members }).document() }
}

type Visit = (
  path: string,
  form?: Record<string, string>,
  as?: { language?: string; signedIn?: boolean },
) => Promise<Omit<Visited, 'path'>>

/** Opens pages as a signed-in fan, and submits their forms. */
export function createVisit(
  gateway: () => Pick<TestGateway, 'app'>,
  { keys, account }: { keys: GatewayKeys; account: string },
): Visit {
  return async (path, form, { language = 'en', signedIn = true } = {}) => {
    const session = keys.sessionOf(account, { name: 'Olla' })
    const response = await gateway().app.request(path, {
      method: form === undefined ? 'GET' : 'POST',
      headers: {
        ...{ accept: 'text/html', 'accept-language': language },
        ...(signedIn ? { cookie: `__Host-naru-session=${session}` } : {}),
        ...(form === undefined ? {} : { 'content-type': 'application/x-www-form-urlencoded' }),
      },
      ...(form === undefined ? {} : { body: new URLSearchParams(form).toString() }),
    })
    const { status, headers } = response
    return { status, location: headers.get('location'), headers, html: await response.text() }
  }
}
