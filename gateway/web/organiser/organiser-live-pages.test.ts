import type { IncomingMessage, RequestListener } from 'node:http'
import { text } from 'node:stream/consumers'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { AdminAccount } from '../../../shared/api/admin-accounts.ts'
import type { FoundOrder } from '../../../shared/api/admin-orders.ts'
import type { ListedPayment } from '../../../shared/api/admin-payments.ts'
import type { RefundableOrder } from '../../../shared/api/admin-refunds.ts'
import type { RoomSettings } from '../../../shared/api/admin-rooms.ts'
import type { Change } from '../../../shared/api/changes.ts'
import type { DeadEmail, DeadPayment } from '../../../shared/api/dead-letters.ts'
import type { GateConflict } from '../../../shared/api/gate-record.ts'
import type { DeadLetter } from '../../../shared/api/payment-dead-letters.ts'
import type { Sale } from '../../../shared/api/sale.ts'
import { useRedis } from '../../../shared/testing/redis.ts'
import { makeGatewayKeys, openTestGateway, type TestGateway } from '../../testing/gateway.ts'
import { organiserGateText } from './text/organiser-gate.ts'

const { redis } = useRedis()
const keys = makeGatewayKeys()
const ORDER = '019a0000-0000-7000-8000-000000000001'
const TICKET = '019a0000-0000-7000-8000-000000000003'
const USED = '019a0000-0000-7000-8000-000000000004'
const ACCOUNT = '019a0000-0000-7000-8000-000000000002'
let gateway: TestGateway

/** The origin's responses, and the requests it received. */
let settings: RoomSettings
let sale: Sale | undefined
let changes: Change[]
let orders: FoundOrder[]
let refundable: RefundableOrder
let deadLetters: DeadLetter[]
let reversals: object[] = []
let charging: ListedPayment[]
let accounts: AdminAccount[]
let conflicts: GateConflict[]
let deadPayments: [number, unknown]
const deadPayment: DeadPayment = {
  ...{ id: 7, festival: { id: 'other', name: '<i>Other</i>' }, payment: ORDER, reason: 'no such hold' },
  ...{ attempts: 9, at: '2026-01-01T11:00:00.000Z' },
}
const deadEmail: DeadEmail = {
  ...{ id: ORDER, template: 'order-confirmed', to: 'kim@naru.test', error: 'ECONNREFUSED' },
  ...{ attempts: 9, createdAt: '2026-01-01T11:00:00.000Z' },
}
let refusal: { status: number; code: string } | undefined
let asked: { method: string; path: string; body: unknown }[]

beforeEach(() => {
  settings = {
    id: 'fest',
    lobbyAt: '2026-01-01T10:00:00.000Z',
    opensAt: '2026-01-01T11:00:00.000Z',
    closesAt: '2096-01-01T13:00:00.000Z',
    ...{
      ratePerSecond: 5,
      maxActive: 50,
      graceSeconds: 60,
      passSeconds: 600,
      holdSeconds: 300,
      entriesMax: 1000,
      entriesPerAddressMax: 0,
      proofOfWork: 0,
    },
    ...{ order: 'arrival', participantsPerNetworkMax: 20, participantsPerDomainMax: 5, beacon: 'preferred' },
    ...{ paused: false, notice: null, version: 3 },
  }
  sale = {
    ...{ room: 'fest', at: new Date().toISOString(), phase: 'open', entries: 1200, serving: 99 },
    draw: { participants: 700, overNetworkLimit: 12, overDomainLimit: 3, awaitsBeacon: false },
    ...{ waiting: 1100, called: 7, turnsRetained: 2, active: 31, maxActive: 50, ratePerSecond: 5 },
    ...{ version: 3, health: 0.5, epoch: 1 },
    ticketTypes: [{ type: 1, name: '<i>Day</i>', quantity: 400, free: 250, held: 50, sold: 100 }],
    origins: [
      {
        ...{ name: 'origin-1', lastSeenMsAgo: 900, health: 0.5 },
        load: {
          ...{ loopBusyShare: 0.69, loopDelayMs: 12.4, processCpuShare: 0.3 },
          ...{ machineCpuShare: 0.8, queueShare: 0.1 },
        },
      },
    ],
    payments: {
      ...{ waiting: 4, confirmed: 21, declined: 3, errors: 1 },
      ...{ deadLetters: 2, acceptedLong: 0, chargingLong: 0, refundingLong: 0, reversed: 0 },
    },
  }
  changes = []
  orders = [
    {
      id: ORDER,
      number: 'K7MP-3XQ2',
      account: { id: ACCOUNT, name: '<b>Kim</b>', email: 'kim@naru.test' },
      ...{ payment: ACCOUNT, amountMinor: 180_000, currency: 'KRW', createdAt: '2026-01-01T11:00:00.000Z' },
      ...{ state: 'owned', cancelledAt: null, refundedMinor: 0 },
      tickets: [{ type: 1, typeName: 'Day', quantity: 2 }],
    },
  ]
  refundable = {
    ...{ order: ORDER, number: 'K7MP-3XQ2', festival: 'fest', state: 'owned' },
    ...{
      amountMinor: 180_000,
      currency: 'KRW',
      remainingMinor: 180_000,
      isDeposit: false,
      isDisputed: false,
    },
    tickets: [TICKET, USED].map((id, i) => ({
      ...{ id, type: 1, typeName: '<i>Day</i>', number: i + 1, priceMinor: 90_000 },
      state: id === USED ? 'used' : 'valid',
    })),
    refunds: [],
  }
  deadLetters = []
  reversals = []
  charging = []
  conflicts = []
  accounts = [{ id: ACCOUNT, email: 'kim@naru.test', name: 'Kim', roles: ['fan', 'operator'], proven: true }]
  refusal = undefined
  deadPayments = [200, { payments: [deadPayment], next: 7 }]
  asked = []
})

