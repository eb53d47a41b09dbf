import { randomUUID } from 'node:crypto'
import { type Context, Hono } from 'hono'
import { createMiddleware } from 'hono/factory'
import { readMeRoute } from '../../../shared/api/accounts.ts'
import { readHoldRoute, releaseHoldRoute, takeHoldRoute } from '../../../shared/api/holds.ts'
import { leavePassRoute } from '../../../shared/api/leaving.ts'
import { type Order, readOrderRoute } from '../../../shared/api/orders.ts'
import { type Payment, payRoute, readPaymentRoute } from '../../../shared/api/payments.ts'
import { Problem, type ProblemDocument } from '../../../shared/api/problem.ts'
import type { Festival } from '../../../shared/catalogue.ts'
import { readOwnCookie } from '../../../shared/http/cookies.ts'
import { inLanguage } from '../../../shared/in-language.ts'
import type { Clock } from '../../../shared/runtime/clock.ts'
import { pause } from '../../../shared/runtime/loop.ts'
import { SESSION_COOKIE } from '../../../shared/tokens/cookies.ts'
import { sessionOf } from '../../api/auth/credentials.ts'
import { endOfPass, visitorsPass } from '../../api/auth/visitors-pass.ts'
import type { Api, ApiAnswer } from '../../api/page-api.ts'
import { type FanDeps, fanOf } from '../../api/rooms/fan.ts'
import type { Festivals } from '../../catalogue/festivals.ts'
import type { Snapshots } from '../../room/snapshot.ts'
import type { Assets } from '../assets/assets.ts'
import { type PageEnv, pageContext } from '../layout/page-context.ts'
import { readFacts } from '../layout/refusal-facts.ts'
import { signInFirst } from '../layout/sign-in-first.ts'
import { flashText } from '../layout/text/flash.ts'
import { basketUnavailablePage, buyPage } from './buy.ts'
import { paymentPage, paymentUnavailablePage } from './payment.ts'
import { type ChosenLine, readRefusal, refusalQuery } from './refused-basket.ts'

export type BuyingPageRoutesDeps = FanDeps & {
  festivals: Festivals
  snapshots: Pick<Snapshots, 'of'>
  assets: Assets
  api: Api
  now: Clock
}

/** The delays between retries for a payment whose first request is still in progress. */
const IN_FLIGHT_PAUSES_MS = [100, 200, 400, 800]
/** A valid quantity, at most what the API accepts of one type; anything else was not chosen in the form. */
const QUANTITY = /^(0|[1-9]\d{0,2})$/
/** The amount as the page's form sends it. */
const AMOUNT = /^\d{1,12}$/
const UNAVAILABLE_RETRY_SECONDS = 5
/** Statuses that a payment of the visitor would not return; other errors leave it unknown whether it exists. */
const NO_PAYMENT = [400, 403, 404, 422]
/** The origin's codes for a pass that is no longer valid. */
const PASS_OVER = ['token-foreign', 'pass-ended', 'room-restored']

/**
 * The basket and the payment of an admitted fan. Every state has an address, so that a reload shows the current state.
 */
