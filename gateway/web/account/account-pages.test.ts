import { randomUUID } from 'node:crypto'
import type { IncomingMessage, RequestListener } from 'node:http'
import { json } from 'node:stream/consumers'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { PROBLEMS, Problem, type ProblemCode, type ProblemExtras } from '../../../shared/api/problem.ts'
import { sessionEndKey } from '../../../shared/redis/keys.ts'
import { publishTestRoom, useRedis } from '../../../shared/testing/redis.ts'
import { AUDIENCES } from '../../../shared/tokens/kinds.ts'
import { makeGatewayKeys, openTestGateway, type TestGateway } from '../../testing/gateway.ts'
import { accountsText } from './text/accounts.ts'

const { redis } = useRedis()
const keys = makeGatewayKeys()
const seconds = Math.floor(Date.now() / 1000)
const SESSION = '__Host-naru-session'

type Asked = { method: string; path: string; body: unknown }
type Answer = { status?: number; body?: unknown; cookie?: string }

let gateway: TestGateway
/** The requests that reached the origin, and its response to the next. */
let asked: Asked[]
let answers: Record<string, Answer>

const origin: RequestListener = async (request, response) => {
  const body = await readBody(request)
  const [path = ''] = (request.url ?? '').split('?')
  const method = request.method ?? ''
  asked.push({ method, path, body })
  const { status = 200, body: flash = {}, cookie } = answers[`${method} ${path}`] ?? { status: 404 }
  response.writeHead(status, {
    'content-type': 'application/json',
    ...(cookie === undefined ? {} : { 'set-cookie': cookie }),
  })
  response.end(status === 204 ? undefined : JSON.stringify(flash))
}

beforeAll(async () => {
  gateway = await openTestGateway(redis(), origin, keys)
})

afterAll(() => gateway.close())

beforeEach(() => {
  asked = []
  answers = {}
})

async function readBody(request: IncomingMessage): Promise<unknown> {
  return Number(request.headers['content-length'] ?? 0) > 0 ? await json(request) : undefined
}

function refusal(code: ProblemCode, extras: ProblemExtras = {}): Answer {
  return { status: PROBLEMS[code][0], body: new Problem(code, undefined, extras).document() }
}

const session = (sub: string = randomUUID(), iat = seconds) =>
  keys.signSession({ aud: AUDIENCES.session, sub, name: 'Fan', roles: ['fan'], iat, exp: seconds + 600 })

/** A browser without scripts that follows redirects and stores cookies. */
function openBrowser({ language = 'en', from }: { language?: string; from?: string } = {}) {
  const cookies = new Map<string, string>()
  async function visit(
    method: string,
    path: string,
    form?: Record<string, string>,
  ): Promise<{ status: number; path: string; html: string; headers: Headers }> {
    const headers: Record<string, string> = {
      accept: 'text/html',
      'accept-language': language,
      cookie: [...cookies].map(([name, value]) => `${name}=${value}`).join('; '),
      ...(form === undefined ? {} : { 'content-type': 'application/x-www-form-urlencoded' }),
    }
    const init = {
      method,
      headers,
      ...(form === undefined ? {} : { body: new URLSearchParams(form).toString() }),
    }
    const incoming = { socket: { remoteAddress: from }, headers: {} }
    const response = await gateway.app.request(path, init, from === undefined ? {} : { incoming })
    for (const line of response.headers.getSetCookie()) {
      const [name = '', value = ''] = line.slice(0, line.indexOf(';')).split('=')
      if (value === '') cookies.delete(name)
      else cookies.set(name, value)
    }
    const location = response.headers.get('location')
    if (location !== null) return visit('GET', location)
    return { status: response.status, path, html: await response.text(), headers: response.headers }
  }
  return {
    cookies,
    open: (path: string) => visit('GET', path),
    send: (path: string, form: Record<string, string> = {}) => visit('POST', path, form),
  }
}

const opened = (token: string, id: string = randomUUID()): Answer => ({
  ...{ status: 200, cookie: `${SESSION}=${token}; Path=/; Secure` },
  body: { account: { id } },
})
const me = { body: { id: 'a', name: '<b>Fan</b>', email: 'fan@naru.test', roles: ['fan'] } }

/** The validation message of a field that is marked as invalid and refers to its message. */
function errorAt(html: string, field: string): string | undefined {
  const input = new RegExp(`<input id="${field}"[^>]*>`).exec(html)?.[0] ?? ''
  const isMarked = input.includes('aria-invalid="true"') && input.includes(`${field}-error`)
  return isMarked ? new RegExp(`id="${field}-error"[^>]*>([^<]*)<`).exec(html)?.[1] : undefined
}

