import { randomUUID } from 'node:crypto'
import { type Context, Hono } from 'hono'
import {
  REFUND_REASON_CHARACTERS_MAX,
  type RefundableOrder,
  readRefundableRoute,
  refundInPartRoute,
} from '../../../shared/api/admin-refunds.ts'
import { Problem } from '../../../shared/api/problem.ts'
import { cutText } from '../../../shared/text.ts'
import type { Language } from '../i18n/translated.ts'
import { type PageEnv, pageContext } from '../layout/page-context.ts'
import { toMajor, toMinor } from './festivals/amounts.ts'
import { festivalPath } from './live/frame.ts'
import { EMPTY_ENTRY, type RefundEntry, refundPage } from './live/refund.ts'
import { festivalOf, hereOf, type OrganiserLivePageDeps, refuse } from './organiser-page.ts'
import { organiserRefundText } from './text/organiser-refund.ts'

const FIELD_CHARACTERS_MAX = 60
const KEY = /^[0-9a-f-]{36}$/

/** The pages on which an organiser refunds some tickets of an order, or an amount of it. */
export function createOrganiserRefundPages(deps: OrganiserLivePageDeps) {
  const app = new Hono<PageEnv>()
  app.get('/organiser/festivals/:festival/orders/:order/refund', (c) => askForRefund(deps, c))
  app.post('/organiser/festivals/:festival/orders/:order/refund', (c) => refund(deps, c))
  return app
}

async function askForRefund(deps: OrganiserLivePageDeps, c: Context<PageEnv>): Promise<Response> {
  const order = await findRefundable(deps, c)
  if (order instanceof Response) return order
  if (order.state !== 'owned') return c.redirect(orderPath(c), 303)
  return showForm(deps, c, { order, entry: EMPTY_ENTRY, key: randomUUID(), error: undefined })
}

type Form = { order: RefundableOrder; entry: RefundEntry; key: string; error: string | undefined }

function showForm(
  { assets, festivals }: OrganiserLivePageDeps,
  c: Context<PageEnv>,
  form: Form,
  status: 200 | 422 = 200,
): Response | Promise<Response> {
  c.header('cache-control', 'no-store')
  const { remainingMinor, currency } = form.order
  const remaining = toMajor(remainingMinor, currency)
  return c.html(
    refundPage(pageContext(c, assets), { festival: festivalOf(c, festivals), remaining, ...form }),
    status,
  )
}

async function refund(deps: OrganiserLivePageDeps, c: Context<PageEnv>): Promise<Response> {
  const order = await findRefundable(deps, c)
  if (order instanceof Response) return order
  const { entry, key } = await readForm(c)
  const { language } = pageContext(c, deps.assets)
  const amountMinor = entry.amount === '' ? undefined : toMinor(entry.amount, order.currency)
  if (entry.amount !== '' && amountMinor === undefined) {
    return await showForm(deps, c, { order, entry, key, error: errorText('amount-invalid', language) }, 422)
  }
  const { bank, accountNumber, holder } = entry
  const hasAccount = order.isDeposit && [bank, accountNumber, holder].some((text) => text !== '')
  const answer = await deps.api(c, refundInPartRoute, {
    params: { order: order.order },
    headers: { 'idempotency-key': `"${key}"` },
    body: {
      ...{ tickets: entry.tickets, reason: entry.reason },
      ...(amountMinor === undefined ? {} : { amountMinor }),
      ...(hasAccount ? { refundAccount: { bank, accountNumber, holder } } : {}),
    },
  })
  if (answer.ok) return c.redirect(`${orderPath(c)}?flash=refunded`, 303)
  if ([401, 403, 404].includes(answer.status)) return refuse(c, answer, `${orderPath(c)}/refund`)
  return await showForm(deps, c, { order, entry, key, error: errorText(answer.problem.code, language) }, 422)
}

async function readForm(c: Context): Promise<{ entry: RefundEntry; key: string }> {
  const form = await c.req.parseBody({ all: true })
  const text = (name: string, charactersMax: number) => {
    const value = form[name]
    return typeof value === 'string' ? cutText(value.trim(), charactersMax) : ''
  }
  const tickets = [form['ticket']].flat().filter((id) => typeof id === 'string')
  const key = text('key', FIELD_CHARACTERS_MAX)
  if (!KEY.test(key)) throw new Problem('bad-request')
  const entry = {
    tickets,
    amount: text('amount', FIELD_CHARACTERS_MAX),
    reason: text('reason', REFUND_REASON_CHARACTERS_MAX),
    bank: text('bank', FIELD_CHARACTERS_MAX),
    accountNumber: text('accountNumber', FIELD_CHARACTERS_MAX),
    holder: text('holder', FIELD_CHARACTERS_MAX),
  }
  return { entry, key }
}

/** The order of this request's path, or the error response when it cannot be read. */
export async function findRefundable(
  { api }: OrganiserLivePageDeps,
  c: Context,
): Promise<RefundableOrder | Response> {
  const answer = await api(c, readRefundableRoute, { params: { order: c.req.param('order') ?? '' } })
  if (!answer.ok) return refuse(c, answer, hereOf(c))
  if (answer.body.festival !== c.req.param('festival')) throw new Problem('not-found')
  return answer.body
}

function errorText(code: string, language: Language): string {
  const { refusals, failed } = organiserRefundText[language]
  const texts: Readonly<Record<string, string>> = refusals
  return Object.hasOwn(texts, code) ? (texts[code] ?? failed) : failed
}

function orderPath(c: Context): string {
  return `${festivalPath(c.req.param('festival') ?? '')}/orders/${encodeURIComponent(c.req.param('order') ?? '')}`
}
