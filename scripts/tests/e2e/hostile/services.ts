import { eq } from 'drizzle-orm'
import type { Hono } from 'hono'
import type { Database } from '../../../../drizzle/database.ts'
import { accounts } from '../../../../drizzle/schema/accounts.ts'
import { makeEntryKey } from '../../../../gateway/room/entry-key.ts'
import { createTestGateway, makeGatewayKeys } from '../../../../gateway/testing/gateway.ts'
import { createOriginApp } from '../../../../origin/app.ts'
import { createCatalogueCopy } from '../../../../origin/catalogue/catalogue.ts'
import { queueEmails } from '../../../../origin/email/queue-emails.ts'
import { makeTestTokens, testOriginDeps } from '../../../../origin/testing/app.ts'
import { makeTestAccounts, makeTestFestival } from '../../../../origin/testing/origin.ts'
import { ORIGIN_ROUTES } from '../../../../shared/api/origin-routes.ts'
import { HOST_COOKIES, sentName } from '../../../../shared/http/cookies.ts'
import { type Listening, listen } from '../../../../shared/http/listen.ts'
import type { Redis } from '../../../../shared/redis/client.ts'
import { ORIGINS_KEY } from '../../../../shared/redis/keys.ts'
import { createLogger } from '../../../../shared/runtime/log.ts'
import { grantTestPasses } from '../../../../shared/testing/redis.ts'
import { passCookie, placeCookie, SESSION_COOKIE } from '../../../../shared/tokens/cookies.ts'
import { AUDIENCES } from '../../../../shared/tokens/kinds.ts'
import { createTokenVerifier } from '../../../../shared/tokens/verify.ts'
import { fillTeams } from '../../../develop/browsers/fill-teams.ts'
import type { OpenApiDocument } from './fields.ts'

/** Four times the default: with many fields in one body, each gets a text as long as a body by default allows. */
const BODY_BYTES_MAX = 65_536
const LIFETIME_SECONDS = 600

/** A service under test: its routes, and the descriptions of their input. */
export type ServiceUnderTest = {
  name: string
  port: number
  routes: { method: string; path: string }[]
  document: OpenApiDocument
  /** Headers of all kinds of callers, each with a separate account. */
  callers: () => Promise<Record<string, string>[]>
}

export type HostileServices = {
  services: [origin: ServiceUnderTest, gateway: ServiceUnderTest]
  festival: string
  close: () => Promise<void>
}

/** Both services in this process, on real ports and real stores, with their default limits. */
export async function openServices({ db, redis }: Stores): Promise<HostileServices> {
  const keys = makeGatewayKeys()
  const { id: festival } = await makeTestFestival({ db, redis })
  const origin = await openOrigin({ db, redis }, keys)
  const gateway = await openGateway(redis, { origin: origin.server, keys, festival })
  const newPerson = () =>
    makePerson({ db, redis, festival, keys, gateway, passwordHash: origin.passwordHash })
  return {
    festival,
    services: [describeOrigin(origin, newPerson), describeGateway(gateway, festival, newPerson)],
    async close() {
      await gateway.server.close()
      await gateway.origin.close()
      await origin.server.close()
    },
  }
}

type Stores = { db: Database; redis: Redis }
type Keys = ReturnType<typeof makeGatewayKeys>
type Origin = Awaited<ReturnType<typeof openOrigin>>
type Gateway = Awaited<ReturnType<typeof openGateway>>
/** The tokens of one caller. */
type Person = Awaited<ReturnType<typeof makePerson>>

const onAnyPort = { hostname: '127.0.0.1', port: 0, connectionsMax: 100 }

async function openOrigin({ db, redis }: Stores, keys: Keys) {
  const log = createLogger('test', 'silent')
  const catalogue = createCatalogueCopy({ db, redis, log, festivalsMax: 100 })
  await catalogue.refresh()
  const verifier = { now: Date.now, cacheMax: 1000 }
  const tokens = {
    ...makeTestTokens(),
    signSession: keys.signSession,
    verifiers: {
      pass: createTokenVerifier({ kind: 'pass', keys: [keys.pass.publicKey], ...verifier }),
      session: createTokenVerifier({ kind: 'session', keys: [keys.session.publicKey], ...verifier }),
      service: keys.verifyService,
    },
  }
  const deps = testOriginDeps({ db, redis, catalogue }, tokens)
  const app = createOriginApp({
    ...deps,
    limits: { ...deps.limits, bodyBytesMax: BODY_BYTES_MAX },
    // E-mails are written to MySQL, and never sent.
    mail: { queue: queueEmails, secrets: deps.emailSecrets, isFull: async () => false },
  })
  const hashed = await deps.passwords.hash('a long password')
  const passwordHash = hashed.status === 'ran' ? hashed.value : ''
  return { app, passwordHash, server: await listen(app, onAnyPort) }
}

