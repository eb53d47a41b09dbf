import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { useDatabase } from '../../../drizzle/testing/database.ts'
import { cpuMsOf, growsTooFast } from '../../../shared/testing/cpu-time.ts'
import { type RawAnswer, rawRequest, sendRaw } from '../../../shared/testing/raw-connection.ts'
import { useRedis } from '../../../shared/testing/redis.ts'
import { bodyWith, type DescribedBody, describedBody, operationOf } from './hostile/fields.ts'
import { type HostileServices, openServices, type ServiceUnderTest } from './hostile/services.ts'
import {
  HOSTILE_BODIES,
  HOSTILE_HEADERS,
  HOSTILE_JSON,
  HOSTILE_SEGMENTS,
  HOSTILE_VALUES,
  SLOW_TEXTS,
} from './hostile/shapes.ts'

const ROOT = join(import.meta.dirname, '../../..')
/** Below a server's limits on headers and bodies, whatever the escapes. */
const HEADER_CHARACTERS = 12_000
const BODY_CHARACTERS = 12_000
/** Requests that block the event loop for longer are compared with the same request with a harmless text. */
const HELD_MS_MAX = 50
/**
 * A ratio to the same request with a harmless text, so that neither a slow host nor a long page counts as slow text.
 */
const HELD_RATIO_MAX = 4
/** Fields that receive a text together, each as long as if it were alone. */
const FIELDS_TOGETHER = 4
const FORM_FIELDS_TOGETHER = 8
const TURNS = 4
const SHOWN_MAX = 20
const SHOWN_CHARACTERS = 60
const VALUE_CHARACTERS = 240
/** From here on the growth of the cost is measured. */
const GROWTH_FROM_MS = 12
const PARAMETER = /:\w+(?:\{[^}]*\})?/
const TIMEOUT_MS = 600_000
const JSON_TYPE = { 'Content-Type': 'application/json' }
const FORM = { 'Content-Type': 'application/x-www-form-urlencoded' }

const { redis } = useRedis()
const { db } = useDatabase()
let opened: HostileServices

beforeAll(async () => {
  opened = await openServices({ db: db(), redis: redis() })
})

afterAll(async () => {
  await opened.close()
})

type Route = ServiceUnderTest['routes'][number]
type Sent = { target?: string; headers?: Record<string, string>; body?: string | Buffer }

/** The routes of one service, called by the first caller that it does not refuse. */
async function askerOf(service: ServiceUnderTest, { method, path }: Route) {
  const target = targetOf(path)
  let caller: Record<string, string> = {}
  for (caller of await service.callers()) {
    const { status } = await send({ headers: caller })
    if (status !== 401 && status !== 403) break
  }

  async function send({ target: other, headers = {}, body = '' }: Sent): Promise<RawAnswer> {
    const bytes = Buffer.from(body)
    const length = bytes.length === 0 ? {} : { 'Content-Length': String(bytes.length) }
    const head = rawRequest(method, other ?? target, { headers: { ...length, ...headers } })
    return await sendRaw(service.port, Buffer.concat([Buffer.from(head, 'latin1'), bytes]), method)
  }

  return { method, target, send: (sent: Sent) => send({ ...sent, headers: { ...caller, ...sent.headers } }) }
}

/** The path with plausible IDs. */
function targetOf(path: string): string {
  return path.replaceAll(/:(\w+)(?:\{[^}]*\})?/g, (_, name: string) => {
    if (name === 'room' || name === 'festival') return opened.festival
    return name === 'type' || name === 'id' ? '1' : '01890000-0000-7000-8000-000000000000'
  })
}

/** The field and parameter names of a page, from its sources. */
function namesIn(pattern: RegExp): string[] {
  const files = globSync('gateway/web/**/*.ts', { cwd: ROOT }).filter((file) => !file.includes('test'))
  const names = files.flatMap((file) =>
    [...readFileSync(join(ROOT, file), 'utf8').matchAll(pattern)].map(([, name = '']) => name),
  )
  return [...new Set(names)]
}

