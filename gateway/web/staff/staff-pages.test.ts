import type { RequestListener } from 'node:http'
import { text } from 'node:stream/consumers'
import { Script } from 'node:vm'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { Catalogue } from '../../../shared/catalogue.ts'
import { testFestival } from '../../../shared/testing/catalogue.ts'
import { useRedis } from '../../../shared/testing/redis.ts'
import type { Role } from '../../../shared/tokens/kinds.ts'
import { makeGatewayKeys, openTestGateway, type TestGateway } from '../../testing/gateway.ts'
import { openAssets } from '../assets/assets.ts'
import { createStaffPageRoutes } from './staff-pages.ts'

const { redis } = useRedis()
const keys = makeGatewayKeys()
const at = '2026-07-01T10:00:00.000Z'
const NONCE = '0d9f6a5e-6a0b-4c3e-9a51-0d9f6a5e6a0b'
let gateway: TestGateway
/** The requests that reached the origin, except for the catalogue, and its next responses. */
let asked: { method: string; path: string; body: Record<string, unknown> }[] = []
let next: { status: number; body: unknown }
let isSummaryUnavailable = false

const catalogue: Catalogue = {
  festivals: [
    testFestival('fest', {
      at,
      name: '<b>Fest</b>',
      ticketTypes: [
        { id: 1, name: 'Day', priceMinor: 1000, accountLimit: 4, saleFrom: at, saleTo: at, refundUntil: at },
      ],
    }),
  ],
}
/** The roles that the origin returns; the sessions here carry the same. */
function rolesOf(authorization = ''): Role[] {
  const [, claims = ''] = authorization.split('.')
  return (JSON.parse(Buffer.from(claims, 'base64url').toString()) as { roles: Role[] }).roles
}

function answerTo(path: string, roles: Role[]): { status: number; body: unknown } {
  if (path === '/api/me')
    return {
      status: 200,
      body: { id: NONCE, name: 'A', roles, gateFestivals: roles.includes('staff') ? ['fest'] : [] },
    }
  if (roles.join() === 'fan') return { status: 403, body: { code: 'forbidden' } }
  if (path.endsWith('/window')) return { status: 200, body: { now: at, ...WINDOW } }
  if (isSummaryUnavailable && path.endsWith('/summary')) return { status: 503, body: { code: 'unavailable' } }
  return path.endsWith('/summary') ? { status: 200, body: summary } : next
}

const WINDOW = { opensAt: '2026-07-01T05:00:00.000Z', closesAt: '2026-07-02T02:00:00.000Z' }
const summary = { at, in: 3, tickets: 12, types: [], last: [] }

const origin: RequestListener = async (request, response) => {
  const sent = await text(request)
  const { method = '', url: path = '' } = request
  const isCatalogue = path === '/api/catalogue'
  if (path.startsWith('/api/catalogue/')) {
    response.writeHead(404).end()
    return
  }
  if (!isCatalogue) {
    asked.push({ method, path, body: JSON.parse(sent || '{}') as Record<string, unknown> })
  }
  const answer = isCatalogue
    ? { status: 200, body: catalogue }
    : answerTo(path, rolesOf(request.headers.authorization))
  response.writeHead(answer.status, { 'content-type': 'application/json' }).end(JSON.stringify(answer.body))
}

beforeAll(async () => {
  gateway = await openTestGateway(redis(), origin, keys)
  await gateway.festivals.refresh()
})

afterAll(() => gateway.close())

beforeEach(() => {
  asked = []
  isSummaryUnavailable = false
})

/** A browser without scripts, of a user with a role or of an anonymous visitor. */
async function visit(
  role: Role | undefined,
  path: string,
  form?: Record<string, string>,
  stored = 'naru-language=en',
) {
  const cookie = role && `__Host-naru-session=${keys.sessionOf('someone', { roles: [role] })}; ${stored}`
  const response = await gateway.app.request(path, {
    method: form === undefined ? 'GET' : 'POST',
    headers: {
      'accept-language': 'en',
      ...(cookie === undefined ? {} : { cookie }),
      ...(form === undefined ? {} : { 'content-type': 'application/x-www-form-urlencoded' }),
    },
    ...(form === undefined ? {} : { body: new URLSearchParams(form).toString() }),
  })
  return { status: response.status, headers: response.headers, html: await response.text() }
}

const GATE = '/staff/fest?gate=North'
const HIDDEN_FIELD = /<input type="hidden" name="(\w+)" value="([^"]*)">/g
/** The API requests about tickets. */
const scans = () => asked.filter(({ path }) => path === '/api/check-ins').map(({ body }) => body)

