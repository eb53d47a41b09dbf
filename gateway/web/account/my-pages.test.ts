import { randomUUID } from 'node:crypto'
import { Script } from 'node:vm'
import { Hono } from 'hono'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { Order } from '../../../shared/api/orders.ts'
import type { Refund } from '../../../shared/api/refunds.ts'
import type { Catalogue } from '../../../shared/catalogue.ts'
import { problemHandler } from '../../../shared/http/problems.ts'
import { REFUND_REASONS } from '../../../shared/refund-reasons.ts'
import { createLogger } from '../../../shared/runtime/log.ts'
import { testFestival } from '../../../shared/testing/catalogue.ts'
import { readPdf } from '../../../shared/testing/pdf.ts'
import { useRedis } from '../../../shared/testing/redis.ts'
import type { Role } from '../../../shared/tokens/kinds.ts'
import { createPageApi } from '../../api/page-api.ts'
import { makeGatewayKeys, openTestGateway, type TestGateway } from '../../testing/gateway.ts'
import { openAssets } from '../assets/assets.ts'
import { detectLanguage } from '../i18n/language.ts'
import { COPY_MARK } from '../layout/copy-mark.ts'
import type { PageEnv } from '../layout/page-context.ts'
import { createProblemPages } from '../problem-pages.ts'
import { createMyPageRoutes } from './my-pages.ts'
import { mineText } from './text/mine.ts'

const { redis } = useRedis()
const keys = makeGatewayKeys()
const at = '2030-05-01T01:00:00.000Z'
const [OWNER, STRANGER] = [randomUUID(), randomUUID()]
const { en: text } = mineText

const catalogue: Catalogue = {
  festivals: [
    testFestival('fest', {
      at,
      name: '달빛 <b>나루',
      ticketTypes: [
        {
          ...{ id: 1, name: '주말', priceMinor: 15_000, accountLimit: 4 },
          ...{ saleFrom: at, saleTo: at, refundUntil: '2020-05-01T01:00:00.000Z' },
        },
      ],
    }),
  ],
}
let order: Order
let refunds: Refund[]
/** The signed-in user, as the origin knows them. */
let roles: Role[]
let gateway: TestGateway

beforeAll(async () => {
  const origin = new Hono()
  const accountOf = (authorization = '') => {
    const [, claims = ''] = authorization.split('.')
    return (JSON.parse(Buffer.from(claims, 'base64url').toString()) as { sub: string }).sub
  }
  origin.get('/api/catalogue', (c) => c.json(catalogue))
  origin.get('/api/catalogue/:id', (c) => c.notFound())
  origin.get('/api/me', (c) => c.json({ id: OWNER, name: 'Haneul', email: 'h@naru.test', roles }))
  origin.get('/api/orders', (c) => {
    const { tickets, ...summary } = order
    const isList = c.req.query('tickets') === 'none'
    return c.json({ orders: isList ? [{ ...summary, ticketCount: tickets.length }] : [] })
  })
  origin.get('/api/refunds', (c) => c.json({ refunds }))
  origin.get('/api/orders/:order', (c) => {
    const isOwner = accountOf(c.req.header('authorization')) === OWNER
    return isOwner && c.req.param('order') === order.id
      ? c.json(order)
      : c.json({ status: 404, code: 'not-found' }, 404)
  })
  gateway = await openTestGateway(redis(), origin, keys)
  await gateway.festivals.refresh()
})

afterAll(() => gateway.close())

beforeEach(() => {
  roles = ['fan']
  refunds = []
  const ticket = {
    type: 1,
    typeName: '주말',
    code: 'code',
    qr: 'NARU1.fest.1.7.code',
    typed: '1-7-ABCDEF',
    void: false,
  }
  order = {
    ...{ id: randomUUID(), festival: 'fest', amountMinor: 30_000, currency: 'KRW', createdAt: at },
    ...{ number: 'K7MP-3XQ2', holder: 'Haneul Kim', payment: randomUUID() },
    ...{ cancelledAt: null, ticketCount: 3, refundedMinor: 0, refunds: [] },
    state: 'owned',
    tickets: [7, 8, 9].map((number) => ({ ...ticket, id: randomUUID(), number, void: number === 8 })),
  }
})

const sessionOf = (account: string) => `__Host-naru-session=${keys.sessionOf(account)}`

const ask = (path: string, cookie = sessionOf(OWNER), language = 'en') =>
  gateway.app.request(path, { headers: { accept: 'text/html', 'accept-language': language, cookie } })

const pageOf = async (path: string) => await (await ask(path)).text()

