import { html } from 'hono/html'
import type { FoundOrder } from '../../../../shared/api/admin-orders.ts'
import type { RefundableOrder } from '../../../../shared/api/admin-refunds.ts'
import { money } from '../../../../shared/format.ts'
import type { Language } from '../../i18n/translated.ts'
import { count } from '../../layout/format.ts'
import type { Html } from '../../layout/html.ts'
import type { PageContext } from '../../layout/page.ts'
import { bareMoment } from '../../layout/time.ts'
import { organiserLiveText } from '../text/organiser-live.ts'
import { organiserRefundText } from '../text/organiser-refund.ts'
import { festivalFrame, festivalPath, flashPart, stackedTable } from './frame.ts'
import { refundLink, refundsPart } from './refund.ts'
import type { FestivalName } from './sale.ts'

const ORDER_STATES = ['owned', 'cancelling', 'cancelled'] as const
type OrderState = (typeof ORDER_STATES)[number]

export function isOrderState(text: string): text is OrderState {
  return ORDER_STATES.some((state) => state === text)
}

/** The search, as in the address. */
export type OrderQuery = { q: string; state: string; type: string }

export type OrdersPage = {
  festival: FestivalName
  query: OrderQuery
  orders: readonly FoundOrder[]
  /** The link to the next page. */
  next: string | undefined
}

/** The length of a ticket's QR text, which may be scanned into the field. */
export const QUERY_CHARACTERS_MAX = 250
export const REASON_CHARACTERS_MAX = 500

/** A festival's orders: search, filter, export. */
export function ordersPage(context: PageContext, { festival, query, orders, next }: OrdersPage): Html {
  const { language } = context
  const text = organiserLiveText[language]
  const path = `${festivalPath(festival.id)}/orders`
  return festivalFrame(
    context,
    { title: text.orders, festival, tab: 'orders' },
    html`<h2>${text.orders}</h2>
${searchForm(path, festival, query, language)}
${orders.length === 0 ? html`<p class="notice">${next === undefined ? text.noOrders : text.searchOn}</p>` : orderTable(festival, orders, language)}
${next === undefined ? '' : html`<p><a class="button quiet" href="${path}?${searchOf(query, next)}">${orders.length === 0 ? text.resume : text.older}</a></p>`}
<p><a class="button quiet" href="/api/admin/rooms/${festival.id}/orders.csv?${exportQuery(query, language)}" download>${text.csv}</a></p>
<p class="soft small">${text.csvNote}</p>`,
  )
}

/** A query for an address; empty filters are omitted. */
export function searchOf({ q, state, type }: OrderQuery, before?: string): string {
  const given = Object.entries({ q, state, type, before: before ?? '' }).filter(([, value]) => value !== '')
  return new URLSearchParams(given).toString()
}

/** The file is in the language of the page, whatever the browser prefers. */
function exportQuery(query: OrderQuery, language: Language): string {
  return [searchOf(query), `language=${language}`].filter((part) => part !== '').join('&')
}

function searchForm(path: string, festival: FestivalName, query: OrderQuery, language: Language): Html {
  const text = organiserLiveText[language]
  const option = (value: string, label: string, chosen: string) =>
    html`<option value="${value}"${value === chosen ? html` selected` : ''}>${label}</option>`
  return html`<form method="get" action="${path}" class="sheet filters" role="search">
<p class="field"><label for="q">${text.searchLabel}</label>
<input id="q" name="q" type="search" maxlength="${QUERY_CHARACTERS_MAX}" autocomplete="off" value="${query.q}"></p>
<p class="field"><label for="state">${text.state}</label>
<select id="state" name="state">${option('', text.all, query.state)}${ORDER_STATES.map((state) => option(state, text.orderStates[state], query.state))}</select></p>
<p class="field"><label for="type">${text.ticketType}</label>
<select id="type" name="type">${option('', text.all, query.type)}${festival.ticketTypes.map(({ id, name }) => option(String(id), name, query.type))}</select></p>
<p class="field"><button>${text.search}</button></p>
</form>`
}