const FORM_NAMES = namesIn(/\bname="([a-zA-Z][\w-]*)"/g)
const QUERY_NAMES = namesIn(/\.query\('(\w+)'\)/g)

/** The valid responses to a client error; an available store is never reported as unavailable. */
function complain(what: string, answer: RawAnswer): string[] {
  return answer.status < 500 ? [] : [`${what}: ${answer.status} ${answer.body.slice(0, 120)}`]
}

function* malformedRequests(service: ServiceUnderTest, route: Route): Generator<[what: string, sent: Sent]> {
  const { method, path } = route
  const target = targetOf(path)
  for (const headers of HOSTILE_HEADERS)
    yield [JSON.stringify(headers).slice(0, SHOWN_CHARACTERS), { headers }]
  for (const value of HOSTILE_VALUES) {
    const names = queryNamesOf(service, route)
    const query = names.map((name) => `${name}=${value.slice(-VALUE_CHARACTERS)}`).join('&')
    if (names.length > 0) yield [`?${query.slice(0, SHOWN_CHARACTERS)}`, { target: `${target}?${query}` }]
  }
  for (const value of HOSTILE_SEGMENTS) {
    const hostile = path.replaceAll(new RegExp(PARAMETER, 'g'), () => value)
    if (hostile !== path) yield [hostile.slice(0, SHOWN_CHARACTERS), { target: hostile }]
  }
  if (method !== 'GET') yield* malformedBodies(service, route)
}

function* malformedBodies(
  service: ServiceUnderTest,
  { method, path }: Route,
): Generator<[what: string, sent: Sent]> {
  for (const { type, body } of HOSTILE_BODIES) {
    const headers: Record<string, string> = type === undefined ? {} : { 'Content-Type': type }
    yield [`${type} ${body.toString().slice(0, SHOWN_CHARACTERS)}`, { headers, body }]
  }
  const described = describedBody(service.document, operationOf(service.document, method, path))
  for (const { path: field } of described?.fields ?? []) {
    for (const json of HOSTILE_JSON) {
      const body = bodyWith(described?.example, field, json)
      yield [`${field.join('.')} = ${json.slice(0, SHOWN_CHARACTERS)}`, { headers: JSON_TYPE, body }]
    }
  }
  if (path.startsWith('/api/')) return
  for (const value of HOSTILE_VALUES) {
    const body = FORM_NAMES.map((name) => `${name}=${value.slice(-VALUE_CHARACTERS)}`).join('&')
    yield [`every field = ${value.slice(0, SHOWN_CHARACTERS)}`, { headers: FORM, body }]
  }
}

/** The value sent for a text of a shape and a length. */
type SentOf = (textOf: (length: number) => string, length: number) => Sent

/** Every position for a text in a request of a route, and the request with a text there. */
function* slowRequests(service: ServiceUnderTest, route: Route): Generator<[where: string, sentOf: SentOf]> {
  const { method, path } = route
  const target = targetOf(path)
  // Of a query, pages with forms read no more than the pages that show them.
  const queryNames = method === 'GET' || path.startsWith('/api/') ? queryNamesOf(service, route) : []
  for (const names of groupsOf(queryNames, FIELDS_TOGETHER)) {
    yield [
      `?${names.join('&')}`,
      (textOf, length) => {
        const value = encoded(textOf(length / names.length), HEADER_CHARACTERS / names.length)
        return { target: `${target}?${names.map((name) => `${name}=${value}`).join('&')}` }
      },
    ]
  }
  if (PARAMETER.test(path)) {
    yield [
      'path',
      (textOf, length) => ({
        target: path.replace(PARAMETER, () => encoded(textOf(length), HEADER_CHARACTERS) || 'a'),
      }),
    ]
  }
  if (method !== 'GET') yield* slowBodies(service, route)
}

