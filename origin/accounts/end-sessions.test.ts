import { randomUUID } from 'node:crypto'
import { eq } from 'drizzle-orm'
import { beforeAll, describe, expect, it } from 'vitest'
import { endedSessions } from '../../drizzle/schema/accounts.ts'
import { useDatabase } from '../../drizzle/testing/database.ts'
import { endedSessionKey, SESSION_ENDS_KEY, sessionEndKey } from '../../shared/redis/keys.ts'
import { isSessionEnded } from '../../shared/redis/session-ends.ts'
import { createLogger } from '../../shared/runtime/log.ts'
import { grantTestPasses, useRedis } from '../../shared/testing/redis.ts'
import { endableSession } from '../../shared/tokens/endable-session.ts'
import type { TokenClaims } from '../../shared/tokens/kinds.ts'
import { createOriginApp } from '../app.ts'
import { createCatalogueCopy } from '../catalogue/catalogue.ts'
import { newFan } from '../testing/account-emails.ts'
import { makeTestTokens, testOriginDeps } from '../testing/app.ts'
import { makeTestFestival, type TestFestival } from '../testing/origin.ts'
import { createPasswords } from './passwords.ts'
import { restoreSessionEnds } from './restore-session-ends.ts'

const { redis } = useRedis()
const { db } = useDatabase()
const tokens = makeTestTokens()
const { lifetime, service } = tokens

let festival: TestFestival
let app: ReturnType<typeof createOriginApp>
/** Knows only what is in MySQL: nothing that was recorded in the process that ended a session. */
let otherOrigin: ReturnType<typeof createOriginApp>

beforeAll(async () => {
  const log = createLogger('test', 'silent')
  const makeApp = () => {
    const catalogue = createCatalogueCopy({ db: db(), redis: redis(), log, festivalsMax: 10 })
    const passwords = createPasswords(2, 100)
    return createOriginApp({ ...testOriginDeps({ db: db(), redis: redis(), catalogue }, tokens), passwords })
  }
  app = makeApp()
  otherOrigin = makeApp()
  festival = await makeTestFestival({ db: db(), redis: redis() }, { quantities: [100] })
})

async function call(method: string, path: string, token: string, body?: object, on = app) {
  const response = await on.request(`/api${path}`, {
    method,
    headers: { authorization: `Bearer ${token}`, ...(body && { 'content-type': 'application/json' }) },
    ...(body && { body: JSON.stringify(body) }),
  })
  const text = await response.text()
  return { status: response.status, body: text === '' ? {} : (JSON.parse(text) as Record<string, unknown>) }
}

type Session = { token: string; claims: TokenClaims<'session'> }

function read(token: unknown): Session {
  const verified = tokens.verifiers.session(String(token))
  if (verified.status !== 'valid') throw new Error(`The session is ${verified.status}`)
  return { token: String(token), claims: verified.claims }
}

/** A fan who is signed in on two devices. */
async function signIn() {
  const fan = newFan()
  const first = read((await call('POST', '/accounts', service, fan)).body['token'])
  const { email, password } = fan
  const second = read((await call('POST', '/sessions', service, { email, password })).body['token'])
  return { fan, first, second, account: first.claims.sub }
}

const isGood = async ({ token }: Session, on = app) =>
  (await call('GET', '/me', token, undefined, on)).status === 200

const restore = () =>
  restoreSessionEnds({
    ...{ db: db(), redis: redis(), now: Date.now, sessionSeconds: 600 },
    readRuns: async () => 'run-1',
  })