async function answer(request: IncomingMessage): Promise<[number, unknown]> {
  const sent = await text(request)
  const path = request.url ?? ''
  if (path.startsWith('/api/catalogue/')) return problem(404, 'not-found')
  asked.push({ method: request.method ?? '', path, body: sent === '' ? undefined : JSON.parse(sent) })
  if (refusal !== undefined && request.method !== 'GET') return problem(refusal.status, refusal.code)
  switch (`${request.method} ${path.split('?')[0]}`) {
    case 'GET /api/catalogue':
      return [200, { festivals: [] }]
    case 'GET /api/me':
      return [200, { roles: ['fan', 'organiser', 'operator'], createsFestivals: true, gateFestivals: [] }]
    case 'GET /api/admin/festivals':
      return [200, { festivals: [] }]
    case 'GET /api/admin/dead-letters/payments':
      return deadPayments
    case 'GET /api/admin/dead-letters/emails':
      return [200, { emails: [deadEmail] }]
    case 'GET /api/admin/rooms/fest':
    case 'PATCH /api/admin/rooms/fest':
      return [200, settings]
    case 'GET /api/admin/rooms/fest/sale':
      return sale === undefined ? problem(404, 'not-found') : [200, sale]
    case 'GET /api/admin/changes':
    case 'GET /api/admin/rooms/fest/changes':
      return [200, { changes }]
    case 'GET /api/admin/rooms/fest/orders':
      return [200, { orders, next: ORDER }]
    case `GET /api/admin/orders/${ORDER}/refunds`:
      return [200, refundable]
    case `POST /api/admin/orders/${ORDER}/refunds`:
      return [202, refundable]
    case `POST /api/admin/orders/${ORDER}/cancellation`:
      return [202, {}]
    case 'GET /api/admin/rooms/fest/check-ins/conflicts':
      return [200, { conflicts, ...(path.includes('before=') ? {} : { next: 41 }) }]
    case 'GET /api/admin/rooms/fest/payments':
      return [200, { payments: path.includes('state=charging') ? charging : [] }]
    case 'GET /api/admin/rooms/fest/reversals':
      return [200, { reversals }]
    case 'POST /api/admin/rooms/fest/reversals/dp_1/settlement':
      return [204, undefined]
    case 'GET /api/admin/rooms/fest/payments/dead-letters':
      return [200, { deadLetters }]
    case 'POST /api/admin/rooms/fest/payments/dead-letters/7':
      return [204, undefined]
    case 'GET /api/admin/accounts':
      return [200, { accounts }]
    case `PATCH /api/admin/accounts/${ACCOUNT}`:
      return [200, accounts[0]]
    default:
      return problem(404, 'not-found')
  }
}

function problem(status: number, code: string): [number, unknown] {
  return [status, { type: `/problems/${code}`, title: code, status, code }]
}

const origin: RequestListener = async (request, response) => {
  const [status, body] = await answer(request)
  response.writeHead(status, { 'content-type': 'application/json' })
  response.end(body === undefined ? undefined : JSON.stringify(body))
}

beforeAll(async () => {
  gateway = await openTestGateway(redis(), origin, keys)
})

afterAll(() => gateway.close())

const session = keys.sessionOf(ACCOUNT, { roles: ['organiser'], name: 'Olla' })