describe('My page', () => {
  it.each<[Role[], string[]]>([
    [['fan'], []],
    [['fan', 'staff'], ['/staff']],
    [
      ['fan', 'staff', 'organiser'],
      ['/organiser', '/staff'],
    ],
  ])('leads %j to what their roles are for, whatever the session was made with', async (now, links) => {
    roles = now
    const page = await pageOf('/me')
    const shown = ['/organiser', '/staff'].filter((path) => page.includes(`href="${path}"`))
    expect(shown).toEqual(links)
  })

  it('H9: shows payments that were refunded without an order, and why, in both languages', async () => {
    const refund = {
      payment: randomUUID(),
      festival: 'fest',
      amountMinor: 2000,
      currency: 'KRW',
      createdAt: at,
    }
    expect(await pageOf('/me')).not.toContain(text.refunds)
    refunds = [
      { ...refund, state: 'refunded', reason: REFUND_REASONS.overLimit },
      { ...refund, state: 'refunding', reason: REFUND_REASONS.holdPaid },
      { ...refund, state: 'refunded' },
    ]
    const english = await pageOf('/me')
    expect(english).toContain(
      'You already have as many tickets as one account may buy. You’ve been refunded.',
    )
    expect(english).toContain(
      'You’ve already bought these tickets with another payment. We’re refunding you in full.',
    )
    expect(english).toContain('<p>You’ve been refunded.</p>')
    const korean = await (await ask('/me', sessionOf(OWNER), 'ko')).text()
    expect(korean).toContain('계정당 예매 한도를 이미 채우셨습니다. 환불이 완료되었습니다.')
  })

  it('H2: lists orders with the number of their tickets, without requesting the tickets', async () => {
    expect(await pageOf('/me')).toContain('3 tickets')
  })

  it('includes, with its orders, a hidden notice for offline copies with the time of rendering', async () => {
    const before = Date.now()
    for (const path of ['/me', `/orders/${order.id}`]) {
      const [, notice = ''] =
        new RegExp(`<p [^>]*${COPY_MARK.hidden}>(.*?)</p>`).exec(await pageOf(path)) ?? []
      expect(notice).toContain(text.copy.before)
      expect(notice).toContain(`href="${path}"`)
      const [, made = ''] = /datetime="([^"]*)"/.exec(notice) ?? []
      expect(Date.parse(made)).toBeGreaterThanOrEqual(before)
    }
  })

  it('has a service worker that every browser can run, and that is revalidated each time', async () => {
    const unasked = () => Promise.reject(new Error('nothing is asked for'))
    const renderer = { render: unasked }
    const { verifiers } = keys
    const deps = { festivals: gateway.festivals, api: unasked, renderer, verifiers, now: Date.now }
    const app = createMyPageRoutes({ ...deps, assets: await openAssets() })
    const worker = await app.request('/tickets-worker.js')
    expect(worker.headers.get('content-type')).toBe('text/javascript; charset=utf-8')
    expect(worker.headers.get('cache-control')).toBe('no-cache')
    // Not a module, which some browsers do not accept as a worker.
    const code = await worker.text()
    expect(() => new Script(code)).not.toThrow()
  })
})

describe('the tickets that a browser has cached', () => {
  it.each(['/sign-in', '/sign-in?done=here', '/sign-up', '/new-password?token=any'])(
    'are cleared where sessions begin and end: %s',
    async (path) => expect(await pageOf(path)).toContain('src="/assets/forget.js"'),
  )
})

