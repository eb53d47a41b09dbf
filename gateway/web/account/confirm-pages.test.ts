import { randomUUID } from 'node:crypto'
import type { RequestListener } from 'node:http'
import { json } from 'node:stream/consumers'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { PROBLEMS, Problem, type ProblemCode } from '../../../shared/api/problem.ts'
import { useRedis } from '../../../shared/testing/redis.ts'
import type { PersonProof } from '../../../shared/tokens/kinds.ts'
import { makeGatewayKeys, openTestGateway, type TestGateway } from '../../testing/gateway.ts'
import { confirmText } from './text/confirm.ts'

const { redis } = useRedis()
const keys = makeGatewayKeys()
const SESSION = '__Host-naru-session'
const PROOF: PersonProof = { method: 'email', group: '' }

type Answer = { status?: number; body?: unknown; cookie?: string }

let gateway: TestGateway
let asked: { way: string; body: unknown }[]
let answers: Record<string, Answer>

const origin: RequestListener = async (request, response) => {
  const way = `${request.method} ${request.url}`
  asked.push({
    way,
    body: Number(request.headers['content-length'] ?? 0) > 0 ? await json(request) : undefined,
  })
  const { status = 200, body = {}, cookie } = answers[way] ?? { status: 404 }
  const headers = cookie === undefined ? {} : { 'set-cookie': `${SESSION}=${cookie}; Path=/; Secure` }
  response.writeHead(status, { 'content-type': 'application/json', ...headers })
  response.end(JSON.stringify(body))
}

beforeAll(async () => {
  gateway = await openTestGateway(redis(), origin, keys)
})

afterAll(() => gateway.close())

beforeEach(() => {
  asked = []
  answers = {}
})

const refusal = (code: ProblemCode, members = {}): Answer => ({
  status: PROBLEMS[code][0],
  body: new Problem(code, undefined, { members }).document(),
})

const me = (proven: boolean): Answer => ({
  body: { id: 'a', name: 'Fan', email: 'fan@naru.test', roles: ['fan'], proven },
})

/** The response as a browser without scripts sees it; redirects are not followed. */
async function visit(path: string, options: { form?: Record<string, string>; cookie?: string } = {}) {
  const { form, cookie } = options
  const response = await gateway.app.request(path, {
    method: form === undefined ? 'GET' : 'POST',
    headers: {
      accept: 'text/html',
      'accept-language': 'en',
      ...(cookie === undefined ? {} : { cookie: `${SESSION}=${cookie}` }),
      ...(form === undefined ? {} : { 'content-type': 'application/x-www-form-urlencoded' }),
    },
    ...(form === undefined ? {} : { body: new URLSearchParams(form).toString() }),
  })
  const location = response.headers.get('location')
  return {
    status: response.status,
    location,
    html: await response.text(),
    cookies: response.headers.getSetCookie(),
  }
}

const COMPLETION = 'POST /api/me/email-confirmation/completion'