async function visit(
  path: string,
  { form, language = 'en', cookie = `__Host-naru-session=${session}` }: Visit = {},
) {
  const response = await gateway.app.request(path, {
    method: form === undefined ? 'GET' : 'POST',
    headers: {
      ...{ accept: 'text/html', 'accept-language': language, cookie },
      ...(form === undefined ? {} : { 'content-type': 'application/x-www-form-urlencoded' }),
    },
    ...(form === undefined ? {} : { body: new URLSearchParams(form).toString() }),
  })
  const { status, headers } = response
  return { status, location: headers.get('location'), headers, html: await response.text() }
}

type Visit = { form?: Record<string, string>; language?: string; cookie?: string }

/** What the browser would send when the one form with this action is submitted unchanged. */
function formIn(html: string, action: string): Record<string, string> {
  const form = html.split('<form').find((each) => each.includes(`action="${action}"`)) ?? ''
  const inputs = form.split('</form>')[0]?.matchAll(/name="([^"]+)" value="([^"]*)"/g) ?? []
  return Object.fromEntries([...inputs].map(([, name = '', value = '']) => [name, value]))
}

const writes = () => asked.filter(({ method }) => method !== 'GET')
const live = '/organiser/festivals/fest/live'

describe('the live sale', () => {
  it('shows every number without JavaScript, and names as text', async () => {
    const { status, html, headers } = await visit(live)
    expect(status).toBe(200)
    expect(headers.get('cache-control')).toBe('no-store')
    const tile = (name: string) => new RegExp(`data-part="tile-${name}">([^<]*)<`).exec(html)?.[1]
    expect(['waiting', 'called', 'active', 'held', 'sold', 'rate', 'declined'].map(tile)).toEqual([
      '1,100',
      '7',
      '31',
      '50',
      '100',
      '2.5',
      '3',
    ])
    expect(html).toContain('Payments that need attention: 2')
    expect(html).toContain('&lt;i&gt;Day&lt;/i&gt;')
    expect(html).toContain('origin-1')
    expect(html).toContain('69%')
    expect(html).not.toMatch(/ style=|<script>/)
  })

  it('reports that the festival is not published, and still offers its controls', async () => {
    sale = undefined
    const { status, html } = await visit(live)
    expect(status).toBe(200)
    expect(html).toContain('Figures appear once the festival is published')
    expect(html).toContain('name="hand" value="paused"')
  })

  it('is available in Korean', async () => {
    const { html } = await visit(live, { language: 'ko' })
    expect(html).toContain('판매 제어')
    expect(html).toContain('1,100')
  })

  it('shows the latest change, its author, and the values before and after', async () => {
    changes = [
      {
        ...{ id: 1, at: '2026-01-01T11:00:00.000Z', account: { id: ACCOUNT, name: 'Olla' } },
        ...{ action: 'room.change', before: { ratePerSecond: 5 }, after: { ratePerSecond: 8 } },
      },
    ]
    const { html } = await visit(`${live}?done`)
    expect(html).toMatch(/Olla.*Admitted per second:<\/span> 5 → 8/s)
    expect(html).toContain('role="status">Done')
  })

  it('redirects a visitor who is not signed in to sign in and back, and returns 404 for an unknown festival', async () => {
    for (const path of [live, '/organiser/festivals/fest/orders?q=a', '/organiser/accounts']) {
      const { status, location } = await visit(path, { cookie: '' })
      expect([status, location]).toEqual([303, `/sign-in?next=${encodeURIComponent(path)}`])
    }
    expect((await visit('/organiser/festivals/nowhere/live')).status).toBe(404)
  })
})

describe('C2: the limits of a draw', () => {
  it('can be set for rooms with a draw, which show the resulting counts', async () => {
    const arrival = await visit(live)
    expect(arrival.html).not.toContain('In the draw')
    expect(arrival.html).not.toContain('participantsPerNetworkMax')
    settings = { ...settings, order: 'draw', lobbyAt: '2096-01-01T10:00:00.000Z' }
    const { html } = await visit(live)
    expect(html).toMatch(
      /data-part="note-participants">excluded by the limit per network: 12, per e-mail domain: 3</,
    )
    expect(html).toMatch(/data-part="tile-participants">700</)
    for (const [control, value] of [
      ['participantsPerNetworkMax', '40'],
      ['participantsPerDomainMax', '0'],
      ['beacon', 'required'],
    ] as const) {
      expect(html).toContain(`id="${control}"`)
      const asking = await visit(`${live}/confirm`, { form: { control, [control]: value } })
      expect(asking.status).toBe(200)
      await visit(`${live}/change`, { form: formIn(asking.html, `${live}/change`) })
    }
    expect(writes().map((each) => each.body)).toEqual([
      { participantsPerNetworkMax: 40 },
      { participantsPerDomainMax: 0 },
      { beacon: 'required' },
    ])
  })

  it('are shown with a notice that no fan is called while the draw waits for the beacon', async () => {
    settings = { ...settings, order: 'draw' }
    if (sale !== undefined) sale = { ...sale, draw: { ...sale.draw, awaitsBeacon: true } }
    expect((await visit(live)).html).toContain(
      'nobody is admitted yet: the draw is waiting for the public beacon',
    )
  })

  it('are shown with a read-only beacon rule once the lobby has opened', async () => {
    settings = { ...settings, order: 'draw' }
    const { html } = await visit(live)
    expect(html).toContain('Preferred: continue after a minute without it')
    expect(html).not.toContain('name="beacon"')
  })
})