describe('H2: an order of many tickets', () => {
  beforeEach(() => {
    const [ticket] = order.tickets
    const tickets = Array.from({ length: 120 }, (_, n) => ({
      ...{ type: 1, typeName: 'Day', code: 'code', typed: 'typed', void: false },
      ...ticket,
      ...{ id: randomUUID(), number: n + 1, qr: `NARU1.fest.1.${n + 1}.code` },
    }))
    order = { ...order, tickets }
  })

  it.each([
    ['', 50, text.range(1, 50, 120), ['?page=2']],
    ['?page=2', 50, text.range(51, 100, 120), ['?page=1', '?page=3']],
    ['?page=3', 20, text.range(101, 120, 120), ['?page=2']],
    ['?page=9999', 20, text.range(101, 120, 120), ['?page=2']],
    ['?page=-1e9', 50, text.range(1, 50, 120), ['?page=2']],
    ['?page=x', 50, text.range(1, 50, 120), ['?page=2']],
  ])('has a page for fifty of them, with their codes alone: %s', async (query, count, range, links) => {
    const page = await pageOf(`/orders/${order.id}${query}`)
    expect(page.match(/<div class="qr"[^>]*><svg /g)).toHaveLength(count)
    expect(page).toContain(range)
    const [nav = ''] = /<nav class="row.*?<\/nav>/s.exec(page) ?? []
    const ways = [...nav.matchAll(/<a href="[^"?]*(\?page=\d)">/g)].map(([, way]) => way)
    expect(new Set(ways)).toEqual(new Set(links))
  })

  it('has a PDF for each page', async () => {
    const path = `/orders/${order.id}/tickets.pdf?page=3`
    expect(await pageOf(`/orders/${order.id}?page=3`)).toContain(`href="${path}"`)
    const response = await ask(path)
    const { pages } = readPdf(new Uint8Array(await response.arrayBuffer()))
    expect(pages.map(({ lines }) => lines[7])).toEqual(Array.from({ length: 20 }, (_, n) => String(n + 101)))
  })
})

describe('M16: cancelling an order', () => {
  const pathOf = ({ id }: Order) => `/orders/${id}/cancel`

  it('is confirmed first, showing how many tickets are affected and what is refunded', async () => {
    const page = await pageOf(pathOf(order))
    expect(page).toContain('<h1>Cancel this order?</h1>')
    // One of the three is void.
    expect(page).toContain('2 tickets will be cancelled now and ₩30,000 refunded')
    expect(page).toContain(`<form method="post" action="${pathOf(order)}">`)
    expect(page).toContain('>Cancel 2 tickets</button>')
    const korean = await (await ask(pathOf(order), undefined, 'ko')).text()
    expect(korean).toContain('티켓 2장 취소하기')
    order = { ...order, amountMinor: 0 }
    expect(await pageOf(pathOf(order))).not.toContain('refunded')
  })

  it('is not offered after the deadline, which the order’s page names', async () => {
    const html = await pageOf(`/orders/${order.id}`)
    expect(html).not.toContain(`href="${pathOf(order)}"`)
    expect(html).toMatch(/You could cancel this order until <time datetime="[^"]+"/)
  })

  it('offers no question once the order is cancelled, nor to other accounts', async () => {
    order = { ...order, state: 'cancelling' }
    const { status, headers } = await ask(pathOf(order))
    expect([status, headers.get('location')]).toEqual([303, `/orders/${order.id}`])
    expect((await ask(pathOf(order), sessionOf(STRANGER))).status).toBe(404)
  })
})

describe('tickets as a PDF', () => {
  const pathOf = ({ id }: Order) => `/orders/${id}/tickets.pdf`

  it('are linked from the order, and have a page for every valid ticket', async () => {
    expect(await pageOf(`/orders/${order.id}`)).toContain(`href="${pathOf(order)}"`)
    const response = await ask(pathOf(order), undefined, 'ko')
    const { headers, status } = response
    expect(status).toBe(200)
    expect(headers.get('content-type')).toBe('application/pdf')
    expect(headers.get('cache-control')).toBe('private, no-store')
    expect(headers.get('content-disposition')).toBe(`inline; filename="naru-tickets-${order.number}.pdf"`)
    const { pages, title } = readPdf(new Uint8Array(await response.arrayBuffer()))
    expect(title).toBe('달빛 <b>나루 티켓')
    expect(pages.map(({ lines }) => lines[7])).toEqual(['7', '9'])
  })

  it('are available to their owner only', async () => {
    const nobody = await ask(pathOf(order), '')
    const back = encodeURIComponent(pathOf(order))
    expect([nobody.status, nobody.headers.get('location')]).toEqual([303, `/sign-in?next=${back}`])
    expect((await ask(pathOf(order), sessionOf(STRANGER))).status).toBe(404)
    expect((await ask('/orders/..%2f..%2fme/tickets.pdf')).status).toBeGreaterThanOrEqual(400)
  })

  it('are refused when every ticket is void, as the order shows', async () => {
    order = { ...order, state: 'cancelled', tickets: order.tickets.map((each) => ({ ...each, void: true })) }
    expect(await pageOf(`/orders/${order.id}`)).not.toContain('tickets.pdf')
    const response = await ask(pathOf(order))
    expect(response.status).toBe(409)
    const page = await response.text()
    expect(page).toContain(text.nothingToPrint)
    // Target of the language switch.
    expect(page).toContain(`name="back" value="/orders/${order.id}"`)
  })

  it.each([
    ['many are drawn already', { status: 'busy', retryAfterSeconds: 7 }, 503, '7'],
    ['H2: this account has too many under way', { status: 'limited' }, 429, '2'],
  ] as const)(
    'return Retry-After when %s, as does the page with their codes',
    async (_, answer, status, after) => {
      const assets = { url: (name: string) => name, find: () => undefined }
      const app = new Hono<PageEnv>()
      app.onError(problemHandler(createLogger('test', 'silent'), () => false, createProblemPages(assets)))
      app.use(detectLanguage)
      app.route(
        '/',
        createMyPageRoutes({
          ...{ festivals: gateway.festivals, assets, now: Date.now },
          api: createPageApi(() => Response.json(order)),
          renderer: { render: async () => answer },
          verifiers: keys.verifiers,
        }),
      )
      for (const path of [pathOf(order), `/orders/${order.id}`]) {
        const response = await app.request(path, { headers: { accept: 'text/html' } })
        expect([response.status, response.headers.get('retry-after')]).toEqual([status, after])
        expect(response.headers.get('content-type')).toContain('text/html')
      }
    },
  )
})