async function openGateway(
  redis: Redis,
  { origin, keys, festival }: { origin: Listening; keys: Keys; festival: string },
) {
  const gateway = createTestGateway(redis, `http://127.0.0.1:${origin.port}`, keys, {
    bodyBytesMax: BODY_BYTES_MAX,
  })
  await redis.originHeartbeat(ORIGINS_KEY, 'test', 1000)
  await gateway.festivals.refresh()
  await gateway.snapshots.refresh([festival])
  return { ...gateway, server: await listen(gateway.app, onAnyPort) }
}

/** A new account with all roles, a pass and a place. */
async function makePerson(
  of: Stores & { festival: string; keys: Keys; gateway: Gateway; passwordHash: string },
) {
  const { db, redis, festival, keys, gateway, passwordHash } = of
  const [account = ''] = await makeTestAccounts(db, 1)
  await db
    .update(accounts)
    .set({ passwordHash, roles: ['fan', 'staff', 'organiser'] })
    .where(eq(accounts.id, account))
  await fillTeams(db, festival)
  const [jti = ''] = await grantTestPasses(redis, festival, [account])
  const seconds = Math.floor(Date.now() / 1000)
  const lifetime = { iat: seconds, exp: seconds + LIFETIME_SECONDS }
  return {
    session: keys.signSession({
      aud: AUDIENCES.session,
      sub: account,
      name: 'Test',
      roles: ['fan', 'staff', 'organiser'],
      ...lifetime,
    }),
    pass: keys.signPass({ aud: festival, sub: account, jti, ...lifetime }),
    place: await enter(gateway, festival),
    service: keys.signService({ aud: AUDIENCES.service, sub: 'gateway', ...lifetime }),
  }
}

/** The token of a new place. */
async function enter(gateway: Gateway, festival: string): Promise<string> {
  const body = JSON.stringify({ key: makeEntryKey() })
  const headers = { 'content-type': 'application/json' }
  const path = `/api/rooms/${festival}/entries`
  const response = await gateway.app.request(path, { method: 'POST', headers, body })
  await gateway.snapshots.refresh([festival])
  const cookie = response.headers.getSetCookie().find((line) => line.includes(placeCookie(festival))) ?? ''
  return cookie.slice(cookie.indexOf('=') + 1, cookie.indexOf(';'))
}

function describeOrigin({ app, server }: Origin, newPerson: () => Promise<Person>): ServiceUnderTest {
  return {
    name: 'origin',
    port: server.port,
    routes: routesOf(app),
    document: app.getOpenAPI31Document({
      openapi: '3.1.0',
      info: { title: 'Naru origin', version: '1' },
    }) as unknown as OpenApiDocument,
    callers: async () => {
      const { service, session, pass } = await newPerson()
      return [service, session, pass].map((token) => ({ Authorization: `Bearer ${token}` }))
    },
  }
}

function describeGateway(
  { app, server }: Gateway,
  festival: string,
  newPerson: () => Promise<Person>,
): ServiceUnderTest {
  return {
    name: 'gateway',
    port: server.port,
    routes: routesOf(app),
    document: withoutForwarded(
      app.getOpenAPI31Document({
        openapi: '3.1.0',
        info: { title: 'Naru', version: '1' },
      }) as unknown as OpenApiDocument,
    ),
    callers: async () => {
      const { session, pass, place } = await newPerson()
      const cookies = {
        [SESSION_COOKIE]: session,
        [passCookie(festival)]: pass,
        [placeCookie(festival)]: place,
      }
      const cookie = Object.entries(cookies).map(
        ([name, value]) => `${sentName(HOST_COOKIES, name)}=${value}`,
      )
      return [{ Cookie: cookie.join('; ') }]
    },
  }
}

/** The bodies of forwarded requests are tested at the origin. */
function withoutForwarded(document: OpenApiDocument): OpenApiDocument {
  const forwarded = new Set(ORIGIN_ROUTES.map(([{ path }]) => `/api${path}`))
  const own = Object.entries(document.paths).filter(([path]) => !forwarded.has(path))
  return { ...document, paths: Object.fromEntries(own) }
}

function routesOf(app: Pick<Hono, 'routes'>): { method: string; path: string }[] {
  const routes = app.routes
    .filter(({ method }) => method !== 'ALL')
    .map(({ method, path }) => `${method} ${path}`)
  return [...new Set(routes)].map((route) => {
    const [method = '', path = ''] = route.split(' ')
    return { method, path }
  })
}