describe('the controls of a sale', () => {
  it('asks for confirmation, and then makes exactly the confirmed change', async () => {
    const asking = await visit(`${live}/confirm`, { form: { control: 'ratePerSecond', ratePerSecond: '20' } })
    expect(asking.status).toBe(200)
    expect(asking.html).toMatch(/Admitted per second<\/th><td><span class="from-to">5<.*from-to">20</s)
    expect(asking.html).toContain('1,100 people are waiting right now, and 31 are shopping.')
    expect(writes()).toEqual([])

    const form = formIn(asking.html, `${live}/change`)
    expect(form).toEqual({ control: 'ratePerSecond', ratePerSecond: '20', version: '3' })
    expect(await visit(`${live}/change`, { form })).toMatchObject({ status: 303, location: `${live}?done` })
    expect(writes()).toEqual([
      { method: 'PATCH', path: '/api/admin/rooms/fest', body: { ratePerSecond: 20 } },
    ])
  })

  it.each([
    ['resume', { control: 'phase', hand: 'resume' }, { phase: 'open' }, 'Admission resumes immediately'],
    ['close', { control: 'phase', hand: 'closed' }, { phase: 'closed' }, 'told that the sale has ended'],
    ['notice', { control: 'notice', noticeKo: '곧', noticeEn: '' }, { notice: { ko: '곧', en: null } }, '곧'],
    ['proof', { control: 'proofOfWork', proofOfWork: '50' }, { proofOfWork: 50 }, 'needs JavaScript'],
  ])('says what fans will feel: %s', async (_, form, body, words) => {
    const asking = await visit(`${live}/confirm`, { form: form as Record<string, string> })
    expect(asking.html).toContain(words)
    await visit(`${live}/change`, { form: formIn(asking.html, `${live}/change`) })
    expect(writes().map((each) => each.body)).toEqual([body])
  })

  it('M14: pause immediately, whatever was changed since the page was shown, and ask before resuming', async () => {
    const { html } = await visit(live)
    const form = formIn(html, `${live}/change`)
    expect(form).toEqual({ control: 'phase', hand: 'paused' })
    settings = { ...settings, version: 4 }
    expect(await visit(`${live}/change`, { form })).toMatchObject({ status: 303, location: `${live}?done` })
    expect(writes().map((each) => each.body)).toEqual([{ phase: 'paused' }])
    if (sale !== undefined) sale = { ...sale, phase: 'paused' }
    const paused = await visit(live)
    expect(paused.html).not.toContain('value="paused"')
    expect(formIn(paused.html, `${live}/change`)).toEqual({})
    expect((await visit(`${live}/change`, { form: { control: 'phase', hand: 'resume' } })).status).toBe(409)
    expect(writes()).toHaveLength(1)
  })

  it.each<[Sale['phase'], string[]]>([
    ['scheduled', ['lobby', 'open', 'closed']],
    ['lobby', ['open', 'closed']],
    ['open', ['paused', 'closed']],
    ['restoring', ['paused', 'closed']],
    ['paused', ['resume', 'closed']],
    ['closed', ['reopen']],
  ])('M14: offer at the top of the page the manual actions of a sale that is %s', async (phase, hands) => {
    if (sale !== undefined) sale = { ...sale, phase }
    const { html } = await visit(live)
    const [top = ''] = html.split('class="tiles"')
    expect([...top.matchAll(/name="hand" value="(\w+)"/g)].map(([, hand]) => hand)).toEqual(hands)
    expect(html.match(/name="hand"/g)).toHaveLength(hands.length)
    expect(top).toContain('name="noticeKo"')
  })

  it('M14: pass their phase and version to the page’s module, and show the notice that fans see', async () => {
    settings = { ...settings, notice: { ko: null, en: '<b>Rain' } }
    const { html } = await visit(live)
    expect(html).toContain('Showing now: <q lang="en">&lt;b&gt;Rain</q>')
    expect(html).toContain('"phase":"open","version":3}')
  })

  it('show validation errors at their fields, and preserve the input', async () => {
    const { status, html } = await visit(`${live}/confirm`, {
      form: { control: 'maxActive', maxActive: '100001' },
    })
    expect(status).toBe(422)
    expect(html).toMatch(/id="maxActive"[^>]*value="100001"[^>]*aria-invalid="true"/)
    expect(html).toContain('id="maxActive-error" role="alert">Enter a whole number from 1 to 100,000')
    expect(writes()).toEqual([])
  })

  it('ask again when another user has changed the settings meanwhile', async () => {
    const form = { control: 'ratePerSecond', ratePerSecond: '20', version: '2' }
    const { status, html } = await visit(`${live}/change`, { form })
    expect(status).toBe(409)
    expect(html).toContain('Someone else changed the settings')
    expect(formIn(html, `${live}/change`)).toMatchObject({ version: '3' })
    expect(writes()).toEqual([])
  })

  it('explain what the sale does not allow', async () => {
    refusal = { status: 409, code: 'conflict' }
    const form = { control: 'phase', hand: 'lobby', version: '3' }
    const { status, html } = await visit(`${live}/change`, { form })
    expect(status).toBe(409)
    expect(html).toContain('possible in the sale’s current state')
  })

  it('ignore fields that the page does not have', async () => {
    for (const step of ['confirm', 'change']) {
      const form = { control: 'drawSecret', drawSecret: 'x', version: '3' }
      expect(await visit(`${live}/${step}`, { form })).toMatchObject({ status: 303, location: live })
    }
    expect(writes()).toEqual([])
  })

  it('accept no form from another site', async () => {
    const response = await gateway.app.request(`${live}/change`, {
      method: 'POST',
      headers: { cookie: `__Host-naru-session=${session}`, 'sec-fetch-site': 'cross-site' },
      body: new URLSearchParams({ control: 'phase', hand: 'closed', version: '3' }),
    })
    expect(response.status).toBe(403)
    expect(writes()).toEqual([])
  })
})

describe('orders', () => {
  const path = '/organiser/festivals/fest/orders'

  it('are searched and filtered by the API, and exported with the same filter', async () => {
    const { html } = await visit(`${path}?q=kim%20%26&state=owned`)
    expect(asked.map((each) => each.path)).toContain(
      '/api/admin/rooms/fest/orders?q=kim+%26&state=owned&limit=50',
    )
    expect(html).toContain(
      'href="/api/admin/rooms/fest/orders.csv?q=kim+%26&amp;state=owned&amp;language=en"',
    )
    expect(html).toContain(`href="${path}?q=kim+%26&amp;state=owned&amp;before=${ORDER}"`)
    expect(html).toContain('value="kim &amp;"')
    expect(html).toContain('&lt;b&gt;Kim&lt;/b&gt;')
    expect(html).toContain('₩180,000')
  })

  it('are all shown for an address with invalid filters', async () => {
    for (const odd of ['state=x', 'type=abc', 'before=zzz', 'state=x&type=-1&before=']) {
      asked = []
      const { status, html } = await visit(`${path}?${odd}`)
      expect(status).toBe(200)
      expect(html).toContain('K7MP-3XQ2')
      expect(asked.map((each) => each.path)).toContain('/api/admin/rooms/fest/orders?limit=50')
    }
    await visit(`${path}?type=1&before=${ORDER}`)
    expect(asked.map((each) => each.path)).toContain(
      `/api/admin/rooms/fest/orders?type=1&before=${ORDER}&limit=50`,
    )
  })

  it('are cancelled with a reason, after confirmation', async () => {
    const { html } = await visit(`${path}/${ORDER}`)
    expect(html).toContain(`href="${path}/${ORDER}/cancel">Cancel order</a>`)
    expect(html).not.toContain('<form method="post" action="/organiser')
    const asking = await visit(`${path}/${ORDER}/cancel`)
    expect(asking.html).toContain('Cancel order K7MP-3XQ2?')
    expect(asking.html).toContain(
      '2 tickets will be cancelled now and ₩180,000 refunded to &lt;b&gt;Kim&lt;/b&gt;',
    )
    expect(asking.html).toContain('>Cancel 2 tickets</button>')
    expect(writes()).toEqual([])
    const cancelled = await visit(`${path}/${ORDER}/cancel`, { form: { reason: ' fraud ' } })
    expect(cancelled.location).toBe(`${path}/${ORDER}?flash=cancelled`)
    expect(writes()).toEqual([
      {
        method: 'POST',
        path: `/api/admin/orders/${ORDER}/cancellation`,
        body: { reason: 'fraud' },
      },
    ])
    expect((await visit(cancelled.location ?? '')).html).toContain('The refund is on its way')
  })

  it('show why they cannot be cancelled', async () => {
    refusal = { status: 409, code: 'checked-in' }
    const { location } = await visit(`${path}/${ORDER}/cancel`, { form: { reason: 'x' } })
    expect((await visit(location ?? '')).html).toContain('has been used at the gate')
  })

  it('are refunded in part: some tickets, an amount, or both', async () => {
    expect((await visit(`${path}/${ORDER}`)).html).toContain(`href="${path}/${ORDER}/refund">`)
    const { html } = await visit(`${path}/${ORDER}/refund`)
    expect(html).toContain(`name="ticket" value="${TICKET}"> &lt;i&gt;Day&lt;/i&gt;, no. 1 · ₩90,000`)
    expect(html).toContain(`value="${USED}" disabled`)
    expect(html).toContain('₩180,000 of ₩180,000 can still be refunded')
    expect(html).not.toContain('Account for the refund')
    const key = /name="key" value="([^"]+)"/.exec(html)?.[1] ?? ''
    const form = { key, ticket: TICKET, amount: '80,000', reason: ' ill ' }
    const sent = await visit(`${path}/${ORDER}/refund`, { form })
    expect(sent.location).toBe(`${path}/${ORDER}?flash=refunded`)
    expect(writes()).toEqual([
      {
        method: 'POST',
        path: `/api/admin/orders/${ORDER}/refunds`,
        body: { tickets: [TICKET], amountMinor: 80_000, reason: 'ill' },
      },
    ])
    expect((await visit(sent.location ?? '')).html).toContain('Refund requested.')
  })

  it('keep what was entered for a refund that is refused, and say why', async () => {
    const form = { key: ACCOUNT, ticket: TICKET, amount: '1', reason: 'ill' }
    refusal = { status: 409, code: 'refund-too-large' }
    const refused = await visit(`${path}/${ORDER}/refund`, { form })
    expect(refused.status).toBe(422)
    expect(refused.html).toContain('That’s more than is left to refund.')
    expect(refused.html).toContain(`value="${TICKET}" checked`)
    expect(refused.html).toContain(`name="key" value="${ACCOUNT}"`)
    refusal = undefined
    asked = []
    const odd = await visit(`${path}/${ORDER}/refund`, { form: { ...form, amount: '1.2.3' }, language: 'ko' })
    expect(odd.html).toContain('12000과 같이 금액을 입력하세요.')
    expect(writes()).toEqual([])
  })

  it('ask for an account where the order was paid by deposit, and only there', async () => {
    refundable.isDeposit = true
    const { html } = await visit(`${path}/${ORDER}/refund`)
    for (const name of ['bank', 'accountNumber', 'holder']) expect(html).toContain(`name="${name}" required`)
    const account = { bank: '국민은행', accountNumber: '12-34', holder: 'Kim' }
    const form = { key: ACCOUNT, amount: '500', reason: 'ill', ...account }
    await visit(`${path}/${ORDER}/refund`, { form })
    expect(writes()).toMatchObject([{ body: { refundAccount: account, tickets: [] } }])
  })

  it('show each refund in part with its state, and why nothing more can be refunded', async () => {
    const refund = {
      ...{ id: ORDER, amountMinor: 90_000, tickets: [TICKET], reason: '<u>ill</u>', endedAt: null },
      ...{ createdAt: '2026-01-02T11:00:00.000Z', by: { id: ACCOUNT, name: 'Olla' }, failure: null },
    }
    refundable.refunds = [
      { ...refund, state: 'pending', atProvider: true },
      { ...refund, state: 'failed', atProvider: false, failure: 'card closed', tickets: [] },
    ]
    refundable.isDisputed = true
    const { html } = await visit(`${path}/${ORDER}`)
    expect(html).toContain('Being processed by the payment provider')
    expect(html).toContain('Refused by the payment provider; the tickets are valid again (card closed)')
    expect(html).toContain('&lt;u&gt;ill&lt;/u&gt;')
    expect(html).toContain('Amount only')
    expect(html).toContain('This payment is disputed.')
    expect(html).not.toContain(`${ORDER}/refund"`)
    refundable = { ...refundable, isDisputed: false, remainingMinor: 0 }
    expect((await visit(`${path}/${ORDER}`)).html).toContain('Nothing is left to refund.')
  })

  it('are not found by a part of their ID', async () => {
    expect((await visit(`${path}/${ORDER.slice(0, 20)}`)).status).toBe(404)
  })
})