describe('signing in and up', () => {
  it('redirects to the requested page, with the session stored', async () => {
    answers['POST /api/sessions'] = opened(session())
    answers['GET /api/me'] = me
    const browser = openBrowser()
    const page = await browser.send('/sign-in', {
      email: 'fan@naru.test',
      password: 'a long password',
      next: '/me/account',
    })
    expect(page).toMatchObject({ status: 200, path: '/me/account' })
    expect(browser.cookies.has(SESSION)).toBe(true)
    expect(asked[0]?.body).toEqual({ email: 'fan@naru.test', password: 'a long password' })
  })

  it.each([
    [['fan'], '/', '/'],
    [['fan'], '/me', '/me'],
    [['fan', 'staff'], '/', '/staff'],
    [['fan', 'staff', 'organiser'], '/me', '/organiser'],
    [['fan', 'operator'], '/', '/organiser'],
    [['fan', 'organiser'], '/me/account', '/me/account'],
  ])('M19: leads %j, who wanted %s, to %s', async (roles, next, path) => {
    answers['POST /api/sessions'] = opened(session())
    answers['GET /api/me'] = { body: { ...me.body, roles } }
    const form = { email: 'fan@naru.test', password: 'a long password', next }
    expect(await openBrowser().send('/sign-in', form)).toMatchObject({ path })
  })

  // Covers "Signing in with cookies refused loops without a word".
  it.each([
    ['/sign-in', 'POST /api/sessions', 'en', accountsText.en.cookies],
    ['/sign-up', 'POST /api/accounts', 'en', accountsText.en.cookies],
    ['/new-password', 'POST /api/password-resets/completion', 'ko', accountsText.ko.cookies],
  ])('says in words to a browser that keeps no cookies: %s', async (path, way, language, words) => {
    answers[way] = opened(session())
    const browser = openBrowser({ language })
    browser.cookies.set = () => browser.cookies
    const form = { email: 'fan@naru.test', password: 'a long password', next: '/me/orders' }
    const { html, headers } = await browser.send(path, form)
    expect(/role="alert">([^<]*)</.exec(html)?.[1]).toContain(words)
    expect(headers.get('cache-control')).toBe('no-store')
    const next = path === '/new-password' ? '/me/account?done=password' : '/me/orders'
    expect(html).toContain(`name="next" value="${next}"`)
  })

  it('shows validation errors at their fields, and preserves all input but the password', async () => {
    const errors = ['/email', '/password', '/name'].map((pointer) => ({ pointer, detail: 'no' }))
    answers['POST /api/accounts'] = refusal('invalid-input', { errors })
    const form = { email: 'a"b', password: 'short', name: '' }
    const { status, html } = await openBrowser().send('/sign-up', form)
    expect(status).toBe(422)
    expect(errorAt(html, 'email')).toContain('name@example.org')
    expect(errorAt(html, 'password')).toContain(accountsText.en.fields.password)
    expect(errorAt(html, 'name')).toContain('name')
    expect(html).toContain('value="a&quot;b"')
    expect(html).not.toContain('short')
  })

  it('shows that the sign-in was refused, and links to a password reset', async () => {
    answers['POST /api/sessions'] = refusal('sign-in-failed')
    const { html } = await openBrowser().send('/sign-in', { email: 'fan@naru.test', password: 'wrong' })
    expect(html).toContain(`role="alert">${accountsText.en.failed}`)
    expect(html).toContain('href="/forgot-password"')
  })

  it.each(['/sign-in', '/sign-up'])(
    'preserves the destination after a refusal and a switch of the language: %s',
    async (path) => {
      answers['POST /api/sessions'] = refusal('sign-in-failed')
      answers['POST /api/accounts'] = refusal('busy')
      const browser = openBrowser()
      const { html } = await browser.send(path, {
        email: 'a@naru.test',
        password: 'wrong',
        next: '/me/account',
      })
      const back = /name="back" value="([^"]*)"/.exec(html)?.[1] ?? ''
      const switched = await browser.send('/language', { language: 'ko', back })
      expect(switched.html).toContain('name="next" value="/me/account"')
    },
  )

  it('is limited by network and account, and shows when to retry', async () => {
    const attempts = { networkMax: 100, pairMax: 2, subjectMax: 100, windowSeconds: 900 }
    const limited = await openTestGateway(redis(), origin, keys, { attempts: { 'sign-in': attempts } })
    const network = `192.0.2.${Math.floor(Math.random() * 250)}`
    const attempt = async (email: string, path = '/api/sessions') => {
      const response = await limited.app.request(
        path,
        {
          method: 'POST',
          headers: { 'content-type': 'application/json' },
          body: JSON.stringify({ email, password: 'wrong' }),
        },
        { incoming: { socket: { remoteAddress: network }, headers: {} } },
      )
      return { status: response.status, retryAfter: response.headers.get('retry-after') }
    }
    answers['POST /api/sessions'] = refusal('sign-in-failed')
    answers['POST /api/accounts'] = refusal('busy')
    for (const email of [`${randomUUID()}@naru.test`, `${randomUUID()}@naru.test`]) {
      expect((await attempt(email)).status).toBe(401)
      expect((await attempt(email, '/api/accounts')).status).toBe(503)
      const before = asked.length
      const refused = await attempt(email)
      expect(refused.status).toBe(429)
      expect(Number(refused.retryAfter)).toBeGreaterThan(800)
      expect(asked).toHaveLength(before)
    }
    await limited.close()

    answers['POST /api/sessions'] = refusal('too-many', { retryAfterSeconds: 800 })
    const { html } = await openBrowser().send('/sign-in', { email: 'a@naru.test', password: 'wrong' })
    expect(html).toContain('Please try again in 14 minutes')
  })
})