function* slowBodies(
  service: ServiceUnderTest,
  { method, path }: Route,
): Generator<[where: string, sentOf: SentOf]> {
  const described = describedBody(service.document, operationOf(service.document, method, path))
  const texts = described?.fields.filter(({ isText }) => isText) ?? []
  for (const fields of groupsOf(texts, FIELDS_TOGETHER)) {
    yield [
      fields.map((field) => field.path.join('.')).join(', '),
      (textOf, length) => ({
        headers: JSON_TYPE,
        body: bodyWithAll(described?.example, fields, JSON.stringify(textOf(length / 2))),
      }),
    ]
  }
  if (path.startsWith('/api/')) return
  for (const names of groupsOf(FORM_NAMES, FORM_FIELDS_TOGETHER)) {
    yield [
      names.join(', '),
      (textOf, length) => {
        const value = encoded(textOf(length / FIELDS_TOGETHER), BODY_CHARACTERS / FIELDS_TOGETHER)
        return { headers: FORM, body: names.map((name) => `${name}=${value}`).join('&') }
      },
    ]
  }
}

/** The query parameters of a route by its description; for a page, those of any page. */
function queryNamesOf(service: ServiceUnderTest, { method, path }: Route): readonly string[] {
  const operation = operationOf(service.document, method, path)
  if (operation === undefined) return path.startsWith('/api/') ? [] : QUERY_NAMES
  return (
    operation.parameters?.flatMap((parameter) => (parameter.in === 'query' ? [parameter.name] : [])) ?? []
  )
}

function groupsOf<T>(items: readonly T[], size: number): T[][] {
  return Array.from({ length: Math.ceil(items.length / size) }, (_, i) =>
    items.slice(i * size, (i + 1) * size),
  )
}

/** The text of a body in which each of some fields is the same JSON text. */
function bodyWithAll(example: unknown, fields: DescribedBody['fields'], json: string): string {
  return JSON.stringify(
    fields.reduce<unknown>((value, { path }) => JSON.parse(bodyWith(value, path, json)), example),
  )
}

function encoded(text: string, charactersMax: number): string {
  return encodeURIComponent(text).slice(0, charactersMax).replace(/%.?$/, '')
}

let turn = 0

/** Pages read the same names by the same functions, so that each position gets some of the texts, in turn. */
function textsFor({ path }: Route): typeof SLOW_TEXTS {
  if (path.startsWith('/api/')) return SLOW_TEXTS
  turn += 1
  return SLOW_TEXTS.filter((_, i) => (i + turn) % TURNS === 0)
}

/** The positions of a route that block the event loop for too long, or superlinearly in the text's length. */
async function slowPlaces(service: ServiceUnderTest, route: Route): Promise<string[]> {
  const slow: string[] = []
  const { method, target, send } = await askerOf(service, route)
  for (const [where, sentOf] of slowRequests(service, route)) {
    let harmlessMs: number | undefined
    for (const [what, textOf] of textsFor(route)) {
      const run = (length: number) => send(sentOf(textOf, length))
      const onceMs = await cpuMsOf(() => run(BODY_CHARACTERS), Number.POSITIVE_INFINITY)
      if (onceMs <= GROWTH_FROM_MS) continue
      // The cost of the page itself is not the text's.
      harmlessMs ??= await cpuMsOf(() => send(sentOf(harmless, 1)))
      if (onceMs <= harmlessMs + GROWTH_FROM_MS) continue
      const heldMs = await cpuMsOf(() => run(BODY_CHARACTERS))
      const holds = heldMs > HELD_MS_MAX && heldMs > HELD_RATIO_MAX * harmlessMs
      const grows = heldMs > GROWTH_FROM_MS && (await growsTooFast(run, BODY_CHARACTERS))
      if (holds || grows) slow.push(`${method} ${target} ${where} with ${what}: ${heldMs} ms`)
    }
  }
  return slow
}

function harmless(): string {
  return 'a'
}

const METHODS = ['OPTIONS', 'GET', 'POST', 'PUT', 'PATCH', 'DELETE']

function fits(path: string, target: string): boolean {
  const parts = path.split('/')
  const given = target.split('/')
  return parts.length === given.length && parts.every((part, i) => part.startsWith(':') || part === given[i])
}