describe('M10: the conflicts at the gates', () => {
  const path = '/organiser/festivals/fest/gate'

  it('are listed with every scan, both verdicts and the device’s clock offset, in both languages', async () => {
    const scan: GateConflict['scans'][number] = {
      ...{ at: '2026-07-01T10:00:00.000Z', gate: '<b>North', confirmed: [] },
      ...{ id: ORDER, receivedAt: '2026-07-01T10:00:01.000Z', deviceAt: '2026-07-01T10:10:00.000Z' },
      ...{ device: null, letIn: true, staff: { id: ACCOUNT, name: 'Dana' } },
      ...{ verdict: 'admitted', serverVerdict: 'already-used', isOffline: true, undoneAt: null },
      ...{ deviceOffsetMs: -600_000, clockDoubtful: false },
    }
    const online = { serverVerdict: 'admitted', isOffline: false, deviceOffsetMs: 120 } as const
    const ticket = { type: 1, typeName: 'Day', number: 7, holder: 'Pana <i>Fan', order: 'K7MP-3XQ2' }
    conflicts = [
      {
        id: 9,
        kinds: ['admitted-twice'],
        ticket,
        scans: [scan, { ...scan, ...online, confirmed: ['flagged'] }],
      },
      { id: 8, kinds: ['unknown-admitted'], ticket: null, scans: [{ ...scan, clockDoubtful: true }] },
    ]
    const { status, html, headers } = await visit(path)
    expect([status, headers.get('cache-control')]).toEqual([200, 'no-store'])
    expect(html).toContain('Admitted more than once')
    expect(html).toContain('Day · No. 7 · Pana &lt;i&gt;Fan · Order K7MP-3XQ2')
    expect(html).toContain(
      '<td>Admitted (offline)</td><td>Already used</td><td>10 minutes fast, corrected</td>',
    )
    expect(html).toContain('<td>Admitted (confirmed by staff)</td><td>Admitted</td><td>correct</td>')
    expect(html).toContain(organiserGateText.en.clock.doubtful)
    expect(html).toContain('href="/organiser/festivals/fest/gate?before=41"')
    expect(html).toContain('href="/api/admin/rooms/fest/check-ins/scans.csv?language=en"')
    expect(html).not.toContain('<b>North')
    const korean = await visit(path, { language: 'ko' })
    expect(korean.html).toContain('두 번 이상 입장')
    expect(korean.html).toContain('10분 빠름(보정됨)')
  })

  it('are paged, and show when there are none', async () => {
    expect((await visit(`${path}?before=x`)).html).toContain(organiserGateText.en.noneHere)
    const { html } = await visit(`${path}?before=41`)
    expect(asked.at(-1)?.path).toContain('before=41')
    expect(html).toContain(organiserGateText.en.noneHere)
  })

  it('redirect visitors who are not signed in', async () => {
    expect((await visit(path, { cookie: '' })).location).toBe(`/sign-in?next=${encodeURIComponent(path)}`)
  })
})

