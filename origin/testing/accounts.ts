import { beforeAll, expect } from 'vitest'
import { useDatabase } from '../../drizzle/testing/database.ts'
import { createLogger } from '../../shared/runtime/log.ts'
import { useRedis } from '../../shared/testing/redis.ts'
import { createAccess } from '../access/access.ts'
import { createPasswords, type Passwords } from '../accounts/passwords.ts'
import { createOriginApp } from '../app.ts'
import { createCatalogueCopy } from '../catalogue/catalogue.ts'
import { createTestMail, newFan } from './account-emails.ts'
import { makeTestTokens, testOriginDeps } from './app.ts'

export type App = ReturnType<typeof createOriginApp>
export type CallOptions = { token?: string; body?: unknown; method?: string; to?: App }
export type Answer = { status: number; body: Record<string, unknown>; headers: Headers }
export type Form = ReturnType<typeof newFan>
export type Fan = Form & { id: string; session: string }

export const idOf = ({ body }: Answer) => (body['account'] as { id: string } | undefined)?.id
/** Another person who signs up with the same address, and another password. */
export const another = ({ email }: Form, password: string): Form => ({ email, password, name: 'Another' })

type Call = (path: string, options?: CallOptions) => Promise<Answer>

/** An origin's accounts on the test's own stores, as gateways and fans use them. */
export function useAccounts({ realAccess = false } = {}) {
  const { redis } = useRedis()
  const { db } = useDatabase()
  const tokens = makeTestTokens()
  const { mail, sent, deliver } = createTestMail(db, tokens.emailSecrets)
  let app: App
  let hashed = 0

  beforeAll(() => {
    app = createApp(
      counted(createPasswords(2, 100), () => {
        hashed += 1
      }),
    )
  })

  function createApp(passwords: Passwords | undefined): App {
    const log = createLogger('test', 'silent')
    const catalogue = createCatalogueCopy({ db: db(), redis: redis(), log, festivalsMax: 10 })
    const deps = testOriginDeps({ db: db(), redis: redis(), catalogue }, tokens)
    const access = realAccess ? createAccess(db()) : deps.access
    // An app without password hashing, which sends no e-mails.
    return createOriginApp({ ...deps, access, ...(passwords === undefined ? {} : { passwords, mail }) })
  }

  const call: Call = (path, { token = tokens.service, to = app, ...options } = {}) =>
    send(to, path, { token, ...options })
  const emailsTo = (email: string) => sent.filter(({ to }) => to === email)

  /** The latest e-mail to an address, and the code in it. */
  async function latest(email: string): Promise<{ text: string; code: string }> {
    await deliver()
    const { text } = emailsTo(email).at(-1) ?? { text: '' }
    return { text, code: /^\d{6}$/m.exec(text)?.[0] ?? 'none' }
  }

  const { signUp, enter, signIn, signUpProven, setByMail } = fansOf(call, latest)
  return {
    ...{ db, tokens, deliver, createApp, call, emailsTo, latest },
    ...{ signUp, enter, signIn, signUpProven, setByMail },
    /** A session of an account that was created without signing up. */
    sessionOf: (account: string) => tokens.sessionOf(account, ['fan']),
    /** The number of passwords hashed or checked so far. */
    hashed: () => hashed,
  }
}

/** What fans do with their accounts. */
function fansOf(call: Call, latest: (email: string) => Promise<{ text: string; code: string }>) {
  async function signUp(form: Form = newFan()): Promise<Fan> {
    const answer = await call('/accounts', { body: form })
    expect(answer.status).toBe(201)
    return { ...form, id: idOf(answer) ?? '', session: String(answer.body['token']) }
  }

  const enter = (session: string, code: string) =>
    call('/me/email-confirmation/completion', { token: session, body: { code } })

  return {
    signUp,
    enter,
    signIn: (email: string, password: string) => call('/sessions', { body: { email, password } }),
    async signUpProven(form: Form = newFan()): Promise<Fan> {
      const fan = await signUp(form)
      expect((await enter(fan.session, (await latest(fan.email)).code)).status).toBe(200)
      return fan
    },
    async setByMail(email: string, password: string): Promise<Answer> {
      await call('/password-resets', { body: { email } })
      const token = /\/new-password\?token=([\w-]{43})\n/.exec((await latest(email)).text)?.[1] ?? 'no e-mail'
      return call('/password-resets/completion', { body: { token, password } })
    },
  }
}

async function send(
  app: App,
  path: string,
  { token, body, method = 'POST' }: Omit<CallOptions, 'to'> & { token: string },
): Promise<Answer> {
  const response = await app.request(`/api${path}`, {
    method,
    headers: {
      authorization: `Bearer ${token}`,
      'accept-language': 'en',
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  })
  const text = await response.text()
  const read = text === '' ? {} : (JSON.parse(text) as Record<string, unknown>)
  return { status: response.status, body: read, headers: response.headers }
}

/** Calls back for each password that is hashed or checked. */
function counted(passwords: Passwords, count: () => void): Passwords {
  return {
    isCommon: passwords.isCommon,
    hash(password, like) {
      count()
      return passwords.hash(password, like)
    },
    verify(phc, password) {
      count()
      return passwords.verify(phc, password)
    },
  }
}
