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
  const { api, festivals } = deps
  const app = new Hono<PageEnv>()
  const at = () => new Date(deps.now()).toISOString()

  /** Past festivals are looked up; an order is shown without its festival's name rather than not at all. */
  async function learn(ids: readonly string[]): Promise<void> {
    await Promise.allSettled([...new Set(ids)].map((id) => festivals.find(id)))
  }

  function festivalIn(c: Context<PageEnv>, id: string): Festival | undefined {
    const festival = festivals.of(id)
    return festival && inLanguage(festival, c.get('language'))
  }

  app.get('/tickets-worker.js', (c) => sendWorker(c, deps.assets, 'tickets-worker.js'))

  app.get('/me', async (c) => {
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
    await learn([...orders, ...refunds].map(({ festival }) => festival))
    return c.html(
      minePage(pageContext(c, deps.assets), {
        ...{ me: me.body, orders, refunds, festivalOf: (id: string) => festivalIn(c, id) },
        at: at(),
      }),
    )
  })

  app.get('/orders/:order', async (c) => {
    const answer = await api(c, readOrderRoute, { params: { order: c.req.param('order') } })
    if (!answer.ok) return signInOrFail(c, answer)
    return await showOrder(
      c,
      answer.body,
      flashText(c.req.query('flash'), pageContext(c, deps.assets).language),
    )
  })

  app.get('/orders/:order/tickets.pdf', async (c) => {
    const answer = await api(c, readOrderRoute, { params: { order: c.req.param('order') } })
    if (!answer.ok) return signInOrFail(c, answer)
    const order = answer.body
    const { language } = pageContext(c, deps.assets)
    const number = pageNumber(c, order)
    const tickets = ticketsOfPage(order, number)
    await learn([order.festival])
    if (tickets.every((ticket) => ticket.void)) {
      return await showOrder(c, order, mineText[language].nothingToPrint, 409)
    }
    const festival = festivalIn(c, order.festival)
    const value = await render(c, {
      kind: 'pdf',
      tickets: { order: { ...order, tickets }, festival, language },
    })
    const part = number === 1 ? '' : `-${number}`
    return c.body(value, 200, {
      'cache-control': 'private, no-store',
      'content-type': 'application/pdf',
      'content-disposition': `inline; filename="naru-tickets-${order.number}${part}.pdf"`,
    })
  })

  app.get('/orders/:order/cancel', async (c) => {
    const answer = await api(c, readOrderRoute, { params: { order: c.req.param('order') } })
    if (!answer.ok) return signInOrFail(c, answer)
    const order = answer.body
    if (order.state !== 'owned') return c.redirect(`/orders/${order.id}`, 303)
    await learn([order.festival])
    const festivalName = festivalIn(c, order.festival)?.name ?? order.festival
    c.header('cache-control', 'private, no-store')
    return c.html(cancelOrderPage(pageContext(c, deps.assets), { order, festivalName }))
  })

  app.post('/orders/:order/cancel', async (c) => {
    const order = c.req.param('order')
    const answer = await api(c, cancelOrderRoute, { params: { order } })
    if (!answer.ok && answer.status === 401) return signInOrFail(c, answer)
    const flash = answer.ok ? '' : `?flash=${answer.problem.code}`
    return c.redirect(`/orders/${encodeURIComponent(order)}${flash}`, 303)
  })

  return app

  async function showOrder(
    c: Context<PageEnv>,
    order: Order,
    flash: string | undefined,
    status: 200 | 409 = 200,
  ): Promise<Response> {
    const number = pageNumber(c, order)
    const tickets = ticketsOfPage(order, number)
    const valid = tickets.filter((ticket) => !ticket.void)
    const texts = valid.map(({ qr }) => qr)
    const codes = texts.length === 0 ? [] : await render(c, { kind: 'codes', texts })
    await learn([order.festival])
    const codeOf = new Map(valid.map(({ id }, i) => [id, codes[i] ?? '']))
    c.header('cache-control', 'private, no-store')
    return c.html(
      orderPage(
        {
          ...pageContext(c, deps.assets),
          path: `/orders/${order.id}${number === 1 ? '' : `?page=${number}`}`,
        },
        {
          order,
          tickets: tickets.map((ticket) => ({ ticket, code: codeOf.get(ticket.id) ?? '' })),
          number,
          festival: festivalIn(c, order.festival),
          flash,
          at: at(),
        },
      ),
      status,
    )
  }

  /** Renders in another thread; cancelled when the browser disconnects. */
  async function render<J extends RenderJob>(c: Context<PageEnv>, job: J): Promise<RenderResult<J>> {
    const session = sessionOf(deps.verifiers, readOwnCookie(c, SESSION_COOKIE))
    const rendered = await deps.renderer.render(job, {
      account: session?.sub ?? '',
      signal: c.req.raw.signal,
    })
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