describe('a forgotten password', () => {
  it('leads to the same page for every address, in the language of the page', async () => {
    answers['POST /api/password-resets'] = { status: 202 }
    const browser = openBrowser()
    await browser.send('/language', { language: 'ko', back: '/forgot-password' })
    const page = await browser.send('/forgot-password', { email: 'fan@naru.test' })
    expect(page).toMatchObject({ status: 200, path: '/forgot-password?sent' })
    expect(page.html).toContain(accountsText.ko.sentLead)
    expect(page.html).not.toContain('fan@naru.test')
    expect(asked[0]?.body).toEqual({ email: 'fan@naru.test', language: 'ko' })
  })

  it('is replaced at the page of the link, which signs in', async () => {
    const token = 'A'.repeat(43)
    const browser = openBrowser()
    const page = await browser.open(`/new-password?token=${token}`)
    expect(asked).toEqual([])
    expect(page.headers.get('cache-control')).toBe('no-store')
    expect(page.headers.get('referrer-policy')).toBe('same-origin')
    expect(page.html).toContain(`name="token" value="${token}"`)
    answers['POST /api/password-resets/completion'] = opened(session())
    answers['GET /api/me'] = me
    const done = await browser.send('/new-password', { token, password: 'another password' })
    expect(done.path).toBe('/me/account?done=password')
    expect(done.html).toContain(accountsText.en.changed)
    expect(asked[0]?.body).toEqual({ token, password: 'another password', language: 'en' })
  })

  it.each([
    ['was used already', refusal('reset-ended')],
    ['is no link of ours', refusal('invalid-input', { errors: [{ pointer: '/token', detail: 'length' }] })],
  ])('is asked for again when the link %s', async (_, answer) => {
    answers['POST /api/password-resets/completion'] = answer
    const { status, html } = await openBrowser().send('/new-password', {
      token: 'x',
      password: 'long enough',
    })
    expect(status).toBe(422)
    expect(html).toContain(accountsText.en.ended)
    expect(html).toContain('class="button" href="/forgot-password"')
  })
})

describe('the account part of My page', () => {
  function signedIn(token = session()) {
    answers['GET /api/me'] = me
    const browser = openBrowser()
    browser.cookies.set(SESSION, token)
    return browser
  }

  it('shows the account as text, and redirects a visitor who is not signed in to sign in and back', async () => {
    const { html } = await signedIn().open('/me/account')
    expect(html).toContain('&lt;b&gt;Fan&lt;/b&gt;')
    expect(html).toContain('fan@naru.test')
    expect((await openBrowser().open('/me/account')).path).toBe('/sign-in?next=%2Fme%2Faccount')
  })

  it('changes the password, and continues with the new session', async () => {
    const next = session()
    answers['PUT /api/me/password'] = opened(next)
    const browser = signedIn()
    const page = await browser.send('/me/account/password', { current: 'one', password: 'another password' })
    expect(page.html).toContain(accountsText.en.changed)
    expect(browser.cookies.get(SESSION)).toBe(next)
    expect(asked[0]?.body).toEqual({ current: 'one', password: 'another password', language: 'en' })
  })

  it('shows at the field that the current password is wrong', async () => {
    answers['PUT /api/me/password'] = refusal('password-wrong')
    const { status, html } = await signedIn().send('/me/account/password', { current: 'x', password: 'y' })
    expect(status).toBe(422)
    expect(errorAt(html, 'current')).toBe(accountsText.en.fields.current)
    expect(html).toContain('name="back" value="/me/account"')
  })

  it('signs out everywhere, and confirms it', async () => {
    answers['DELETE /api/sessions'] = { status: 204, cookie: `${SESSION}=; Path=/; Max-Age=0` }
    const browser = signedIn()
    const page = await browser.send('/me/account/sign-out')
    expect(page.html).toContain(accountsText.en.signedOut.everywhere)
    expect(browser.cookies.has(SESSION)).toBe(false)
  })
})

