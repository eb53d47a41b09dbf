import { randomUUID } from 'node:crypto'
import { eq } from 'drizzle-orm'
import { beforeAll, describe, expect, it } from 'vitest'
import type { Database } from '../../drizzle/database.ts'
import { accounts, passwordResets } from '../../drizzle/schema/accounts.ts'
import { emails } from '../../drizzle/schema/email.ts'
import { useDatabase } from '../../drizzle/testing/database.ts'
import { SESSION_ENDS_KEY, sessionEndKey } from '../../shared/redis/keys.ts'
import { createLogger } from '../../shared/runtime/log.ts'
import { useRedis } from '../../shared/testing/redis.ts'
import { createOriginApp } from '../app.ts'
import { createCatalogueCopy } from '../catalogue/catalogue.ts'
import type { OriginDeps } from '../context.ts'
import { createTestMail, newFan } from '../testing/account-emails.ts'
import { makeTestTokens, testOriginDeps } from '../testing/app.ts'
import { beginReset } from './begin-reset.ts'
import { createPasswords } from './passwords.ts'
import { restoreSessionEnds } from './restore-session-ends.ts'
import { createSessionChecks } from './session-checks.ts'

const { redis } = useRedis()
const { db } = useDatabase()
const tokens = makeTestTokens()
const { mail, sent, deliver } = createTestMail(db, tokens.emailSecrets)
const { service } = tokens

let app: ReturnType<typeof createOriginApp>

beforeAll(() => {
  app = createOriginApp(deps())
})

function deps(): OriginDeps {
  const log = createLogger('test', 'silent')
  const catalogue = createCatalogueCopy({ db: db(), redis: redis(), log, festivalsMax: 10 })
  return {
    ...testOriginDeps({ db: db(), redis: redis(), catalogue }, tokens),
    passwords: createPasswords(2, 100),
    mail,
  }
}

type Answer = { status: number; body: Record<string, unknown>; text: string; headers: Headers }