describe('payments that need attention', () => {
  const path = '/organiser/festivals/fest/payments'

  it('are retried or dismissed, each after confirmation', async () => {
    const deadLetter = {
      ...{ id: 7, entry: '1-0', fields: {}, reason: 'nonsense', attempts: 12 },
      at: '2026-01-01T11:00:00.000Z',
    }
    deadLetters = [
      { ...deadLetter, payment: ORDER },
      { ...deadLetter, id: 8 },
    ]
    const { html } = await visit(path)
    expect(html.match(/value="retry"/g)).toHaveLength(1)
    expect(html.match(/value="dismiss"/g)).toHaveLength(2)
    for (const action of ['retry', 'dismiss']) {
      const { location } = await visit(`${path}/7`, { form: { action } })
      expect((await visit(location ?? '')).html).toContain('class="notice good" role="status"')
    }
    expect(writes().map(({ body }) => body)).toEqual([{ action: 'retry' }, { action: 'dismiss' }])
  })

  it('H4: include refunds and disputes made at the provider, until they are marked as seen', async () => {
    const at = '2026-01-01T11:00:00.000Z'
    const one = { id: 'dp_1', kind: 'dispute', state: 'open', amountMinor: 4000, currency: 'KRW', madeAt: at }
    reversals = [
      { ...one, settledAt: null, order: ORDER, orderNumber: 'K7MP-3XQ2', account: { name: 'Kim' } },
      {
        ...one,
        id: 're_1',
        kind: 'refund',
        state: 'done',
        settledAt: at,
        order: null,
        account: { name: 'Lee' },
      },
    ]
    const { html } = await visit(path)
    expect(html).not.toContain('No payment needs attention.')
    expect(html).toContain('Dispute open')
    expect(html).toContain('₩4,000')
    expect(html).toContain(`orders/${ORDER}"><code>K7MP-3XQ2</code>`)
    expect(html.match(/action="[^"]*reversals\/[^"]*"/g)).toEqual([
      'action="/organiser/festivals/fest/reversals/dp_1"',
    ])
    const settled = await visit('/organiser/festivals/fest/reversals/dp_1', { form: {} })
    expect(settled.location).toBe(`${path}?flash=settled`)
    expect((await visit(settled.location ?? '')).html).toContain('class="notice good" role="status"')
    expect(writes().map((each) => each.path)).toEqual(['/api/admin/rooms/fest/reversals/dp_1/settlement'])
  })

  it('include only those that take longer than a minute', async () => {
    expect((await visit(path)).html).toContain('No payment needs attention.')
    const [, cursor = ''] =
      /state=charging&before=([0-9a-f-]+)/.exec(asked.map((each) => each.path).join()) ?? []
    const at = Number.parseInt(cursor.replace('-', '').slice(0, 12), 16)
    expect(at).toBeLessThanOrEqual(Date.now() - 60_000)
    expect(at).toBeGreaterThan(Date.now() - 90_000)
  })
})