describe('the page where an e-mail address is confirmed (C2)', () => {
  const fan = randomUUID()
  const cookie = keys.sessionOf(fan)

  it('accepts the code however it was typed, forwards the new session and returns to the requested page', async () => {
    const proven = keys.sessionOf(fan, { proof: PROOF })
    answers[COMPLETION] = { cookie: proven, body: {} }
    const form = { code: ' １２3 456 ', next: '/rooms/naru' }
    const { status, location, cookies } = await visit('/confirm-email', { form, cookie })
    expect({ status, location }).toEqual({ status: 303, location: '/rooms/naru' })
    expect(cookies.some((line) => line.startsWith(`${SESSION}=${proven}`))).toBe(true)
    expect(asked).toEqual([{ way: COMPLETION, body: { code: '123456' } }])
  })

  it.each([
    [refusal('confirmation-wrong', { attemptsLeft: 1 }), confirmText.en.wrong(1)],
    [refusal('confirmation-wrong', { attemptsLeft: 0 }), 'request a new e-mail'],
    [refusal('confirmation-ended'), 'request a new e-mail'],
    [refusal('address-taken'), 'Another account has already confirmed this address'],
    [refusal('invalid-input'), confirmText.en.wrongFormat],
    [refusal('unavailable'), confirmText.en.unavailable],
  ])('says why a code is refused and keeps where to go on: %#', async (answer, words) => {
    answers[COMPLETION] = answer
    answers['GET /api/me'] = me(false)
    const { status, html } = await visit('/confirm-email', {
      form: { code: '1', next: '/rooms/naru' },
      cookie,
    })
    expect(status).toBe(422)
    expect(html).toContain(words)
    expect(html).toContain('name="next" value="/rooms/naru"')
  })

  it('shows the address, and sends the e-mail on request', async () => {
    answers['GET /api/me'] = me(false)
    expect((await visit('/confirm-email', { cookie })).html).toContain('fan@naru.test')
    answers['POST /api/me/email-confirmation'] = { status: 202 }
    const sent = await visit('/confirm-email/send', { form: { next: '/me' }, cookie })
    expect(sent.location).toBe('/confirm-email?sent&next=%2Fme')
    expect((await visit(sent.location ?? '', { cookie })).html).toContain(confirmText.en.sent)
  })

  it('redirects a visitor who is not signed in to sign in and back', async () => {
    answers['GET /api/me'] = refusal('token-missing')
    const { location } = await visit('/confirm-email?next=/me')
    expect(location).toBe(`/sign-in?next=${encodeURIComponent('/confirm-email?next=%2Fme')}`)
  })

  it('renews the session of an account that was confirmed on another device', async () => {
    answers['GET /api/me'] = me(true)
    const proven = keys.sessionOf(fan, { proof: PROOF })
    answers['POST /api/me/session'] = { cookie: proven, body: {} }
    const { location, cookies } = await visit('/confirm-email?next=/rooms/naru', { cookie })
    expect(location).toBe('/rooms/naru')
    expect(cookies.some((line) => line.startsWith(`${SESSION}=${proven}`))).toBe(true)
    asked = []
    await visit('/confirm-email?next=/rooms/naru', { cookie: proven })
    expect(asked.map(({ way }) => way)).toEqual(['GET /api/me'])
  })

  it('confirms nothing when the link is merely opened, as mail scanners do', async () => {
    const { html } = await visit('/confirm-email?token=abc')
    expect(html).toContain('name="token" value="abc"')
    expect(asked).toEqual([])
  })

  it('confirms by the button of the link and forwards the new session', async () => {
    const proven = keys.sessionOf(fan, { proof: PROOF })
    answers['POST /api/me/email-confirmation/link'] = { cookie: proven, body: {} }
    const { html, cookies } = await visit('/confirm-email/link', { form: { token: 'abc' }, cookie })
    expect(html).toContain('Your e-mail address is confirmed')
    expect(cookies.some((line) => line.startsWith(`${SESSION}=${proven}`))).toBe(true)
    expect(asked.map(({ body }) => body)).toEqual([{ token: 'abc' }])
  })

  it('redirects a visitor who opens a link without a session to sign in and back', async () => {
    answers['POST /api/me/email-confirmation/link'] = refusal('token-missing')
    const { location } = await visit('/confirm-email/link', { form: { token: 'abc' } })
    expect(location).toBe(`/sign-in?next=${encodeURIComponent('/confirm-email?token=abc')}`)
  })

  it.each(['confirmation-ended', 'invalid-input'] as const)(
    'shows that a link has expired or belongs to another account: %s',
    async (code) => {
      answers['POST /api/me/email-confirmation/link'] = refusal(code)
      const { status, html } = await visit('/confirm-email/link', { form: { token: 'abc' }, cookie })
      expect(status).toBe(422)
      expect(html).toContain(confirmText.en.linkEnded)
    },
  )
})