async function call(
  method: string,
  path: string,
  options: { token?: string; body?: unknown; language?: string; to?: typeof app } = {},
): Promise<Answer> {
  const { token = service, body, language = 'en', to = app } = options
  const response = await to.request(`/api${path}`, {
    method,
    headers: {
      authorization: `Bearer ${token}`,
      'accept-language': language,
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  })
  const text = await response.text()
  const read = text === '' ? {} : (JSON.parse(text) as Record<string, unknown>)
  return { status: response.status, body: read, text, headers: response.headers }
}

type Fan = ReturnType<typeof newFan> & { id: string; session: string }

async function signUp(fan = newFan()): Promise<Fan> {
  const { status, body } = await call('POST', '/accounts', { body: fan })
  expect(status).toBe(201)
  return { ...fan, id: (body['account'] as { id: string }).id, session: String(body['token']) }
}

const signIn = ({ email, password }: { email: string; password: string }) =>
  call('POST', '/sessions', { body: { email, password } })
const isGood = async (session: unknown) =>
  (await call('GET', '/me', { token: String(session) })).status === 200

/** Requests an e-mail; returns its token. */
async function resetToken(email: string, language = 'en'): Promise<string> {
  expect((await call('POST', '/password-resets', { body: { email }, language })).status).toBe(202)
  await deliver()
  const found = sent.findLast(({ to, text }) => to === email && text.includes('/new-password?'))
  return /\/new-password\?token=([\w-]{43})\n/.exec(found?.text ?? '')?.[1] ?? 'no e-mail'
}

const complete = (token: string, password = 'another password') =>
  call('POST', '/password-resets/completion', { body: { token, password } })

/** Without the e-mail that every sign-up sends. */
const emailsTo = (email: string) =>
  sent.filter(({ to, text }) => to === email && !text.includes('/confirm-email?'))

describe('a forgotten password', () => {
  it('is reset by the link of an e-mail, which signs in here and out on all other devices', async () => {
    const fan = await signUp()
    const set = await complete(await resetToken(fan.email))
    expect(set).toMatchObject({ status: 200, body: { account: { id: fan.id } } })
    expect(set.headers.get('set-cookie')).toContain('__Host-naru-session=')
    expect(await isGood(set.body['token'])).toBe(true)
    expect(await isGood(fan.session)).toBe(false)
    expect((await signIn(fan)).status).toBe(401)
    const again = await signIn({ ...fan, password: 'another password' })
    expect(await isGood(again.body['token'])).toBe(true)
    await deliver()
    expect(emailsTo(fan.email).map(({ subject }) => subject)).toEqual([
      'Reset your Naru password',
      'Your Naru password was changed',
    ])
  })

  it.each([
    ['ko-KR,ko;q=0.9,en;q=0.5', undefined, '나루 비밀번호 재설정'],
    ['fr,en;q=0.5', undefined, 'Reset your Naru password'],
    ['', undefined, 'Reset your Naru password'],
    ['en', 'ko', '나루 비밀번호 재설정'],
  ])('is reset by an e-mail in the language of the request: %s, %s', async (accepted, language, subject) => {
    const fan = await signUp()
    await call('POST', '/password-resets', { body: { email: fan.email, language }, language: accepted })
    await deliver()
    expect(emailsTo(fan.email).map(({ subject: words }) => words)).toEqual([subject])
  })

  it('gets the same response for an address without an account, which is sent no e-mail', async () => {
    const fan = await signUp()
    const stranger = newFan()
    const ask = (email: string) => call('POST', '/password-resets', { body: { email } })
    const [known, unknown] = [await ask(fan.email), await ask(stranger.email)]
    const told = ({ status, text, headers }: Answer) => ({ status, text, headers: [...headers.keys()] })
    expect(told(unknown)).toEqual(told(known))
    await deliver()
    expect(emailsTo(stranger.email)).toEqual([])
    expect(emailsTo(fan.email)).toHaveLength(1)
  })

  it('gets its response before anything is looked up about the address, as its e-mail is stored in any case', async () => {
    const nothing = {
      select: () => Promise.reject(new Error('the address was looked up')),
    } as unknown as Database
    const insert = db().insert.bind(db())
    const blind = createOriginApp({ ...deps(), db: Object.assign(nothing, { insert }) })
    const answer = await call('POST', '/password-resets', { to: blind, body: { email: newFan().email } })
    expect(answer.status).toBe(202)
  })

  it('is rejected with a delay while the e-mail queue is full', async () => {
    const full = createOriginApp({ ...deps(), mail: { ...mail, isFull: async () => true } })
    const answer = await call('POST', '/password-resets', { to: full, body: { email: newFan().email } })
    expect(answer).toMatchObject({ status: 503, body: { code: 'busy' } })
  })

  it('M1: is reset by a link that other requests cannot void, once, which revokes them all', async () => {
    const fan = await signUp()
    const owners = await resetToken(fan.email)
    // As old as if it had been requested earlier: a repeated request would reuse a recent link.
    const expiresAt = new Date(Date.now() + 300_000)
    await db().update(passwordResets).set({ expiresAt }).where(eq(passwordResets.accountId, fan.id))
    const others = await resetToken(fan.email)
    expect(others).not.toBe(owners)
    expect((await complete(owners)).status).toBe(200)
    for (const token of [owners, others]) {
      expect(await complete(token)).toMatchObject({ status: 410, body: { code: 'reset-ended' } })
    }
  })

  it('is reset by the one link that is sent when many request one concurrently', async () => {
    const fan = await signUp()
    const beginning = { db: db(), now: Date.now, secrets: tokens.emailSecrets }
    const asked = { email: fan.email, askedAt: new Date(), seconds: 900 }
    const begun = await Promise.all(
      Array.from({ length: 60 }, () => beginReset(beginning, { ...asked, secretId: randomUUID() })),
    )
    const [one, ...others] = begun.filter(({ status }) => status === 'begun')
    expect(others).toEqual([])
    const token = one?.status === 'begun' ? one.token : 'none'
    expect(await resetToken(fan.email)).toBe('no e-mail')
    expect((await complete(token)).status).toBe(200)
  })

  it('is reset by one of twenty requests that use a token concurrently', async () => {
    const fan = await signUp()
    const token = await resetToken(fan.email)
    const answers = await Promise.all(
      Array.from({ length: 20 }, (_, n) => complete(token, `password number ${n}`)),
    )
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(1)
    expect(answers.filter(({ status }) => status === 410)).toHaveLength(19)
    const winner = answers.findIndex(({ status }) => status === 200)
    expect((await signIn({ ...fan, password: `password number ${winner}` })).status).toBe(201)
  })

  it('is not reset by an expired or forged token, or to a password that is too short', async () => {
    const fan = await signUp()
    const token = await resetToken(fan.email)
    expect(await complete(token, 'short')).toMatchObject({ status: 422 })
    await db()
      .update(passwordResets)
      .set({ expiresAt: new Date(Date.now() - 1) })
      .where(eq(passwordResets.accountId, fan.id))
    expect((await complete(token)).status).toBe(410)
    expect((await complete('A'.repeat(43))).status).toBe(410)
    expect((await signIn(fan)).status).toBe(201)
  })

  it('stores no token that a reader of the table could use', async () => {
    const fan = await signUp()
    const token = await resetToken(fan.email)
    const rows = await db().select().from(passwordResets).where(eq(passwordResets.accountId, fan.id))
    expect(JSON.stringify(rows)).not.toContain(token)
  })

  it('cannot be reset where no e-mails are sent, which the response states', async () => {
    const without = createOriginApp({ ...deps(), mail: undefined })
    const answer = await call('POST', '/password-resets', { to: without, body: { email: newFan().email } })
    expect(answer).toMatchObject({ status: 503, body: { code: 'unavailable' } })
  })
})

describe('signing up', () => {
  it('with an address that has an account signs in with its password', async () => {
    const fan = await signUp()
    const again = await call('POST', '/accounts', { body: { ...fan, id: undefined, session: undefined } })
    expect(again).toMatchObject({ status: 201, body: { account: { id: fan.id, name: fan.name } } })
  })
})

describe('signing up while the e-mail queue is full', () => {
  it('creates the account without an e-mail, which its page requests', async () => {
    const full = createOriginApp({ ...deps(), mail: { ...mail, isFull: async () => true } })
    const fan = newFan()
    const { status, body } = await call('POST', '/accounts', { to: full, body: fan })
    expect(status).toBe(201)
    const account = (body['account'] as { id: string }).id
    expect(await db().select().from(emails).where(eq(emails.accountId, account))).toEqual([])
    const asked = { token: String(body['token']), body: {} }
    expect(await call('POST', '/me/email-confirmation', { to: full, ...asked })).toMatchObject({
      status: 503,
    })
    expect((await call('POST', '/me/email-confirmation', asked)).status).toBe(202)
  })
})

describe('a changed password', () => {
  const change = (session: string, current: string, password = 'another password') =>
    call('PUT', '/me/password', { token: session, body: { current, password } })

  it('requires the current one', async () => {
    const fan = await signUp()
    expect(await change(fan.session, 'a wrong password')).toMatchObject({
      status: 403,
      body: { code: 'password-wrong' },
    })
    expect(await isGood(fan.session)).toBe(true)
  })

  it('signs out on all other devices, voids open links, and notifies the owner', async () => {
    const fan = await signUp()
    const elsewhere = await signIn(fan)
    const token = await resetToken(fan.email)
    const changed = await change(fan.session, fan.password)
    expect(changed.status).toBe(200)
    expect(await isGood(changed.body['token'])).toBe(true)
    expect(await isGood(fan.session)).toBe(false)
    expect(await isGood(elsewhere.body['token'])).toBe(false)
    expect((await complete(token)).status).toBe(410)
    await deliver()
    expect(emailsTo(fan.email).at(-1)?.subject).toBe('Your Naru password was changed')
  })

  it('is set by a single change when many send the same current one', async () => {
    const fan = await signUp()
    const answers = await Promise.all(
      Array.from({ length: 10 }, (_, n) => change(fan.session, fan.password, `password number ${n}`)),
    )
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(1)
    const winner = answers.findIndex(({ status }) => status === 200)
    expect((await signIn({ ...fan, password: `password number ${winner}` })).status).toBe(201)
  })
})

describe('signing out everywhere', () => {
  const signOut = (session: string) => call('DELETE', '/sessions', { token: session })

  it('ends every session, whichever second it began in, and none that begins later', async () => {
    const fan = await signUp()
    const other = await signIn(fan)
    const out = await signOut(fan.session)
    expect(out.status).toBe(204)
    expect(out.headers.get('set-cookie')).toContain('__Host-naru-session=;')
    expect(await isGood(fan.session)).toBe(false)
    expect(await isGood(other.body['token'])).toBe(false)
    const next = String((await signIn(fan)).body['token'])
    expect(await isGood(next)).toBe(true)
    expect((await signOut(next)).status).toBe(204)
    expect(await isGood(next)).toBe(false)
    expect(await isGood((await signIn(fan)).body['token'])).toBe(true)
  })

  it('is rejected for a revoked session', async () => {
    const fan = await signUp()
    await signOut(fan.session)
    expect(await signOut(fan.session)).toMatchObject({ status: 401, body: { code: 'token-invalid' } })
  })

  it('ends the session of a sign-in that had read the password before', async () => {
    const fan = await signUp()
    const read = Promise.withResolvers<void>()
    const go = Promise.withResolvers<void>()
    const passwords = createPasswords(1, 10)
    const slow = createOriginApp({
      ...deps(),
      passwords: {
        ...passwords,
        hash: async (password, like) => {
          read.resolve()
          await go.promise
          return passwords.hash(password, like)
        },
      },
    })
    const { email, password } = fan
    const signingIn = call('POST', '/sessions', { to: slow, body: { email, password } })
    await read.promise
    await signOut(fan.session)
    go.resolve()
    const { status, body } = await signingIn
    expect(status).toBe(201)
    expect(await isGood(body['token'])).toBe(false)
  })

  it('reaches gateways through Redis, and is sent again to a Redis that has lost it', async () => {
    const fan = await signUp()
    await signOut(fan.session)
    const key = sessionEndKey(fan.id)
    const told = await redis().get(key)
    const [row] = await db().select().from(accounts).where(eq(accounts.id, fan.id))
    expect(Number(told)).toBe((row?.sessionsFrom?.getTime() ?? 0) / 1000)
    expect(await redis().ttl(key)).toBeGreaterThan(590)

    await redis().del(key, SESSION_ENDS_KEY)
    const stores = { db: db(), redis: redis() }
    const restoring = { ...stores, now: Date.now, sessionSeconds: 600, readRuns: async () => 'run' }
    expect(await restoreSessionEnds(restoring)).toBeGreaterThan(0)
    expect(await redis().get(key)).toBe(told)
    expect(await restoreSessionEnds(restoring)).toBe(0)

    // Revoked once more between the loss and the update.
    await redis().set(key, Number(told) + 1, 'EX', 600)
    await redis().del(SESSION_ENDS_KEY)
    expect(await restoreSessionEnds(restoring)).toBeGreaterThan(0)
    expect(await redis().get(key)).toBe(String(Number(told) + 1))
  })
})

describe('the checks of sessions', () => {
  function countingChecks(options: { cachedMs?: number; isUnavailable?: () => boolean } = {}) {
    let asked = 0
    let now = 1_000_000
    const counting = {
      select: (...fields: unknown[]) => {
        asked += 1
        if (options.isUnavailable?.() === true) {
          throw Object.assign(new Error('unavailable'), { code: 'ECONNREFUSED' })
        }
        return Reflect.apply(db().select, db(), fields)
      },
    } as unknown as Database
    const checks = createSessionChecks({
      db: counting,
      now: () => now,
      cachedMax: 10,
      cachedMs: options.cachedMs ?? 1000,
    })
    return { checks, asked: () => asked, pass: (ms: number) => (now += ms) }
  }

  const sessionOf = (account: string, issuedSeconds: number) => ({
    ...{ account, issuedSeconds },
    id: `${account}@${issuedSeconds}`,
  })

  const end = (account: string, at: number) =>
    db()
      .update(accounts)
      .set({ sessionsFrom: new Date(at * 1000) })
      .where(eq(accounts.id, account))

  it('query MySQL once per account and period, and once for concurrent checks', async () => {
    const { checks, asked, pass } = countingChecks()
    const fans = await Promise.all(Array.from({ length: 5 }, () => signUp()))
    const look = () => Promise.all([...fans, ...fans].map(({ id }) => checks.isOver(sessionOf(id, 5))))
    await look()
    await look()
    expect(asked()).toBe(1)
    pass(1000)
    await look()
    expect(asked()).toBe(2)
  })

  it('see an end that another origin wrote, once their cached result has expired', async () => {
    const { checks, pass } = countingChecks()
    const { id } = await signUp()
    expect(await checks.isOver(sessionOf(id, 5))).toBe(false)
    await end(id, 6)
    expect(await checks.isOver(sessionOf(id, 5))).toBe(false)
    pass(1000)
    expect([await checks.isOver(sessionOf(id, 5)), await checks.isOver(sessionOf(id, 6))]).toEqual([
      true,
      false,
    ])
  })

  it('never drop an end that they received during a look-up that began before it', async () => {
    const { checks } = countingChecks({ cachedMs: 0 })
    const { id } = await signUp()
    const looking = checks.isOver(sessionOf(id, 5))
    checks.noteEnd(id, 6)
    expect(await looking).toBe(true)
  })

  it('use their last result while MySQL is unavailable', async () => {
    let isUnavailable = false
    const { checks } = countingChecks({ cachedMs: 0, isUnavailable: () => isUnavailable })
    const [ended, live] = [await signUp(), await signUp()]
    await end(ended.id, 6)
    expect(await checks.isOver(sessionOf(ended.id, 5))).toBe(true)
    isUnavailable = true
    expect(await checks.isOver(sessionOf(ended.id, 5))).toBe(true)
    expect(await checks.isOver(sessionOf(live.id, 5))).toBe(false)
    expect(await checks.isOver(sessionOf(randomUUID(), 5))).toBe(false)
  })
})

describe('the e-mails of development', () => {
  it('are returned to gateways only, and only where none are sent', async () => {
    const email = { at: 1_800_000_000_000, to: 'fan@naru.test', subject: 'Hello', text: 'Hello' }
    const attachment = { filename: 'a.pdf', contentType: 'application/pdf' }
    const found = { ...email, attachments: [{ ...attachment, base64: 'AAAA' }] }
    const withFolder = createOriginApp({ ...deps(), readFolder: async () => [found] })
    expect(await call('GET', '/mail', { to: withFolder })).toMatchObject({
      status: 200,
      body: {
        emails: [{ ...email, at: '2027-01-15T08:00:00.000Z', attachments: [{ ...attachment, bytes: 3 }] }],
      },
    })
    const { session } = await signUp()
    expect(await call('GET', '/mail', { to: withFolder, token: session })).toMatchObject({ status: 403 })
    expect(await call('GET', '/mail')).toMatchObject({ status: 404, body: { code: 'not-found' } })
  })
})

// Row "password-1 is accepted".
describe('a commonly guessed password', () => {
  const refused = { status: 422, body: { code: 'invalid-input', errors: [{ pointer: '/password' }] } }

  it('is rejected at sign-up, also for an address that has an account, and where one is set or changed', async () => {
    const fan = await signUp()
    const password = 'password-1'
    expect(await call('POST', '/accounts', { body: { ...newFan(), password } })).toMatchObject(refused)
    expect(
      await call('POST', '/accounts', { body: { ...newFan(), email: fan.email, password } }),
    ).toMatchObject(refused)
    const change = { current: fan.password, password: `${fan.name}-2026!` }
    expect(await call('PUT', '/me/password', { token: fan.session, body: change })).toMatchObject(refused)
    const token = await resetToken(fan.email)
    expect(await complete(token, password)).toMatchObject(refused)
    expect((await complete(token)).status).toBe(200)
  })
})