describe('the page of dead letters', () => {
  it('shows those of all festivals, each list with its own pages, with the responsible team', async () => {
    const { html } = await visit('/organiser/dead-letters?emails=019a0000-0000-7000-8000-000000000009')
    expect(html).toContain('&lt;i&gt;Other&lt;/i&gt; · <a href="/organiser/festivals/other/team">')
    expect(html).toContain('Order confirmation')
    expect(html).toContain('kim@naru.test')
    const paths = asked.map(({ path }) => path)
    expect(paths).toContain('/api/admin/dead-letters/payments?limit=20')
    expect(paths).toContain(
      '/api/admin/dead-letters/emails?limit=20&before=019a0000-0000-7000-8000-000000000009',
    )
    // The next page of payments, with the e-mails where they are.
    expect(html).toContain(
      'href="/organiser/dead-letters?payments=7&amp;emails=019a0000-0000-7000-8000-000000000009"',
    )
    const korean = await visit('/organiser/dead-letters', { language: 'ko' })
    expect(korean.html).toContain('예매 확인')
  })

  it('is for operators, whose list of festivals has a link to it', async () => {
    deadPayments = problem(403, 'forbidden')
    expect((await visit('/organiser/dead-letters')).status).toBe(403)
    expect((await visit('/organiser')).html).toContain('href="/organiser/dead-letters"')
  })
})

