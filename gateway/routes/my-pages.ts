import { Hono } from 'hono'
import { Problem } from '../../shared/problem.ts'
import type { Festivals } from '../festivals.ts'
import type { Assets } from '../pages/assets.ts'
import { minePage, type Order, orderPage } from '../pages/mine.ts'
import { saidText } from '../pages/text/said.ts'
import type { Api } from './page-api.ts'
import { type PageEnv, pageContext } from './pages.ts'

/** My page and my orders. Who is not signed in is asked to, and comes back. */
export function createMyPageRoutes(deps: { festivals: Festivals; assets: Assets; api: Api }) {
  const { api, festivals } = deps
  const app = new Hono<PageEnv>()

  app.get('/me', async (c) => {
    const [me, found] = await Promise.all([
      api<{ name: string }>(c, { method: 'GET', path: '/api/me' }),
      api<{ orders: Order[] }>(c, { method: 'GET', path: '/api/orders' }),
    ])
    if (!me.ok || !found.ok) return signInOrFail(c, me.ok ? found : me)
    c.header('cache-control', 'no-store')
    const { name } = me.body
    const { orders } = found.body
    return c.html(minePage(pageContext(c, deps.assets), { name, orders, festivalOf: festivals.of }))
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
      }),
    )
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
