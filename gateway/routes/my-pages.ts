import { Hono } from 'hono'
import type { Clock } from '../../shared/clock.ts'
import { Problem } from '../../shared/problem.ts'
import type { Festivals } from '../festivals.ts'
import type { Assets } from '../pages/assets.ts'
import { type MinePage, minePage, type Order, orderPage } from '../pages/mine.ts'
import type { PrintTickets } from '../pages/paper/print-tickets.ts'
import { mineText } from '../pages/text/mine.ts'
import { saidText } from '../pages/text/said.ts'
import { sendWorker } from './assets.ts'
import type { Api } from './page-api.ts'
import { type PageEnv, pageContext } from './pages.ts'

export type MyPageRoutesDeps = {
  festivals: Festivals
  assets: Assets
  api: Api
  printTickets: PrintTickets
  now: Clock
}

/** My page and my orders. Who is not signed in is asked to, and comes back. */
export function createMyPageRoutes(deps: MyPageRoutesDeps) {
  const { api, festivals } = deps
  const app = new Hono<PageEnv>()
  const at = () => new Date(deps.now()).toISOString()

  app.get('/tickets-worker.js', (c) => sendWorker(c, deps.assets, 'tickets-worker.js'))

  app.get('/me', async (c) => {
    const [me, found] = await Promise.all([
      api<MinePage['me']>(c, { method: 'GET', path: '/api/me' }),
      api<{ orders: Order[] }>(c, { method: 'GET', path: '/api/orders' }),
    ])
    if (!me.ok || !found.ok) return signInOrFail(c, me.ok ? found : me)
    c.header('cache-control', 'no-store')
    const { orders } = found.body
    return c.html(
      minePage(pageContext(c, deps.assets), { me: me.body, orders, festivalOf: festivals.of, at: at() }),
    )
  })

  app.get('/orders/:order', async (c) => {
    const answer = await api<Order>(c, { method: 'GET', path: orderPath(c.req.param('order')) })
    if (!answer.ok) return signInOrFail(c, answer)
    const context = pageContext(c, deps.assets)
    const order = answer.body
    c.header('cache-control', 'no-store')
    return c.html(
      orderPage(context, {
        order,
        festival: festivals.of(order.festival),
        said: saidText(c.req.query('said'), context.language),
        at: at(),
      }),
    )
  })

  app.get('/orders/:order/tickets.pdf', async (c) => {
    const path = orderPath(c.req.param('order'))
    const answer = await api<Order>(c, { method: 'GET', path })
    if (!answer.ok) return signInOrFail(c, answer)
    c.header('cache-control', 'private, no-store')
    const order = answer.body
    const festival = festivals.of(order.festival)
    const context = { ...pageContext(c, deps.assets), path: `/orders/${order.id}` }
    const { language } = context
    if (order.tickets.every((ticket) => ticket.void)) {
      const said = mineText[language].nothingToPrint
      return c.html(orderPage(context, { order, festival, said, at: at() }), 409)
    }
    const printed = await deps.printTickets({ order, festival, language })
    if (printed.status === 'busy') {
      const { retryAfterSeconds } = printed
      throw new Problem('busy', 'Many tickets are being printed just now', { retryAfterSeconds })
    }
    return c.body(printed.value, 200, {
      'content-type': 'application/pdf',
      'content-disposition': `inline; filename="naru-tickets-${order.id}.pdf"`,
    })
  })

  app.post('/orders/:order/cancel', async (c) => {
    const order = c.req.param('order')
    const answer = await api(c, { method: 'POST', path: `${orderPath(order)}/cancellation` })
    if (!answer.ok && answer.status === 401) return signInOrFail(c, answer)
    const said = answer.ok ? '' : `?said=${answer.problem.code}`
    return c.redirect(`/orders/${encodeURIComponent(order)}${said}`, 303)
  })

  return app
}

function orderPath(order: string): string {
  return `/api/orders/${encodeURIComponent(order)}`
}

function signInOrFail(
  c: { req: { path: string }; redirect: (path: string, status: 303) => Response },
  answer: { ok: boolean; status?: number },
): Response {
  if (answer.status === 401) return c.redirect(`/sign-in?next=${encodeURIComponent(c.req.path)}`, 303)
  if (answer.status === 503) throw new Problem('unavailable', undefined, { retryAfterSeconds: 2 })
  throw new Problem('not-found', 'There is no such order')
}