describe('roles', () => {
  it('show a warning for an account with an unconfirmed address, which anyone can have created', async () => {
    accounts = accounts.map((account) => ({ ...account, proven: false }))
    const { html } = await visit('/organiser/accounts?q=kim')
    expect(html).toContain('kim@naru.test · address not confirmed')
  })

  it('are found by address, and granted and removed after confirmation', async () => {
    const { html } = await visit('/organiser/accounts?q=kim')
    expect(html).toContain('Remove operator role')
    expect(html).toContain('Make organiser')
    expect(html).toContain('Kim will be able to create festivals')
    expect(html).toContain('kim@naru.test · address confirmed')
    const { location } = await visit(`/organiser/accounts/${ACCOUNT}`, {
      form: { q: 'kim', role: 'organiser', give: 'yes' },
    })
    expect(location).toBe('/organiser/accounts?q=kim&flash=given')
    await visit(`/organiser/accounts/${ACCOUNT}`, { form: { q: 'kim', role: 'operator', give: 'no' } })
    expect(writes().map(({ body }) => body)).toEqual([{ organiser: true }, { operator: false }])
  })

  it('cannot be granted before the account’s address is confirmed, as the page explains', async () => {
    refusal = { status: 409, code: 'account-unproven' }
    const form = { q: 'kim', role: 'organiser', give: 'yes' }
    const { location } = await visit(`/organiser/accounts/${ACCOUNT}`, { form })
    expect((await visit(location ?? '')).html).toContain('account’s address isn’t confirmed')
  })

  it('cannot be removed from one’s own account, as the page explains', async () => {
    refusal = { status: 409, code: 'conflict' }
    const form = { q: 'kim', role: 'operator', give: 'no' }
    const { location } = await visit(`/organiser/accounts/${ACCOUNT}`, { form })
    expect((await visit(location ?? '')).html).toContain('t remove your own operator role')
  })
})

it('the change log of a festival and of everything shows any entry', async () => {
  changes = [
    {
      ...{ id: 9, at: '2026-01-01T11:00:00.000Z', account: { id: ACCOUNT, name: 'Olla' } },
      ...{ action: 'some.thing', subject: 'account:x' },
      before: { roles: ['fan'], odd: null, notice: { ko: '<u>', en: null } },
      after: { roles: ['fan', 'staff'], paused: true },
    },
  ]
  for (const path of ['/organiser/changes', '/organiser/festivals/fest/changes']) {
    const { status, html } = await visit(path)
    expect(status).toBe(200)
    expect(html).toContain('some.thing')
    expect(html).toContain('fan → fan, staff')
    expect(html).toContain('&lt;u&gt;')
  }
})