describe('M5: signing out', () => {
  it('ends the session at every origin and gateway, and no other session of the account', async () => {
    const { first, second } = await signIn()
    expect((await call('DELETE', '/sessions/current', first.token)).status).toBe(204)
    expect([await isGood(first), await isGood(first, otherOrigin)]).toEqual([false, false])
    expect(await isSessionEnded(redis(), endableSession(first.claims))).toBe(true)
    expect([await isGood(second), await isGood(second, otherOrigin)]).toEqual([true, true])
    expect(await isSessionEnded(redis(), endableSession(second.claims))).toBe(false)
    expect((await call('DELETE', '/sessions/current', first.token)).status).toBe(401)
  })

  it('ends the renewed session as well', async () => {
    const { first } = await signIn()
    const renewed = read((await call('POST', '/me/session', first.token)).body['token'])
    await call('DELETE', '/sessions/current', first.token)
    expect(await isGood(renewed)).toBe(false)
  })

  it('ends a session that was issued before sessions had an ID', async () => {
    const { account } = await signIn()
    const old = read(tokens.sessionOf(account, ['fan']))
    expect(await isGood(old)).toBe(true)
    expect((await call('DELETE', '/sessions/current', old.token)).status).toBe(204)
    expect(await isGood(old, otherOrigin)).toBe(false)
    expect(await isSessionEnded(redis(), endableSession(old.claims))).toBe(true)
  })

  it('is stored for as long as the session would have lasted, and no longer', async () => {
    const [first, second] = [await signIn(), await signIn()]
    await call('DELETE', '/sessions/current', first.first.token)
    const { jti: id = '' } = first.first.claims
    expect(await redis().ttl(endedSessionKey(first.account, id))).toBeGreaterThan(500)
    await db()
      .update(endedSessions)
      .set({ expiresAt: new Date(Date.now() - 1000) })
      .where(eq(endedSessions.id, id))
    await call('DELETE', '/sessions/current', second.first.token)
    expect(await db().select().from(endedSessions).where(eq(endedSessions.id, id))).toEqual([])
  })

  it('is sent again to a Redis that was wiped, restarted or replaced, as is signing out everywhere', async () => {
    const { first, second, account } = await signIn()
    const everywhere = await signIn()
    await call('DELETE', '/sessions/current', first.token)
    await call('DELETE', '/sessions', everywhere.first.token)
    const keys = [endedSessionKey(account, first.claims.jti ?? ''), sessionEndKey(everywhere.account)]
    for (const mark of [undefined, '1', 'run:another']) {
      await redis().del(...keys.slice(0, 1))
      await redis().del(...keys.slice(1))
      if (mark === undefined) await redis().del(SESSION_ENDS_KEY)
      else await redis().set(SESSION_ENDS_KEY, mark)
      expect(await isGood(first, otherOrigin)).toBe(false)
      expect(await restore()).toBeGreaterThanOrEqual(2)
      expect(await isSessionEnded(redis(), endableSession(first.claims))).toBe(true)
      expect(await isSessionEnded(redis(), endableSession(everywhere.second.claims))).toBe(true)
      expect(await isSessionEnded(redis(), endableSession(second.claims))).toBe(false)
      expect(await restore()).toBe(0)
    }
  })
})

describe('M5: a pass', () => {
  /** What a pass that was claimed under a session may do, before and after an event. */
  async function claimedBy({ claims }: Session, { named = true } = {}) {
    const { sub } = claims
    const [jti = ''] = await grantTestPasses(redis(), festival.id, [sub])
    const of = named ? { sid: claims.jti ?? '', auth_time: claims.iat } : {}
    const pass = tokens.signPass({ aud: festival.id, sub, jti, ...lifetime, ...of })
    const basket = [{ type: festival.types[0], quantity: 1 }]
    const hold = () => call('PUT', `/rooms/${festival.id}/hold`, pass, { basket })
    const pay = async () => {
      const headers = {
        authorization: `Bearer ${pass}`,
        'content-type': 'application/json',
        'idempotency-key': `"${randomUUID()}"`,
      }
      const body = JSON.stringify({ method: 'card-ok' })
      const init = { method: 'POST', headers, body }
      return (await otherOrigin.request(`/api/rooms/${festival.id}/payments`, init)).status
    }
    return { hold, pay }
  }

  it.each([
    ['signed out everywhere', '/sessions'],
    ['signed out', '/sessions/current'],
  ])('neither holds nor pays once its fan has %s', async (_, path) => {
    const { first } = await signIn()
    const { hold, pay } = await claimedBy(first)
    expect((await hold()).status).toBe(200)
    await call('DELETE', path, first.token)
    expect(await hold()).toMatchObject({ status: 401, body: { code: 'token-invalid' } })
    expect(await pay()).toBe(401)
  })

  it('stays valid when its fan signs out on another device', async () => {
    const { first, second } = await signIn()
    const { hold } = await claimedBy(first)
    await call('DELETE', '/sessions/current', second.token)
    expect((await hold()).status).toBe(200)
  })

  it('ends when its fan signs out everywhere, if it names no session as before the upgrade', async () => {
    const { first } = await signIn()
    const { hold } = await claimedBy(first, { named: false })
    expect((await hold()).status).toBe(200)
    await call('DELETE', '/sessions', first.token)
    expect((await hold()).status).toBe(401)
  })

  it('is valid under a session that begins in the second after all sessions were ended', async () => {
    const { fan, first } = await signIn()
    await call('DELETE', '/sessions', first.token)
    const { email, password } = fan
    const next = read((await call('POST', '/sessions', service, { email, password })).body['token'])
    expect((await (await claimedBy(next)).hold()).status).toBe(200)
  })
})