/** The unsupported methods of a path whose response is not the expected one. */
async function wrongMethods(
  service: ServiceUnderTest,
  path: string,
  routes: readonly Route[],
): Promise<string[]> {
  const taken = new Set(routes.map(({ method }) => method))
  const allow = [...new Set([...taken, ...(taken.has('GET') ? ['HEAD'] : []), 'OPTIONS'])].toSorted()
  const wrong: string[] = []
  for (const method of METHODS.filter((each) => !taken.has(each))) {
    // Another route may match it, as `/check-ins/:id` matches DELETE of `/check-ins/keys`.
    if (service.routes.some((route) => route.method === method && fits(route.path, targetOf(path)))) continue
    const { send } = await askerOf(service, { method, path })
    const { status, headers } = await send({})
    const named = headers.get('allow')?.split(', ') ?? []
    const isRefused =
      status === (method === 'OPTIONS' ? 204 : 405) && allow.every((each) => named.includes(each))
    if (!isRefused) wrong.push(`${method} ${path}: ${status} ${named.join(', ')}`)
  }
  return wrong
}

/** Headers are read before a route is known, so that a few routes represent all. */
const HEADER_NAMES = [
  ...[
    'Authorization',
    'Cookie',
    'Accept',
    'Accept-Language',
    'Accept-Encoding',
    'Content-Type',
    'If-None-Match',
  ],
  ...[
    'If-Match',
    'Idempotency-Key',
    'Origin',
    'Prefer',
    'X-Forwarded-For',
    'X-Request-Id',
    'Stripe-Signature',
    'Range',
  ],
]

describe.each([
  ['origin', 0],
  ['gateway', 1],
] as const)('the %s', (_, index) => {
  it(
    'M3: responds to malformed input of every kind on every route with a client error',
    async () => {
      const service = opened.services[index]
      const complaints: string[] = []
      for (const route of service.routes) {
        const { method, target, send } = await askerOf(service, route)
        for (const [what, sent] of malformedRequests(service, route)) {
          complaints.push(...complain(`${method} ${target} with ${what}`, await send(sent)))
        }
      }
      expect(complaints.slice(0, SHOWN_MAX)).toEqual([])
    },
    TIMEOUT_MS,
  )

  // Low: a known path with a wrong method returned 404 without Allow, and OPTIONS 501.
  it(
    'refuses on every path the methods that it does not take, and says which it takes',
    async () => {
      const service = opened.services[index]
      const wrong: string[] = []
      for (const [path, routes] of Map.groupBy(service.routes, (route) => route.path)) {
        wrong.push(...(await wrongMethods(service, path, routes)))
      }
      expect(wrong.slice(0, SHOWN_MAX)).toEqual([])
    },
    TIMEOUT_MS,
  )

  it(
    'H1: holds its event loop up for no text, wherever in a request it is',
    async () => {
      const service = opened.services[index]
      const slow: string[] = []
      for (const route of service.routes) slow.push(...(await slowPlaces(service, route)))
      expect(slow).toEqual([])
    },
    TIMEOUT_MS,
  )

  it(
    'H1: holds its event loop up for no header',
    async () => {
      const service = opened.services[index]
      const slow: string[] = []
      for (const path of ['/', '/api/openapi.json', `/festivals/${opened.festival}/room`, '/api/orders']) {
        const { send } = await askerOf(service, { method: 'GET', path })
        for (const name of HEADER_NAMES) {
          for (const [what, textOf] of SLOW_TEXTS) {
            const value = (length: number) =>
              Buffer.from(textOf(length).replaceAll(/[\n\0]/g, ' ')).toString('latin1')
            const run = (length: number) =>
              send({ headers: { [name]: value(length).slice(0, HEADER_CHARACTERS) } })
            const heldMs = await cpuMsOf(() => run(HEADER_CHARACTERS), HELD_MS_MAX)
            const holds = heldMs > HELD_MS_MAX && heldMs > HELD_RATIO_MAX * (await cpuMsOf(() => send({})))
            if (holds) slow.push(`${path} ${name} with ${what}: ${heldMs} ms`)
          }
        }
      }
      expect(slow).toEqual([])
    },
    TIMEOUT_MS,
  )
})