export function createBuyingPageRoutes(deps: BuyingPageRoutesDeps) {
  const { api, festivals, snapshots } = deps
  const app = new Hono<PageEnv>()
  const requireSignedIn = createMiddleware(async (c, next) => {
    if (sessionOf(deps.verifiers, readOwnCookie(c, SESSION_COOKIE)) !== undefined) return await next()
    const path = `/festivals/${requireFestival(c).id}/buy`
    return signInFirst(c, path)
  })
  app.use('/festivals/:festival/buy', requireSignedIn)
  app.use('/festivals/:festival/buy/*', requireSignedIn)

  app.get('/festivals/:festival/buy', async (c) => {
    const festival = requireFestival(c)
    const pass = await visitorsPass(deps, c, festival.room.id)
    if (pass.status !== 'live') return toRoom(c, festival, endOfPass(pass))
    const answer = await api(c, readHoldRoute, { params: { room: festival.room.id } })
    const context = pageContext(c, deps.assets)
    c.header('cache-control', 'no-store')
    if (!answer.ok && isPassRefused(answer)) return toRoom(c, festival, endOfRefused(answer))
    if (!answer.ok && answer.problem.code !== 'hold-missing') {
      c.header('retry-after', String(UNAVAILABLE_RETRY_SECONDS))
      // Works with and without JavaScript (HTML, section 4.2.5.3).
      c.header('refresh', String(UNAVAILABLE_RETRY_SECONDS))
      return c.html(basketUnavailablePage(context, festival), 503)
    }
    return c.html(
      buyPage(context, {
        festival,
        status: snapshots.of(festival.room.id)?.status,
        hold: answer.ok ? answer.body : undefined,
        passUntil: pass.until,
        idempotencyKey: randomUUID(),
        refused: readRefusal((name) => c.req.query(name)),
        flash: flashText(
          flashOf(c.req.query('flash'), answer.ok),
          context.language,
          readFacts((name) => c.req.query(name), deps.now()),
        ),
        now: deps.now(),
      }),
    )
  })

  app.post('/festivals/:festival/buy/hold', async (c) => {
    const festival = requireFestival(c)
    const form = await c.req.parseBody()
    const chosen = festival.ticketTypes.map(({ id }) => ({ type: id, quantity: form[`type-${id}`] ?? '0' }))
    if (!chosen.every(({ quantity }) => typeof quantity === 'string' && QUANTITY.test(quantity)))
      return back(c, festival, 'invalid-input')
    const basket = chosen
      .map(({ type, quantity }) => ({ type, quantity: Number(quantity) }))
      .filter(({ quantity }) => quantity > 0)
    const params = { room: festival.room.id }
    const empty = basket.length === 0
    const answer = empty
      ? await api(c, releaseHoldRoute, { params })
      : await api(c, takeHoldRoute, { params, body: { basket } })
    if (!answer.ok) return refused(c, festival, answer, basket)
    return back(c, festival, empty ? 'nothing-chosen' : undefined)
  })

  app.post('/festivals/:festival/buy/pay', async (c) => {
    const festival = requireFestival(c)
    const { method, idempotencyKey, amountMinor, holdVersion } = await c.req.parseBody()
    // A page rendered by an older version sends no amount: the fan is shown the basket again, with its price.
    if (typeof amountMinor !== 'string' || !AMOUNT.test(amountMinor)) return back(c, festival, 'hold-changed')
    const body = { method, amountMinor: Number(amountMinor), holdVersion }
    const answer = await pay(c, festival, { body, idempotencyKey: String(idempotencyKey) })
    if (answer.ok) return c.redirect(paymentPath(festival, answer.body.id), 303)
    const { payment } = answer.problem
    // Another tab is paying: this one shows that payment.
    if (typeof payment === 'string') return c.redirect(paymentPath(festival, payment), 303)
    return refused(c, festival, answer)
  })

  app.post('/festivals/:festival/buy/leave', async (c) => {
    const festival = requireFestival(c)
    const answer = await api(c, leavePassRoute, { params: { room: festival.room.id } })
    if (!answer.ok) return refused(c, festival, answer)
    for (const cookie of answer.cookies) c.header('set-cookie', cookie, { append: true })
    return c.redirect(`/festivals/${festival.id}`, 303)
  })

  app.get('/festivals/:festival/payments/:payment', async (c) => {
    const festival = requireFestival(c)
    const payment = c.req.param('payment')
    const answer = await api(c, readPaymentRoute, { params: { room: festival.room.id, payment } })
    if (!answer.ok) {
      if (answer.status === 401) return signInFirst(c, c.req.path)
      if (NO_PAYMENT.includes(answer.status)) throw new Problem('not-found', 'There is no such payment')
      c.header('cache-control', 'no-store')
      c.header('retry-after', String(UNAVAILABLE_RETRY_SECONDS))
      return c.html(paymentUnavailablePage(pageContext(c, deps.assets), { festival, payment }), 503)
    }
    const [fan, more] = await Promise.all([fanOf(deps, c, festival), bought(c, answer.body)])
    c.header('cache-control', 'no-store')
    return c.html(paymentPage(pageContext(c, deps.assets), { festival, payment: answer.body, fan, ...more }))
  })

  /** The order of a payment and the address of its e-mail, as far as they can be read. */
  async function bought(c: Context, { state, order }: Payment): Promise<{ order?: Order; email?: string }> {
    if (state !== 'confirmed' || order === undefined) return {}
    const [found, me] = await Promise.all([
      api(c, readOrderRoute, { params: { order } }),
      api(c, readMeRoute),
    ])
    return {
      ...(found.ok ? { order: found.body } : {}),
      ...(me.ok ? { email: me.body.email } : {}),
    }
  }

  /** A payment sent twice is made once: the second request waits for the first and returns the same payment. */
  async function pay(
    c: Context,
    festival: Festival,
    { body, idempotencyKey }: { body: object; idempotencyKey: string },
  ): Promise<ApiAnswer<Payment>> {
    const input = {
      ...{ params: { room: festival.room.id }, body },
      headers: { 'idempotency-key': idempotencyKey },
    }
    let answer = await api(c, payRoute, input)
    for (const milliseconds of IN_FLIGHT_PAUSES_MS) {
      if (answer.ok || answer.problem.code !== 'request-in-flight') break
      await pause(milliseconds, c.req.raw.signal)
      answer = await api(c, payRoute, input)
    }
    return answer
  }

  function requireFestival(c: Context<PageEnv>): Festival {
    return inLanguage(festivals.require(c.req.param('festival') ?? ''), c.get('language'))
  }

  return app
}

/** Without a valid pass, redirects to the room, which explains it; else the basket shows what was refused. */
function refused(
  c: Context,
  festival: Festival,
  answer: { status: number; problem: ProblemDocument },
  chosen: readonly ChosenLine[] = [],
): Response {
  if (isPassRefused(answer)) return back(c, festival, undefined)
  return c.redirect(`/festivals/${festival.id}/buy?${refusalQuery(answer.problem, chosen, Date.now())}`, 303)
}

function isPassRefused({ status, problem }: { status: number; problem: ProblemDocument }): boolean {
  return status === 401 || PASS_OVER.includes(problem.code)
}

function endOfRefused({ problem }: { problem: ProblemDocument }): string {
  return problem.code === 'room-restored' ? problem.code : 'pass-ended'
}

/** A flash message about an expired hold is outdated while there is a new one. */
function flashOf(flash: string | undefined, holds: boolean): string | undefined {
  return flash === 'hold-expired' && holds ? undefined : flash
}

/** @param end - why the visitor's pass is over, if it is */
function toRoom(c: Context, { id }: Festival, end: string | undefined): Response {
  return c.redirect(`/festivals/${id}/room${end === undefined ? '' : `?flash=${end}`}`, 303)
}

function back(c: Context, festival: Festival, flash: string | undefined): Response {
  return c.redirect(`/festivals/${festival.id}/buy${flash === undefined ? '' : `?flash=${flash}`}`, 303)
}

function paymentPath(festival: Festival, payment: string): string {
  return `/festivals/${festival.id}/payments/${payment}`
}
