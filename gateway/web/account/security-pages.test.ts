import { Hono } from 'hono'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { useRedis } from '../../../shared/testing/redis.ts'
import { makeGatewayKeys, openTestGateway, type TestGateway } from '../../testing/gateway.ts'
import { createVisit } from '../../testing/pages.ts'
import { securityText } from './text/security.ts'

const { redis } = useRedis()
const keys = makeGatewayKeys()
const ME = '01990000-0000-7000-8000-000000000001'
const NEW_COOKIE = 'naru-test=a-new-session'
const CHALLENGE = 'payload.signature'
let gateway: TestGateway
let factor: { enrolledAt: string | null; recoveryCodesLeft: number; isUsed: boolean }
let sent: { path: string; body: unknown }[]
/** By path; a missing path returns 403 `second-factor-needed`. */
let answers: Record<string, [status: 200 | 201 | 202 | 403 | 410, body: Record<string, unknown>]>

beforeAll(async () => {
  const origin = new Hono()
  origin.get('/api/catalogue', (c) => c.json({ festivals: [] }))
  origin.get('/api/me', (c) => c.json({ roles: ['fan', 'organiser', 'staff'], gateFestivals: [] }))
  origin.get('/api/me/second-factor', (c) => c.json(factor))
  origin.all('*', async (c) => {
    const text = await c.req.text()
    sent.push({ path: c.req.path, body: text === '' ? undefined : JSON.parse(text) })
    const [status, body] = answers[c.req.path] ?? [403, { code: 'second-factor-needed' }]
    if (status === 200) c.header('set-cookie', NEW_COOKIE)
    return c.json({ status, ...body }, status)
  })
  gateway = await openTestGateway(redis(), origin, keys)
})

afterAll(() => gateway.close())

beforeEach(() => {
  factor = { enrolledAt: null, recoveryCodesLeft: 0, isUsed: false }
  sent = []
  answers = {}
})

const visit = createVisit(() => gateway, { keys, account: ME })

describe('M6: signing in with a second factor', () => {
  it('asks for a code after the password, and continues to the requested page', async () => {
    answers['/api/sessions'] = [202, { challenge: CHALLENGE }]
    const form = { email: 'olla@naru.test', password: 'a long password', next: '/organiser' }
    const asked = await visit('/sign-in', form)
    expect(asked.headers.get('set-cookie')).toBe(null)
    expect(asked.html).toContain(`name="challenge" value="${CHALLENGE}"`)
    expect(asked.html).toContain('autocomplete="one-time-code"')
    const code = { challenge: CHALLENGE, next: '/organiser', code: ' 123 456 ' }
    answers['/api/sessions/second-factor'] = [403, { code: 'code-wrong' }]
    const wrong = await visit('/sign-in/code', code)
    expect([wrong.status, wrong.html.includes(securityText.en.errors.code)]).toEqual([422, true])
    expect(wrong.html).toContain('name="next" value="/organiser"')
    answers['/api/sessions/second-factor'] = [201, { account: { id: ME, proven: true } }]
    expect((await visit('/sign-in/code', code)).location).toBe('/sign-in?begun&next=%2Forganiser')
    expect(sent.at(-1)?.body).toMatchObject({ token: CHALLENGE, code: '123 456' })
  })

  it('shows in both languages that a sign-in took too long', async () => {
    answers['/api/sessions/second-factor'] = [410, { code: 'challenge-ended' }]
    const form = { challenge: CHALLENGE, next: '//evil.test', code: '1' }
    const { html } = await visit('/sign-in/code', form, { language: 'ko' })
    expect(html).toContain('다시 로그인해 주세요')
    expect(html).toContain('name="next" value="/"')
  })
})

describe('M6: the page of account security', () => {
  it('sets up an app by password, QR code and first code, and shows recovery codes once', async () => {
    expect((await visit('/me/security')).html).toContain('Two-step sign-in is off.')
    const uri = 'otpauth://totp/Naru:a?secret=ABCDEFGH&issuer=Naru'
    answers['/api/me/second-factor'] = [200, { secret: 'ABCDEFGH', uri }]
    const shown = await visit('/me/security', { password: 'a long password' })
    expect(shown.html).toContain('ABCD EFGH')
    expect(shown.html).toContain('<svg')
    expect(shown.headers.get('cache-control')).toBe('no-store')
    answers['/api/me/second-factor/confirmation'] = [403, { code: 'code-wrong' }]
    expect((await visit('/me/security/confirm', { code: '1' })).html).toContain('phone’s clock')
    answers['/api/me/second-factor/confirmation'] = [200, { recoveryCodes: ['aaaa-bbbb'] }]
    expect((await visit('/me/security/confirm', { code: '123456' })).html).toContain('aaaa-bbbb')
  })

  it('shows at the field that the password was wrong', async () => {
    answers['/api/me/second-factor'] = [403, { code: 'password-wrong' }]
    const { status, html } = await visit('/me/security', { password: 'x' })
    expect([status, html.includes(securityText.en.errors.password)]).toEqual([422, true])
  })

  it('removes the second factor by a code', async () => {
    factor = { enrolledAt: '2026-07-01T10:00:00.000Z', recoveryCodesLeft: 9, isUsed: true }
    expect((await visit('/me/security?needed')).html).toContain('9 recovery codes')
    answers['/api/me/second-factor/removal'] = [403, { code: 'code-wrong' }]
    expect((await visit('/me/security/remove', { code: '1' })).html).toContain('<details open>')
    answers['/api/me/second-factor/removal'] = [200, {}]
    const removed = await visit('/me/security/remove', { code: '1' })
    expect(removed.location).toBe('/me/security?done=removed')
    // The new session no longer records the use of a second factor.
    expect(removed.headers.get('set-cookie')).toContain(NEW_COOKIE)
  })

  it('creates new recovery codes by a code, and shows a wrong code at its field', async () => {
    factor = { enrolledAt: '2026-07-01T10:00:00.000Z', recoveryCodesLeft: 1, isUsed: true }
    answers['/api/me/second-factor/recovery-codes'] = [403, { code: 'code-wrong' }]
    const wrong = await visit('/me/security/renew', { code: '1' })
    expect(wrong.status).toBe(422)
    expect(wrong.html).toMatch(/<input id="renew-code"[^>]* aria-invalid="true"/)
    expect(wrong.html).toMatch(/<input id="remove-code"(?![^>]*aria-invalid)/)
    answers['/api/me/second-factor/recovery-codes'] = [200, { recoveryCodes: ['cccc-dddd'] }]
    const shown = await visit('/me/security/renew', { code: '123456' })
    expect(shown.html).toContain('cccc-dddd')
    expect(shown.headers.get('cache-control')).toBe('no-store')
    expect(sent.at(-1)?.body).toEqual({ code: '123456' })
  })

  it.each([
    ...['/organiser', '/organiser/festivals/fest', '/organiser/festivals/fest/live'],
    ...['/organiser/festivals/fest/team', '/organiser/changes'],
  ])('is where %s leads whose team requires one that they did not use', async (path) => {
    expect((await visit(path)).location).toBe('/me/security?needed')
    expect((await visit('/me/security?needed')).html).toContain('requires two-step sign-in. Set it up here')
    factor = { enrolledAt: '2026-07-01T10:00:00.000Z', recoveryCodesLeft: 9, isUsed: false }
    expect((await visit('/me/security?needed', undefined, { language: 'ko' })).html).toContain(
      '로그아웃한 뒤',
    )
  })
})
