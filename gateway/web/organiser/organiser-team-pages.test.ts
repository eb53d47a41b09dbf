import { Hono } from 'hono'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { useRedis } from '../../../shared/testing/redis.ts'
import { makeGatewayKeys, openTestGateway, type TestGateway } from '../../testing/gateway.ts'
import { createVisit } from '../../testing/pages.ts'

const { redis } = useRedis()
const keys = makeGatewayKeys()
const ME = '01990000-0000-7000-8000-000000000001'
const OTHER = '01990000-0000-7000-8000-000000000002'
const INVITATION = '0d9f6a5e-6a0b-4c3e-9a51-0d9f6a5e6a0b'
const PATH = '/organiser/festivals/fest/team'
const TOKEN = 'x'.repeat(43)
const at = '2026-07-01T10:00:00.000Z'
let gateway: TestGateway
let role: string | null
let sent: { method: string; path: string; body: unknown }[]
let next: { status: 200 | 201 | 403 | 409 | 410 | 422; body: Record<string, unknown> }

beforeAll(async () => {
  const origin = new Hono()
  origin.get('/api/catalogue', (c) => c.json({ festivals: [] }))
  origin.get('/api/me', (c) => c.json({ roles: ['fan', 'organiser'] }))
  origin.get('/api/admin/festivals/fest/team', (c) =>
    c.json({
      members: [
        {
          account: { id: ME, name: 'Olla', email: 'olla@naru.test' },
          role: 'owner',
          since: at,
          addedBy: null,
        },
        {
          account: { id: OTHER, name: '<i>Pana', email: 'pana@naru.test' },
          ...{ role: 'gate', since: at, addedBy: 'Olla', hasSecondFactor: false },
        },
      ],
      invitations: [{ id: INVITATION, email: 'new@naru.test', role: 'viewer', expiresAt: at }],
      mine: { account: ME, role },
      secondFactorRequired: false,
    }),
  )
  origin.all('*', async (c) => {
    const text = await c.req.text()
    sent.push({ method: c.req.method, path: c.req.path, body: text === '' ? undefined : JSON.parse(text) })
    return c.json({ status: next.status, ...next.body }, next.status)
  })
  gateway = await openTestGateway(redis(), origin, keys)
})

afterAll(() => gateway.close())

beforeEach(() => {
  role = 'owner'
  sent = []
  next = { status: 200, body: {} }
})

const visit = createVisit(() => gateway, { keys, account: ME })

describe('M6: the team page', () => {
  it('shows owners the members and invitations, with forms to change both', async () => {
    const { html } = await visit(PATH)
    for (const part of [
      'Olla (you)',
      '&lt;i&gt;Pana',
      'Gate staff',
      'by Olla',
      'new@naru.test',
      'Withdraw',
    ]) {
      expect(html).toContain(part)
    }
    expect(html).toContain(`href="/organiser/festivals/fest/changes?account=${OTHER}"`)
    expect((await visit(PATH, undefined, { language: 'ko' })).html).toContain('입구 스태프')
  })

  it('shows other members the list and the link to leave, and nothing else', async () => {
    role = 'viewer'
    const { html } = await visit(PATH)
    expect(html).toContain('Leave team')
    for (const part of ['Send invitation', 'Withdraw', 'new@naru.test', 'Remove from team']) {
      expect(html).not.toContain(part)
    }
  })

  it('sends its forms’ fields, and shows the results', async () => {
    const member = `${PATH}/members/${OTHER}`
    expect((await visit(member, { do: 'role', role: 'manager' })).location).toBe(`${PATH}?flash=saved`)
    expect((await visit(member, { do: 'remove' })).location).toBe(`${PATH}?flash=removed`)
    expect((await visit(`${PATH}/members/${ME}`, { do: 'leave' })).location).toBe('/organiser')
    expect((await visit(`${PATH}/invitations/${INVITATION}`, {})).location).toBe(`${PATH}?flash=revoked`)
    expect(sent.map(({ method, body }) => [method, body])).toEqual([
      ['PUT', { role: 'manager' }],
      ...[1, 2, 3].map(() => ['DELETE', undefined]),
    ])
    next = { status: 409, body: { code: 'last-owner' } }
    const { location } = await visit(`${PATH}/members/${ME}`, { do: 'leave' })
    expect((await visit(location ?? '')).html).toContain('at least one owner')
  })

  it('preserves a refused address, and shows the validation error at the field', async () => {
    next = { status: 422, body: { code: 'invalid-input' } }
    const { status, html } = await visit(`${PATH}/invitations`, { email: 'pana@', role: 'gate' })
    expect(status).toBe(422)
    expect(html).toContain('value="pana@" aria-invalid="true"')
    expect(html).toContain('<option value="gate" selected>')
    next = { status: 409, body: { code: 'conflict' } }
    expect((await visit(`${PATH}/invitations`, { email: 'pana@naru.test', role: 'gate' })).html).toContain(
      'already on the team',
    )
  })

  it('shows the link to pass on where no e-mails are sent', async () => {
    next = { status: 201, body: { token: TOKEN } }
    const { html } = await visit(`${PATH}/invitations`, { email: 'pana@naru.test', role: 'gate' })
    // Uses the public URL, whatever host the request names.
    expect(html).toContain(`>https://naru.test/invitation?token=${TOKEN}<`)
    next = { status: 201, body: {} }
    const { location } = await visit(`${PATH}/invitations`, { email: 'pana@naru.test', role: 'gate' })
    expect((await visit(location ?? '')).html).toContain('Invitation sent.')
  })
})

describe('M6: the page of an invitation', () => {
  it('accepts nothing before its button is pressed, and then leads to the member’s pages', async () => {
    expect((await visit(`/invitation?token=${TOKEN}`)).html).toContain(`name="token" value="${TOKEN}"`)
    expect(sent).toEqual([])
    next = { status: 200, body: { festival: 'fest', role: 'gate' } }
    expect((await visit('/invitation', { token: TOKEN })).html).toContain('href="/staff"')
    next = { status: 200, body: { festival: 'fest', role: 'viewer' } }
    expect((await visit('/invitation', { token: TOKEN })).html).toContain('href="/organiser/festivals/fest"')
  })

  it('redirects a visitor who is not signed in to sign in and back', async () => {
    const { location } = await visit('/invitation', { token: TOKEN }, { signedIn: false })
    expect(location).toBe(`/sign-in?next=${encodeURIComponent(`/invitation?token=${TOKEN}`)}`)
  })

  it('shows why an invitation is not valid', async () => {
    next = { status: 403, body: { code: 'invitation-for-another-address' } }
    expect((await visit('/invitation', { token: TOKEN })).html).toContain('for another e-mail address')
    next = { status: 409, body: { code: 'account-unproven' } }
    const way = `href="/confirm-email?next=${encodeURIComponent(`/invitation?token=${TOKEN}`)}"`
    expect((await visit('/invitation', { token: TOKEN })).html).toContain(way)
    next = { status: 409, body: { code: 'conflict' } }
    const full = await visit('/invitation', { token: TOKEN })
    expect([full.status, full.html.includes('The team is full.')]).toEqual([422, true])
    expect(full.html).toContain('Accept invitation')
    next = { status: 410, body: { code: 'invitation-ended' } }
    expect((await visit('/invitation', { token: TOKEN })).html).toContain('already used or withdrawn')
    expect((await visit('/invitation', { token: 'short' }, { language: 'ko' })).html).toContain(
      '기한이 지난 초대',
    )
  })
})