function orderTable(festival: FestivalName, orders: readonly FoundOrder[], language: Language): Html {
  const path = `${festivalPath(festival.id)}/orders`
  const text = organiserLiveText[language]
  return stackedTable({
    caption: text.orders,
    columns: text.orderColumns,
    rows: orders.map((order) => [
      html`<a href="${path}/${order.id}"><code>${order.number}</code></a>`,
      bareMoment(order.createdAt, festival, language),
      html`${order.account.name}<br><span class="soft small">${order.account.email}</span>`,
      ticketsOf(order, language),
      html`${money(order.amountMinor, order.currency, language)}${order.refundedMinor === 0 ? '' : html`<br><span class="soft small">${organiserRefundText[language].refunded}: ${money(order.refundedMinor, order.currency, language)}</span>`}`,
      stateTag(order, language),
    ]),
  })
}

function ticketsOf({ tickets }: FoundOrder, language: Language): string {
  const text = organiserLiveText[language]
  return tickets.map(({ typeName, quantity }) => text.times(count(quantity, language), typeName)).join(', ')
}

function stateTag({ state }: FoundOrder, language: Language): Html {
  return html`<span class="tag${state === 'owned' ? '' : ' off'}">${organiserLiveText[language].orderStates[state]}</span>`
}

export type OrganiserOrderPage = {
  festival: FestivalName
  order: FoundOrder
  /** What was refunded of it in part, and what can be. */
  refundable: RefundableOrder
  flash: { good: string } | { bad: string } | undefined
}

/** One order, with a link to cancel it. */
export function organiserOrderPage(
  context: PageContext,
  { festival, order, refundable, flash }: OrganiserOrderPage,
): Html {
  const { language } = context
  const text = organiserLiveText[language]
  const amount = money(order.amountMinor, order.currency, language)
  const path = `${festivalPath(festival.id)}/orders`
  return festivalFrame(
    context,
    { title: text.orderTitle(order.number), festival, tab: 'orders' },
    html`<p class="small"><a href="${path}">${text.orders}</a></p>
<div class="row"><h2>${text.orderTitle(order.number)}</h2>${stateTag(order, language)}</div>
${flashPart(flash)}
<dl class="facts sheet">
<dt>${text.orderNumber}</dt><dd><code>${order.number}</code></dd>
<dt>${text.fan}</dt><dd>${order.account.name}<br>${order.account.email}</dd>
<dt>${text.tickets}</dt><dd>${ticketsOf(order, language)}</dd>
<dt>${text.amount}</dt><dd>${amount}</dd>
${order.refundedMinor === 0 ? '' : html`<dt>${organiserRefundText[language].refunded}</dt><dd>${money(order.refundedMinor, order.currency, language)}</dd>`}
<dt>${text.ordered}</dt><dd>${bareMoment(order.createdAt, festival, language)}</dd>
${order.cancelledAt === null ? '' : html`<dt>${text.orderStates.cancelled}</dt><dd>${bareMoment(order.cancelledAt, festival, language)}</dd>`}
</dl>
${refundsPart(refundable, festival, language)}
${refundLink(refundable, `${path}/${order.id}`, language)}
${order.state === 'owned' ? html`<p><a class="button danger" href="${path}/${order.id}/cancel">${text.cancel}</a></p>` : ''}`,
  )
}

/** Asks for confirmation before an order is cancelled: how many tickets, whose, and what is refunded. */
export function organiserCancelPage(
  context: PageContext,
  { festival, order, refundable }: Omit<OrganiserOrderPage, 'flash'>,
): Html {
  const { language } = context
  const text = organiserLiveText[language]
  const amount = money(order.amountMinor - order.refundedMinor, order.currency, language)
  const path = `${festivalPath(festival.id)}/orders/${order.id}`
  const tickets = count(refundable.tickets.filter(({ state }) => state !== 'void').length, language)
  const title = text.cancelTitle(order.number)
  return festivalFrame(
    context,
    { title, festival, tab: 'orders' },
    html`<p class="small"><a href="${path}">${text.orderTitle(order.number)}</a></p>
<h2>${title}</h2>
<p class="notice warm">${text.cancelLead({ tickets, amount, name: order.account.name })}</p>
<form method="post" action="${path}/cancel">
<p class="field"><label for="reason">${text.reason}</label>
<textarea id="reason" name="reason" rows="2" required maxlength="${REASON_CHARACTERS_MAX}"></textarea></p>
<p class="buttons"><button class="danger">${text.cancelYes(tickets)}</button><a class="button quiet" href="${path}">${text.keepOrder}</a></p>
</form>`,
  )
}
