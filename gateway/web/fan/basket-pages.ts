import { randomUUID } from 'node:crypto'
import { type Context, Hono } from 'hono'
import { readHoldRoute, releaseHoldRoute, takeHoldRoute } from '../../../shared/api/holds.ts'
import { leavePassRoute } from '../../../shared/api/leaving.ts'
import type { ProblemDocument } from '../../../shared/api/problem.ts'
import type { Festival } from '../../../shared/catalogue.ts'
import { endOfPass, visitorsPass } from '../../api/auth/visitors-pass.ts'
import { type PageEnv, pageContext } from '../layout/page-context.ts'
import { requireFestival } from '../layout/page-festival.ts'
import { readFacts } from '../layout/refusal-facts.ts'
import { flashText } from '../layout/text/flash.ts'
import { basketUnavailablePage, buyPage } from './buy.ts'
import type { BuyingPageRoutesDeps } from './buying-deps.ts'
import { isPassRefused, toBasket, toRefusal, toRoom } from './buying-redirects.ts'
import { hasProvidersForm } from './checkout.ts'
import { type ChosenLine, readRefusal } from './refused-basket.ts'

/** A valid quantity, at most what the API accepts of one type; anything else was not chosen in the form. */
const QUANTITY = /^(0|[1-9]\d{0,2})$/
const UNAVAILABLE_RETRY_SECONDS = 5

/** The basket: choosing tickets, holding them, and leaving without them. */
export function createBasketPages(deps: BuyingPageRoutesDeps) {
  const app = new Hono<PageEnv>()
  app.get('/festivals/:festival/buy', (c) => showBasket(deps, c))
  app.post('/festivals/:festival/buy/hold', (c) => holdBasket(deps, c))
  app.post('/festivals/:festival/buy/leave', (c) => leaveBasket(deps, c))
  return app
}

async function showBasket(deps: BuyingPageRoutesDeps, c: Context<PageEnv>): Promise<Response> {
  const festival = requireFestival(c, deps.festivals)
  const pass = await visitorsPass(deps, c, festival.room.id)
  if (pass.status !== 'live') return toRoom(c, festival, endOfPass(pass))
  const answer = await deps.api(c, readHoldRoute, { params: { room: festival.room.id } })
  c.header('cache-control', 'no-store')
  if (!answer.ok && isPassRefused(answer)) return toRoom(c, festival, endOfRefused(answer))
  if (!answer.ok && answer.problem.code !== 'hold-missing') return showUnavailable(deps, c, festival)
  const hold = answer.ok ? answer.body : undefined
  const checkout = deps.festivals.checkout()
  if (hasProvidersForm(checkout, hold)) c.set('payingWith', checkout)
  const context = pageContext(c, deps.assets)
  const query = (name: string) => c.req.query(name)
  return c.html(
    buyPage(context, {
      festival,
      status: deps.snapshots.of(festival.room.id)?.status,
      hold,
      checkout,
      passUntil: pass.until,
      idempotencyKey: randomUUID(),
      refused: readRefusal(query),
      flash: flashText(flashOf(query('flash'), answer.ok), context.language, readFacts(query, deps.now())),
      now: deps.now(),
    }),
  )
}

function showUnavailable(
  { assets }: BuyingPageRoutesDeps,
  c: Context<PageEnv>,
  festival: Festival,
): Response | Promise<Response> {
  c.header('retry-after', String(UNAVAILABLE_RETRY_SECONDS))
  // Works with and without JavaScript (HTML, section 4.2.5.3).
  c.header('refresh', String(UNAVAILABLE_RETRY_SECONDS))
  return c.html(basketUnavailablePage(pageContext(c, assets), festival), 503)
}

async function holdBasket({ api, festivals }: BuyingPageRoutesDeps, c: Context<PageEnv>): Promise<Response> {
  const festival = requireFestival(c, festivals)
  const basket = chosenLines(festival, await c.req.parseBody())
  if (basket === undefined) return toBasket(c, festival, 'invalid-input')
  const params = { room: festival.room.id }
  const isEmpty = basket.length === 0
  const answer = isEmpty
    ? await api(c, releaseHoldRoute, { params })
    : await api(c, takeHoldRoute, { params, body: { basket } })
  if (!answer.ok) return toRefusal(c, festival, answer, basket)
  return toBasket(c, festival, isEmpty ? 'nothing-chosen' : undefined)
}

/** The chosen tickets of a form; undefined for values that were not chosen in it. */
function chosenLines(
  { ticketTypes }: Festival,
  form: Readonly<Record<string, unknown>>,
): ChosenLine[] | undefined {
  const lines: ChosenLine[] = []
  for (const { id: type } of ticketTypes) {
    const quantity = form[`type-${type}`] ?? '0'
    if (typeof quantity !== 'string' || !QUANTITY.test(quantity)) return undefined
    if (quantity !== '0') lines.push({ type, quantity: Number(quantity) })
  }
  return lines
}

async function leaveBasket({ api, festivals }: BuyingPageRoutesDeps, c: Context<PageEnv>): Promise<Response> {
  const festival = requireFestival(c, festivals)
  const answer = await api(c, leavePassRoute, { params: { room: festival.room.id } })
  if (!answer.ok) return toRefusal(c, festival, answer)
  for (const cookie of answer.cookies) c.header('set-cookie', cookie, { append: true })
  return c.redirect(`/festivals/${festival.id}`, 303)
}

function endOfRefused({ problem }: { problem: ProblemDocument }): string {
  return problem.code === 'room-restored' ? problem.code : 'pass-ended'
}

/** A flash message about an expired hold is outdated while there is a new one. */
function flashOf(flash: string | undefined, holds: boolean): string | undefined {
  return flash === 'hold-expired' && holds ? undefined : flash
}
