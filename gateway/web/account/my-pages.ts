import { type Context, Hono } from 'hono'
import { readMeRoute } from '../../../shared/api/accounts.ts'
import { cancelOrderRoute, listOrdersRoute, type Order, readOrderRoute } from '../../../shared/api/orders.ts'
import { Problem } from '../../../shared/api/problem.ts'
import { listRefundsRoute } from '../../../shared/api/refunds.ts'
import type { Festival } from '../../../shared/catalogue.ts'
import { readOwnCookie } from '../../../shared/http/cookies.ts'
import { inLanguage } from '../../../shared/in-language.ts'
import type { Clock } from '../../../shared/runtime/clock.ts'
import { SESSION_COOKIE } from '../../../shared/tokens/cookies.ts'
import { type GatewayVerifiers, sessionOf } from '../../api/auth/credentials.ts'
import type { Api } from '../../api/page-api.ts'
import type { Festivals } from '../../catalogue/festivals.ts'
import { sendWorker } from '../assets/asset-routes.ts'
import type { Assets } from '../assets/assets.ts'
import { type PageEnv, pageContext } from '../layout/page-context.ts'
import { signInFirst } from '../layout/sign-in-first.ts'
import { flashText } from '../layout/text/flash.ts'
import type { RenderJob, RenderResult } from '../rendering/jobs.ts'
import type { Renderer } from '../rendering/renderer.ts'
import { cancelOrderPage } from './cancel-order.ts'
import { minePage, orderPage, pagesOf, ticketsOfPage } from './mine.ts'
import { mineText } from './text/mine.ts'

const LIMITED_RETRY_SECONDS = 2

export type MyPageRoutesDeps = {
  festivals: Festivals
  assets: Assets
  api: Api
  renderer: Pick<Renderer, 'render'>
  verifiers: Pick<GatewayVerifiers, 'session'>
  now: Clock
}

/** My page and the user's orders. A visitor who is not signed in is redirected to sign in and back. */
export function createMyPageRoutes(deps: MyPageRoutesDeps) {
  const app = new Hono<PageEnv>()
  app.get('/tickets-worker.js', (c) => sendWorker(c, deps.assets, 'tickets-worker.js'))
  app.get('/me', (c) => showMine(deps, c))
  app.get('/orders/:order', (c) => showOrder(deps, c, c.req.param('order')))
  app.get('/orders/:order/tickets.pdf', (c) => sendTickets(deps, c, c.req.param('order')))
  app.get('/orders/:order/cancel', (c) => askToCancel(deps, c, c.req.param('order')))
  app.post('/orders/:order/cancel', (c) => cancelOrder(deps, c, c.req.param('order')))
  return app
}

async function showMine(deps: MyPageRoutesDeps, c: Context<PageEnv>): Promise<Response> {
  const { api, assets, now } = deps
  const [me, found, back] = await Promise.all([
    api(c, readMeRoute),
    api(c, listOrdersRoute, { query: { tickets: 'none' } }),
    api(c, listRefundsRoute),
  ])
  if (!me.ok || !found.ok) return signInOrFail(c, me.ok ? found : me)
  if (!back.ok) return signInOrFail(c, back)
  c.header('cache-control', 'no-store')
  const { orders } = found.body
  const { refunds } = back.body
  const festivalOf = await findFestivals(
    deps,
    c,
    [...orders, ...refunds].map(({ festival }) => festival),
  )
  const at = new Date(now()).toISOString()
  return c.html(minePage(pageContext(c, assets), { me: me.body, orders, refunds, festivalOf, at }))
}

async function showOrder(deps: MyPageRoutesDeps, c: Context<PageEnv>, id: string): Promise<Response> {
  const answer = await deps.api(c, readOrderRoute, { params: { order: id } })
  if (!answer.ok) return signInOrFail(c, answer)
  const flash = flashText(c.req.query('flash'), pageContext(c, deps.assets).language)
  return await sendOrder(deps, c, answer.body, flash)
}

/** The page of an order, with a QR code for each valid ticket. */
async function sendOrder(
  deps: MyPageRoutesDeps,
  c: Context<PageEnv>,
  order: Order,
  flash: string | undefined,
  status: 200 | 409 = 200,
): Promise<Response> {
  const number = pageNumber(c, order)
  const tickets = ticketsOfPage(order, number)
  const valid = tickets.filter((ticket) => !ticket.void)
  const texts = valid.map(({ qr }) => qr)
  const codes = texts.length === 0 ? [] : await render(deps, c, { kind: 'codes', texts })
  const festivalOf = await findFestivals(deps, c, [order.festival])
  const codeOf = new Map(valid.map(({ id }, i) => [id, codes[i] ?? '']))
  c.header('cache-control', 'private, no-store')
  const path = `/orders/${order.id}${number === 1 ? '' : `?page=${number}`}`
  return c.html(
    orderPage(
      { ...pageContext(c, deps.assets), path },
      {
        ...{ order, number, flash },
        tickets: tickets.map((ticket) => ({ ticket, code: codeOf.get(ticket.id) ?? '' })),
        festival: festivalOf(order.festival),
        at: new Date(deps.now()).toISOString(),
      },
    ),
    status,
  )
}

