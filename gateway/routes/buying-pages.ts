import { randomUUID } from 'node:crypto'
import { type Context, Hono } from 'hono'
import type { Festival } from '../../shared/catalogue.ts'
import { Problem } from '../../shared/problem.ts'
import type { Festivals } from '../festivals.ts'
import type { Assets } from '../pages/assets.ts'
import { buyPage, type Hold } from '../pages/buy.ts'
import { type Payment, paymentPage } from '../pages/payment.ts'
import { saidText } from '../pages/text/said.ts'
import type { Snapshots } from '../room/snapshot.ts'
import type { Api } from './page-api.ts'
import { type PageEnv, pageContext } from './pages.ts'
import { type VisitorsPassDeps, visitorsPass } from './visitors-pass.ts'

export type BuyingPageRoutesDeps = VisitorsPassDeps & {
  festivals: Festivals
  snapshots: Pick<Snapshots, 'of'>
  assets: Assets
  api: Api
}

/** The basket and the payment of who is inside. Every state of them is an address, so that a reload shows the truth. */
export function createBuyingPageRoutes(deps: BuyingPageRoutesDeps) {
  const { api, festivals, snapshots } = deps
  const app = new Hono<PageEnv>()

  app.get('/festivals/:festival/buy', async (c) => {
    const festival = requireFestival(c)
    const pass = await visitorsPass(deps, c, festival.room.id)
    if (pass.status !== 'live') return c.redirect(`/festivals/${festival.id}/room`, 303)
    const answer = await api<Hold>(c, { method: 'GET', path: `/api/rooms/${festival.room.id}/hold` })
    const context = pageContext(c, deps.assets)
    c.header('cache-control', 'no-store')
    return c.html(
      buyPage(context, {
        festival,
        status: snapshots.of(festival.room.id)?.status,
        hold: answer.ok ? answer.body : undefined,
        passUntil: pass.until,
        idempotencyKey: randomUUID(),
        said: saidText(c.req.query('said'), context.language),
      }),
    )
  })

  app.post('/festivals/:festival/buy/hold', async (c) => {
    const festival = requireFestival(c)
    const form = await c.req.parseBody()
    const basket = festival.ticketTypes
      .map(({ id }) => ({ type: id, quantity: Number(form[`type-${id}`] ?? 0) }))
      .filter(({ quantity }) => quantity > 0)
    const path = `/api/rooms/${festival.room.id}/hold`
    const answer = await api(
      c,
      basket.length === 0 ? { method: 'DELETE', path } : { method: 'PUT', path, body: { basket } },
    )
    return back(c, festival, answer.ok ? undefined : answer.problem.code)
  })

  app.post('/festivals/:festival/buy/pay', async (c) => {
    const festival = requireFestival(c)
    const { method, idempotencyKey } = await c.req.parseBody()
    const answer = await api<Payment>(c, {
      method: 'POST',
      path: `/api/rooms/${festival.room.id}/payments`,
      body: { method },
      headers: { 'idempotency-key': String(idempotencyKey) },
    })
    if (answer.ok) return c.redirect(paymentPath(festival, answer.body.id), 303)
    const { payment } = answer.problem
    // Another tab is paying: this one shows how that stands.
    if (typeof payment === 'string') return c.redirect(paymentPath(festival, payment), 303)
    return back(c, festival, answer.problem.code)
  })

  app.post('/festivals/:festival/buy/leave', async (c) => {
    const festival = requireFestival(c)
    const answer = await api(c, { method: 'DELETE', path: `/api/rooms/${festival.room.id}/pass` })
    if (!answer.ok) return back(c, festival, answer.problem.code)
    for (const cookie of answer.cookies) c.header('set-cookie', cookie, { append: true })
    return c.redirect(`/festivals/${festival.id}`, 303)
  })

  app.get('/festivals/:festival/payments/:payment', async (c) => {
    const festival = requireFestival(c)
    const path = `/api/rooms/${festival.room.id}/payments/${encodeURIComponent(c.req.param('payment'))}`
    const answer = await api<Payment>(c, { method: 'GET', path })
    if (!answer.ok) {
      if (answer.status === 401) return c.redirect(`/sign-in?next=${encodeURIComponent(c.req.path)}`, 303)
      throw new Problem('not-found', 'There is no such payment')
    }
    c.header('cache-control', 'no-store')
    return c.html(paymentPage(pageContext(c, deps.assets), { festival, payment: answer.body }))
  })

  function requireFestival(c: Context): Festival {
    const festival = festivals.of(c.req.param('festival') ?? '')
    if (festival === undefined) throw new Problem('not-found', 'There is no such festival')
    return festival
  }

  return app
}

function back(c: Context, festival: Festival, said: string | undefined): Response {
  return c.redirect(`/festivals/${festival.id}/buy${said === undefined ? '' : `?said=${said}`}`, 303)
}

function paymentPath(festival: Festival, payment: string): string {
  return `/festivals/${festival.id}/payments/${payment}`
}