describe('a session that has ended', () => {
  it('claims no pass and moves no place, although its token has not expired, while a later one does', async () => {
    const room = await publishTestRoom(redis())
    await gateway.snapshots.refresh([room])
    const account = randomUUID()
    const call = async (method: string, path: string, headers: Record<string, string>) => {
      const init = { method, headers: { 'content-type': 'application/json', ...headers } }
      const body = method === 'GET' ? {} : { body: '{}' }
      return await gateway.app.request(`/api/rooms/${room}/${path}`, { ...init, ...body })
    }
    const previous = session(account, seconds - 10)
    const bearer = { authorization: `Bearer ${previous}` }
    expect((await call('GET', 'place', bearer)).status).toBe(404)

    await redis().set(sessionEndKey(account), seconds, 'EX', 60)
    for (const headers of [bearer, { cookie: `a=b; ${SESSION}=${previous}; c=d` }]) {
      for (const [method, path] of [
        ['GET', 'place'],
        ['PUT', 'place/account'],
        ['POST', 'claims'],
      ] as const) {
        const answer = await call(method, path, headers)
        expect([path, answer.status, await answer.json()]).toMatchObject([
          path,
          401,
          { code: 'token-missing' },
        ])
      }
    }
    const later = { authorization: `Bearer ${session(account, seconds)}` }
    expect((await call('GET', 'place', later)).status).toBe(404)
  })

  it('does not remove the place of a waiting fan', async () => {
    const room = await publishTestRoom(redis(), { settings: { opensAt: Date.now() + 60_000 } })
    await gateway.snapshots.refresh([room])
    const account = randomUUID()
    await redis().set(sessionEndKey(account), seconds, 'EX', 60)
    const entered = await gateway.app.request(`/api/rooms/${room}/entries`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ key: Buffer.from(randomUUID().slice(0, 16)).toString('base64url') }),
    })
    const [place = ''] = entered.headers.getSetCookie()
    const [cookie] = place.split(';')
    const answer = await gateway.app.request(`/api/rooms/${room}/place`, {
      headers: { cookie: `${SESSION}=${session(account, seconds - 10)}; ${cookie}` },
    })
    expect(answer.status).toBe(200)
    expect(answer.headers.getSetCookie().join()).toContain(`${SESSION}=;`)
  })
})

describe('the e-mails of development', () => {
  const email = {
    at: '2027-01-15T08:00:00.000Z',
    to: 'fan@naru.test',
    subject: '<b>Hello</b>',
    attachments: [{ filename: 'tickets.pdf', contentType: 'application/pdf', bytes: 12_300 }],
    text: 'Hello,\n\nhttp://localhost:8080/new-password?token=abc\n\nNaru',
  }

  it('are shown on the host they were written on, with their links', async () => {
    answers['GET /api/mail'] = { body: { emails: [email] } }
    const { html } = await openBrowser().open('/mail')
    expect(html).toContain('&lt;b&gt;Hello&lt;/b&gt;')
    expect(html).toContain('<a href="http://localhost:8080/new-password?token=abc">')
    expect(html).toContain('tickets.pdf (12.3 kB)')
    expect(html).toContain(accountsText.en.mailLead)
  })

  it('are hidden from all other hosts, without a request to the origin', async () => {
    answers['GET /api/mail'] = { body: { emails: [email] } }
    for (const path of ['/mail', '/api/mail']) {
      const { status, html } = await openBrowser({ from: '192.0.2.1' }).open(path)
      expect(status).toBe(404)
      expect(html).not.toContain('token=abc')
    }
    expect(asked).toEqual([])
  })

  it('are not available when e-mails are sent', async () => {
    answers['GET /api/mail'] = refusal('not-found')
    expect((await openBrowser().open('/mail')).status).toBe(404)
  })
})