async function sendTickets(deps: MyPageRoutesDeps, c: Context<PageEnv>, id: string): Promise<Response> {
  const answer = await deps.api(c, readOrderRoute, { params: { order: id } })
  if (!answer.ok) return signInOrFail(c, answer)
  const order = answer.body
  const { language } = pageContext(c, deps.assets)
  const number = pageNumber(c, order)
  const tickets = ticketsOfPage(order, number)
  const festivalOf = await findFestivals(deps, c, [order.festival])
  if (tickets.every((ticket) => ticket.void)) {
    return await sendOrder(deps, c, order, mineText[language].nothingToPrint, 409)
  }
  const festival = festivalOf(order.festival)
  const value = await render(deps, c, {
    kind: 'pdf',
    tickets: { order: { ...order, tickets }, festival, language },
  })
  const part = number === 1 ? '' : `-${number}`
  return c.body(value, 200, {
    'cache-control': 'private, no-store',
    'content-type': 'application/pdf',
    'content-disposition': `inline; filename="naru-tickets-${order.number}${part}.pdf"`,
  })
}

async function askToCancel(deps: MyPageRoutesDeps, c: Context<PageEnv>, id: string): Promise<Response> {
  const answer = await deps.api(c, readOrderRoute, { params: { order: id } })
  if (!answer.ok) return signInOrFail(c, answer)
  const order = answer.body
  if (order.state !== 'owned') return c.redirect(`/orders/${order.id}`, 303)
  const festivalOf = await findFestivals(deps, c, [order.festival])
  const festivalName = festivalOf(order.festival)?.name ?? order.festival
  c.header('cache-control', 'private, no-store')
  return c.html(cancelOrderPage(pageContext(c, deps.assets), { order, festivalName }))
}

async function cancelOrder({ api }: MyPageRoutesDeps, c: Context<PageEnv>, order: string): Promise<Response> {
  const answer = await api(c, cancelOrderRoute, { params: { order } })
  if (!answer.ok && answer.status === 401) return signInOrFail(c, answer)
  const flash = answer.ok ? '' : `?flash=${answer.problem.code}`
  return c.redirect(`/orders/${encodeURIComponent(order)}${flash}`, 303)
}

/**
 * Looks up festivals, past ones too, and returns them in the visitor's language; an order is shown without its
 * festival's name rather than not at all.
 */
async function findFestivals(
  { festivals }: MyPageRoutesDeps,
  c: Context<PageEnv>,
  ids: readonly string[],
): Promise<(id: string) => Festival | undefined> {
  await Promise.allSettled([...new Set(ids)].map((id) => festivals.find(id)))
  return (id) => {
    const festival = festivals.of(id)
    return festival && inLanguage(festival, c.get('language'))
  }
}

/** Renders in another thread; cancelled when the browser disconnects. */
async function render<J extends RenderJob>(
  { renderer, verifiers }: MyPageRoutesDeps,
  c: Context<PageEnv>,
  job: J,
): Promise<RenderResult<J>> {
  const session = sessionOf(verifiers, readOwnCookie(c, SESSION_COOKIE))
  const rendered = await renderer.render(job, { account: session?.sub ?? '', signal: c.req.raw.signal })
  switch (rendered.status) {
    case 'ran':
      return rendered.value
    case 'busy':
      throw new Problem('busy', 'Many tickets are being drawn just now', {
        retryAfterSeconds: rendered.retryAfterSeconds,
      })
    case 'limited':
      throw new Problem('too-many', 'Your tickets are being drawn already', {
        retryAfterSeconds: LIMITED_RETRY_SECONDS,
      })
  }
}

/** The requested page, from 1; the nearest existing one for any other value. */
function pageNumber(c: Context<PageEnv>, order: Order): number {
  const asked = Number.parseInt(c.req.query('page') ?? '', 10)
  return Math.min(Math.max(Number.isNaN(asked) ? 1 : asked, 1), pagesOf(order))
}

function signInOrFail(
  c: Pick<Context, 'req' | 'redirect'>,
  answer: { ok: boolean; status?: number },
): Response {
  if (answer.status === 401) return signInFirst(c, c.req.path)
  if (answer.status === 503) throw new Problem('unavailable', undefined, { retryAfterSeconds: 2 })
  throw new Problem('not-found', 'There is no such order')
}
