import { type Context, Hono } from 'hono'
import { readMeRoute } from '../../../shared/api/accounts.ts'
import { type Order, readOrderRoute } from '../../../shared/api/orders.ts'
import {
  abandonPaymentRoute,
  completePaymentRoute,
  type Payment,
  payRoute,
  readPaymentRoute,
} from '../../../shared/api/payments.ts'
import { Problem } from '../../../shared/api/problem.ts'
import type { Festival } from '../../../shared/catalogue.ts'
import { pause } from '../../../shared/runtime/loop.ts'
import type { Api, ApiAnswer } from '../../api/page-api.ts'
import { fanOf } from '../../api/rooms/fan.ts'
import { type PageEnv, pageContext } from '../layout/page-context.ts'
import { requireFestival } from '../layout/page-festival.ts'
import { flashQuery, readFacts } from '../layout/refusal-facts.ts'
import { signInFirst } from '../layout/sign-in-first.ts'
import { flashText } from '../layout/text/flash.ts'
import type { BuyingPageRoutesDeps } from './buying-deps.ts'
import { paymentPath, toBasket, toPayment, toRefusal } from './buying-redirects.ts'
import { paymentPage, paymentUnavailablePage } from './payment.ts'

/** The delays between retries for a payment whose first request is still in progress. */
const IN_FLIGHT_PAUSES_MS = [100, 200, 400, 800]
/** The amount as the page's form sends it. */
const AMOUNT = /^\d{1,12}$/
const UNAVAILABLE_RETRY_SECONDS = 5
/** Statuses that a payment of the visitor would not return; other errors leave it unknown whether it exists. */
const NO_PAYMENT = [400, 403, 404, 422]

/** Paying for the basket, and what has become of a payment. */
export function createPaymentPages(deps: BuyingPageRoutesDeps) {
  const app = new Hono<PageEnv>()
  app.post('/festivals/:festival/buy/pay', (c) => payBasket(deps, c))
  app.get('/festivals/:festival/payments/:payment', (c) => showPayment(deps, c, c.req.param('payment')))
  app.get('/festivals/:festival/payments/:payment/continue', (c) =>
    toProvider(deps, c, c.req.param('payment')),
  )
  app.get('/festivals/:festival/payments/:payment/return', (c) => comeBack(deps, c, c.req.param('payment')))
  app.post('/festivals/:festival/payments/:payment/abandon', (c) => abandon(deps, c, c.req.param('payment')))
  return app
}

async function payBasket({ api, festivals }: BuyingPageRoutesDeps, c: Context<PageEnv>): Promise<Response> {
  const festival = requireFestival(c, festivals)
  const { method, idempotencyKey, amountMinor, holdVersion } = await c.req.parseBody()
  // A page rendered by an older version sends no amount: the fan is shown the basket again, with its price.
  if (typeof amountMinor !== 'string' || !AMOUNT.test(amountMinor))
    return toBasket(c, festival, 'hold-changed')
  const body = { method, amountMinor: Number(amountMinor), holdVersion }
  const answer = await pay(api, c, {
    ...{ params: { room: festival.room.id }, body },
    headers: { 'idempotency-key': String(idempotencyKey) },
  })
  if (answer.ok) return toPayment(c, festival, answer.body.id, '?continue')
  const { payment } = answer.problem
  // Another tab is paying: this one shows that payment.
  return typeof payment === 'string' ? toPayment(c, festival, payment) : toRefusal(c, festival, answer)
}

/** A payment sent twice is made once: the second request waits for the first and returns the same payment. */
async function pay(
  api: Api,
  c: Context,
  input: { params: { room: string }; body: object; headers: Record<string, string> },
): Promise<ApiAnswer<Payment>> {
  let answer = await api(c, payRoute, input)
  for (const milliseconds of IN_FLIGHT_PAUSES_MS) {
    if (answer.ok || answer.problem.code !== 'request-in-flight') break
    await pause(milliseconds, c.req.raw.signal)
    answer = await api(c, payRoute, input)
  }
  return answer
}

