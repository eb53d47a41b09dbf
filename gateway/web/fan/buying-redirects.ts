import type { Context } from 'hono'
import type { ProblemDocument } from '../../../shared/api/problem.ts'
import type { Festival } from '../../../shared/catalogue.ts'
import { type ChosenLine, refusalQuery } from './refused-basket.ts'

type Refused = { status: number; problem: ProblemDocument }

/** The origin's codes for a pass that is no longer valid. */
const PASS_OVER = ['token-wrong-audience', 'pass-ended', 'room-restored']

/** Without a valid pass, redirects to the room, which explains it; else the basket shows what was refused. */
export function toRefusal(
  c: Context,
  festival: Festival,
  answer: Refused,
  chosen: readonly ChosenLine[] = [],
): Response {
  if (isPassRefused(answer)) return toBasket(c, festival, undefined)
  return c.redirect(`/festivals/${festival.id}/buy?${refusalQuery(answer.problem, chosen, Date.now())}`, 303)
}

export function isPassRefused({ status, problem }: Refused): boolean {
  return status === 401 || PASS_OVER.includes(problem.code)
}

export function toBasket(c: Context, festival: Festival, flash: string | undefined): Response {
  return c.redirect(`/festivals/${festival.id}/buy${flash === undefined ? '' : `?flash=${flash}`}`, 303)
}

/** @param end - why the visitor's pass is over, if it is */
export function toRoom(c: Context, { id }: Festival, end: string | undefined): Response {
  return c.redirect(`/festivals/${id}/room${end === undefined ? '' : `?flash=${end}`}`, 303)
}

/** @param query - `continue` leads on to the provider as soon as it asks for the fan */
export function toPayment(c: Context, festival: Festival, payment: string, query = ''): Response {
  return c.redirect(`${paymentPath(festival, payment)}${query}`, 303)
}

export function paymentPath({ id }: Festival, payment: string): string {
  return `/festivals/${id}/payments/${encodeURIComponent(payment)}`
}