describe('the pages of gate staff', () => {
  it.each(['/staff', GATE])(
    'redirect a visitor who is not signed in to sign in and back: %s',
    async (path) => {
      const { status, headers } = await visit(undefined, path)
      expect([status, headers.get('location')]).toEqual([303, `/sign-in?next=${encodeURIComponent(path)}`])
    },
  )

  it('are refused to fans, and available to organisers', async () => {
    expect((await visit('fan', '/staff')).status).toBe(403)
    expect((await visit('fan', GATE)).status).toBe(403)
    expect((await visit('organiser', GATE)).status).toBe(200)
  })

  it('lead from the choice of a festival and a gate to the gate, and back if there is no gate', async () => {
    expect((await visit('staff', '/staff')).html).toContain('&lt;b&gt;Fest&lt;/b&gt;')
    const chosen = await visit('staff', '/staff?festival=fest&gate=+North+%26+1+')
    expect(chosen.headers.get('location')).toBe('/staff/fest?gate=North%20%26%201')
    expect((await visit('staff', '/staff/fest')).headers.get('location')).toBe('/staff')
    expect((await visit('staff', '/staff/none?gate=North')).status).toBe(404)
  })

  it('remember the gate on the device, and let it be changed', async () => {
    const { headers } = await visit('staff', '/staff/fest?gate=North%20%26%201')
    const [cookie = ''] = (headers.get('set-cookie') ?? '').split(';')
    expect(headers.get('set-cookie')).toMatch(/; Path=\/staff; HttpOnly; SameSite=Lax$/)
    const open = (path: string, stored = cookie) => visit('staff', path, undefined, stored)
    expect((await open('/staff')).headers.get('location')).toBe('/staff/fest?gate=North%20%26%201')
    const { status, html } = await open('/staff?change')
    expect(status).toBe(200)
    expect(html).toContain('<option value="fest" selected>')
    expect(html).toContain('name="gate" value="North &amp; 1"')
    // Of a festival of another team, or of none.
    for (const other of ['naru-gate=elsewhere%20North', 'naru-gate=fest', 'naru-gate=%E0']) {
      expect((await open('/staff', other)).status).toBe(200)
    }
  })

  it('may use the camera and compile the decoder, and no other page may', async () => {
    const { headers, html } = await visit('staff', GATE)
    expect(headers.get('content-security-policy')).toContain("script-src 'self' 'wasm-unsafe-eval';")
    expect(headers.get('permissions-policy')).toBe('camera=(self)')
    expect(html).toContain('>3</strong>')
    const front = await visit('staff', '/')
    expect(front.headers.get('content-security-policy')).toContain("script-src 'self';")
    expect(front.headers.get('permissions-policy')).toBe('camera=()')
    expect((await visit('staff', '/staffing')).headers.get('permissions-policy')).toBe('camera=()')
  })

  it('execute no script in an invented gate name', async () => {
    const { html } = await visit('staff', `/staff/fest?gate=${encodeURIComponent('</script><b>x')}`)
    expect(html).not.toContain('</script><b>')
    expect(html).not.toContain('<b>x')
  })
})