async function showPayment(
  deps: BuyingPageRoutesDeps,
  c: Context<PageEnv>,
  payment: string,
): Promise<Response> {
  const festival = requireFestival(c, deps.festivals)
  const read = await readPayment(deps, c, festival, payment)
  if (read instanceof Response) return read
  const { action } = read
  const starts = c.req.query('continue') !== undefined
  const checkout = deps.festivals.checkout()
  if (action?.kind === 'script') c.set('payingWith', checkout)
  // A page in between, since browsers apply the form's policy to all redirects that follow it (W3C CSP 3, form-action).
  if (action?.kind === 'redirect' && starts)
    c.header('refresh', `0;url=${paymentPath(festival, payment)}/continue`)
  const [fan, more] = await Promise.all([fanOf(deps, c, festival), readBought(deps.api, c, read)])
  c.header('cache-control', 'no-store')
  // Without the query: changing the language leads to no other page.
  const context = { ...pageContext(c, deps.assets), path: c.req.path }
  const flash = flashText(
    c.req.query('flash'),
    context.language,
    readFacts((name) => c.req.query(name), deps.now()),
  )
  const { publicUrl } = deps.config
  return c.html(
    paymentPage(context, { festival, payment: read, fan, checkout, publicUrl, starts, flash, ...more }),
  )
}

/** The payment, or the page that says why it cannot be shown. */
async function readPayment(
  { api, assets }: BuyingPageRoutesDeps,
  c: Context<PageEnv>,
  festival: Festival,
  payment: string,
): Promise<Payment | Response> {
  const answer = await api(c, readPaymentRoute, { params: { room: festival.room.id, payment } })
  if (answer.ok) return answer.body
  if (answer.status === 401) return signInFirst(c, paymentPath(festival, payment))
  if (NO_PAYMENT.includes(answer.status)) throw new Problem('not-found', 'There is no such payment')
  c.header('cache-control', 'no-store')
  c.header('retry-after', String(UNAVAILABLE_RETRY_SECONDS))
  return c.html(paymentUnavailablePage(pageContext(c, assets), { festival, payment }), 503)
}

/** Leads to the provider's page while that waits for the fan, else to the payment's. */
async function toProvider(
  deps: BuyingPageRoutesDeps,
  c: Context<PageEnv>,
  payment: string,
): Promise<Response> {
  const festival = requireFestival(c, deps.festivals)
  const read = await readPayment(deps, c, festival, payment)
  if (read instanceof Response) return read
  c.header('cache-control', 'no-store')
  const { action } = read
  return action?.kind === 'redirect' ? c.redirect(action.url, 303) : toPayment(c, festival, payment)
}

/**
 * Where the provider sends the fan back to. Nothing that comes with the request is believed: the origin asks the
 * provider how the payment stands. A fan who is not signed in any more signs in, and the payment completes without them.
 */
async function comeBack(
  { api, festivals }: BuyingPageRoutesDeps,
  c: Context<PageEnv>,
  payment: string,
): Promise<Response> {
  const festival = requireFestival(c, festivals)
  const answer = await api(c, completePaymentRoute, { params: { room: festival.room.id, payment } })
  c.header('cache-control', 'no-store')
  if (answer.status === 401) return signInFirst(c, paymentPath(festival, payment))
  // The payment's page says what is wrong, and follows it.
  return toPayment(c, festival, payment)
}

/** Cancels a payment that waits for its fan, so that they can pay in another way. */
async function abandon(
  { api, festivals }: BuyingPageRoutesDeps,
  c: Context<PageEnv>,
  payment: string,
): Promise<Response> {
  const festival = requireFestival(c, festivals)
  const answer = await api(c, abandonPaymentRoute, { params: { room: festival.room.id, payment } })
  if (answer.ok && answer.status === 204) return toBasket(c, festival, 'payment-cancelled')
  if (answer.ok) return toPayment(c, festival, payment)
  if (answer.status === 401) return signInFirst(c, paymentPath(festival, payment))
  return toPayment(c, festival, payment, `?${flashQuery(answer.problem, Date.now())}`)
}

/** The order of a payment and the address of its e-mail, as far as they can be read. */
async function readBought(
  api: Api,
  c: Context,
  { state, order }: Payment,
): Promise<{ order?: Order; email?: string }> {
  if (state !== 'confirmed' || order === undefined) return {}
  const [found, me] = await Promise.all([api(c, readOrderRoute, { params: { order } }), api(c, readMeRoute)])
  return {
    ...(found.ok ? { order: found.body } : {}),
    ...(me.ok ? { email: me.body.email } : {}),
  }
}
