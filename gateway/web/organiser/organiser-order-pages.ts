import { type Context, Hono } from 'hono'
import { z } from 'zod'
import { cancelAnyOrderRoute } from '../../../shared/api/admin-cancellations.ts'
import { type FoundOrder, searchOrdersRoute } from '../../../shared/api/admin-orders.ts'
import { Problem } from '../../../shared/api/problem.ts'
import { cutText } from '../../../shared/text.ts'
import type { Language } from '../i18n/translated.ts'
import { type PageEnv, pageContext } from '../layout/page-context.ts'
import { flashText } from '../layout/text/flash.ts'
import { festivalPath } from './live/frame.ts'
import {
  isOrderState,
  ordersPage,
  organiserCancelPage,
  organiserOrderPage,
  QUERY_CHARACTERS_MAX,
  REASON_CHARACTERS_MAX,
  searchOf,
} from './live/orders.ts'
import { festivalOf, hereOf, type OrganiserLivePageDeps, ofRoom, refuse } from './organiser-page.ts'
import { findRefundable } from './organiser-refund-pages.ts'
import { organiserLiveText } from './text/organiser-live.ts'
import { organiserRefundText } from './text/organiser-refund.ts'

const ORDERS_SHOWN = 50
/** A valid type in an address; any other value counts as none. */
const TYPE = /^[1-9]\d{0,8}$/

/** A festival's orders for its organiser: searched, shown, cancelled. */
export function createOrganiserOrderPages(deps: OrganiserLivePageDeps) {
  const app = new Hono<PageEnv>()
  app.get('/organiser/festivals/:festival/orders', (c) => searchOrders(deps, c))
  app.get('/organiser/festivals/:festival/orders/:order', (c) => showOrder(deps, c))
  app.get('/organiser/festivals/:festival/orders/:order/cancel', (c) => askToCancel(deps, c))
  app.post('/organiser/festivals/:festival/orders/:order/cancel', (c) =>
    cancelOrder(deps, c, c.req.param('order')),
  )
  return app
}

async function searchOrders(
  { api, assets, festivals }: OrganiserLivePageDeps,
  c: Context<PageEnv>,
): Promise<Response> {
  const given = (name: string) => cutText((c.req.query(name) ?? '').trim(), QUERY_CHARACTERS_MAX)
  const type = given('type')
  const query = {
    q: given('q'),
    state: isOrderState(given('state')) ? given('state') : '',
    type: TYPE.test(type) ? type : '',
  }
  const before = given('before')
  const search = searchOf(query, z.uuid().safeParse(before).success ? before : '')
  const answer = await api(c, searchOrdersRoute, {
    params: ofRoom(c),
    query: { ...Object.fromEntries(new URLSearchParams(search)), limit: ORDERS_SHOWN },
  })
  if (!answer.ok) return refuse(c, answer, hereOf(c))
  const { orders, next } = answer.body
  c.header('cache-control', 'no-store')
  return c.html(
    ordersPage(pageContext(c, assets), { festival: festivalOf(c, festivals), query, orders, next }),
  )
}

async function showOrder(deps: OrganiserLivePageDeps, c: Context<PageEnv>): Promise<Response> {
  const order = await find(deps, c)
  if (order instanceof Response) return order
  const refundable = await findRefundable(deps, c)
  if (refundable instanceof Response) return refundable
  const context = pageContext(c, deps.assets)
  const flash = flashOf(c.req.query('flash'), context.language)
  c.header('cache-control', 'no-store')
  return c.html(
    organiserOrderPage(context, { festival: festivalOf(c, deps.festivals), order, refundable, flash }),
  )
}

function flashOf(
  flash: string | undefined,
  language: Language,
): { good: string } | { bad: string } | undefined {
  if (flash === undefined) return undefined
  const { cancelled, failed } = organiserLiveText[language]
  if (flash === 'refunded') return { good: organiserRefundText[language].done }
  return flash === 'cancelled' ? { good: cancelled } : { bad: flashText(flash, language) ?? failed }
}

async function askToCancel(deps: OrganiserLivePageDeps, c: Context<PageEnv>): Promise<Response> {
  const order = await find(deps, c)
  if (order instanceof Response) return order
  if (order.state !== 'owned') return c.redirect(orderPath(c), 303)
  const refundable = await findRefundable(deps, c)
  if (refundable instanceof Response) return refundable
  c.header('cache-control', 'no-store')
  const festival = festivalOf(c, deps.festivals)
  return c.html(organiserCancelPage(pageContext(c, deps.assets), { festival, order, refundable }))
}

async function cancelOrder(
  { api }: OrganiserLivePageDeps,
  c: Context<PageEnv>,
  order: string,
): Promise<Response> {
  const path = orderPath(c)
  const { reason } = await c.req.parseBody()
  const given = typeof reason === 'string' ? cutText(reason.trim(), REASON_CHARACTERS_MAX) : ''
  const answer = await api(c, cancelAnyOrderRoute, {
    params: { order },
    body: given === '' ? {} : { reason: given },
  })
  if (!answer.ok && (answer.status === 401 || answer.status === 403)) return refuse(c, answer, path)
  return c.redirect(`${path}?flash=${answer.ok ? 'cancelled' : answer.problem.code}`, 303)
}

/** The order of this request's path, or the error response when it cannot be read. */
async function find({ api }: OrganiserLivePageDeps, c: Context): Promise<FoundOrder | Response> {
  const id = c.req.param('order') ?? ''
  const answer = await api(c, searchOrdersRoute, { params: ofRoom(c), query: { q: id, limit: 1 } })
  if (!answer.ok) return refuse(c, answer, hereOf(c))
  const [order] = answer.body.orders
  // An order of another festival, or a partial ID, is not found here.
  if (order?.id !== id) throw new Problem('not-found', 'There is no such order')
  return order
}

function orderPath(c: Context): string {
  return `${festivalPath(c.req.param('festival') ?? '')}/orders/${encodeURIComponent(c.req.param('order') ?? '')}`
}