describe('a code that is typed without scripts', () => {
  const ticket = { type: 1, typeName: 'Day', number: 7, holder: 'Pana <i>Fan', order: 'K7MP-3XQ2' }
  const type = (code: string) => visit('staff', '/staff/fest/check-in', { code, gate: 'North', nonce: NONCE })

  it('is answered with an admission, the ticket and a button to undo it', async () => {
    next = { status: 201, body: { result: 'admitted', ticket, at, gate: 'North' } }
    const { status, html } = await type(' 1-7-ABC123 ')
    expect(status).toBe(200)
    expect(html).toContain('data-look="yes" data-result="admitted"')
    expect(html).toContain('Day · No. 7 · Pana &lt;i&gt;Fan · Order K7MP-3XQ2')
    const [{ body } = { body: {} }] = asked
    expect(body).toMatchObject({ festival: 'fest', qr: '1-7-ABC123', gate: 'North' })
    const id = String((body as Record<string, unknown>)['id'])
    expect(html).toContain(`name="id" value="${id}"`)
  })

  it('H3: is answered on a page that accepts the next code immediately, under a new nonce', async () => {
    next = { status: 200, body: { result: 'already-used', ticket, at, gate: 'South' } }
    const { html } = await type('1-7-ABC123')
    const [, typed = ''] = html.split('data-form="typed"')
    expect(typed).toMatch(/<input id="code" name="code" required autofocus/)
    const [, nonce] = /name="nonce" value="([^"]*)"/.exec(typed) ?? []
    expect(nonce).toMatch(/^[\da-f-]{36}$/)
    expect(nonce).not.toBe(NONCE)
  })

  it('H3: shows its verdict even when no other data could be read', async () => {
    next = { status: 201, body: { result: 'admitted', ticket, at, gate: 'North' } }
    isSummaryUnavailable = true
    const { status, html } = await type('1-7-ABC123')
    expect(status).toBe(200)
    expect(html).toContain('data-look="yes" data-result="admitted"')
    expect(html).not.toContain('id="staff-data"')
  })

  it('links from its answer in another language back to the gate', async () => {
    next = { status: 201, body: { result: 'admitted', ticket, at, gate: 'North' } }
    const { html } = await type('1-7-ABC123')
    const [, back = ''] = /name="back" value="([^"]*)"/.exec(html) ?? []
    expect(back).toBe(GATE)
    expect((await visit('staff', back)).status).toBe(200)
  })

  it('is the same scan when the form is sent again, and another for another code', async () => {
    next = { status: 201, body: { result: 'admitted', ticket, at, gate: 'North' } }
    for (const code of ['1-7-ABC123', '1-7-ABC123', '1-8-ABC123']) await type(code)
    const [first, again, other] = scans().map((body) => body['id'])
    expect(again).toBe(first)
    expect(other).not.toBe(first)
  })

  it('is refused with the time and gate of its use', async () => {
    next = { status: 200, body: { result: 'already-used', ticket, at, gate: 'South' } }
    const { html } = await type('1-7-ABC123')
    expect(html).toContain('data-look="no" data-result="already-used"')
    expect(html).toMatch(/Used .*2026.*, South\./)
    expect(html).not.toContain('/staff/fest/undo')
  })

  it('is refused when the API cannot accept it', async () => {
    next = { status: 422, body: { code: 'invalid-input' } }
    expect((await type('')).html).toContain('data-result="unknown"')
  })

  it('is answered with advice about a keyboard in Hangul mode', async () => {
    next = { status: 200, body: { result: 'unknown', why: 'unreadable' } }
    expect((await type('ㅜㅁ겨1.ㅎㅎ')).html).toContain('한/영')
    expect((await type('NARU1.x')).html).not.toContain('한/영')
  })

  it('H5: asks outside of the check-in window, and admits once that is confirmed', async () => {
    next = { status: 200, body: { result: 'outside-window', ticket, ...WINDOW } }
    const { html } = await type('1-7-ABC123')
    expect(html).toContain('data-look="ask" data-result="outside-window"')
    expect(html).toMatch(/Check-in hours: Wed 1 July 2026, .* \(South Korea time\) to Thu 2 July 2026/)
    const [, forms = ''] = html.split('data-part="verdict-forms"')
    const fields = [...forms.slice(0, forms.indexOf('</div>')).matchAll(HIDDEN_FIELD)]
    const form = Object.fromEntries(fields.map(([, name = '', value = '']) => [name, value]))
    expect(form).toMatchObject({ code: '1-7-ABC123', gate: 'North', confirmed: 'outside-window' })
    next = { status: 201, body: { result: 'admitted', ticket, at, gate: 'North' } }
    await visit('staff', '/staff/fest/check-in', form)
    const [first, second] = scans()
    expect(first?.['confirmed']).toBeUndefined()
    expect(second).toMatchObject({ qr: '1-7-ABC123', confirmed: ['outside-window'] })
    // A separate scan: the first keeps its verdict.
    expect(second?.['id']).not.toBe(first?.['id'])
  })

  it('redirects to sign in, or back with a message, when it could not be sent', async () => {
    next = { status: 503, body: { code: 'unavailable' } }
    expect((await type('x')).headers.get('location')).toBe('/staff/fest?gate=North&flash=failed')
    const stranger = await visit(undefined, '/staff/fest/check-in', { code: 'x', gate: 'North' })
    expect(stranger.headers.get('location')).toBe('/sign-in?next=%2Fstaff')
  })

  it('can be undone', async () => {
    next = { status: 200, body: {} }
    const { headers } = await visit('staff', '/staff/fest/undo', { id: NONCE, gate: 'North' })
    expect(headers.get('location')).toBe('/staff/fest?gate=North&flash=undone')
    expect(asked).toMatchObject([{ method: 'DELETE', path: `/api/check-ins/${NONCE}` }])
  })
})

it('has a service worker that every browser can run, and that is revalidated each time', async () => {
  const assets = await openAssets()
  const { festivals } = gateway
  const unasked = () => Promise.reject(new Error('no page is asked for'))
  const worker = await createStaffPageRoutes({ festivals, assets, api: unasked }).request('/staff/worker.js')
  expect(worker.headers.get('content-type')).toBe('text/javascript; charset=utf-8')
  expect(worker.headers.get('cache-control')).toBe('no-cache')
  // Not a module, which some browsers do not accept as a worker.
  const code = await worker.text()
  expect(() => new Script(code)).not.toThrow()
})
