import { html, raw } from 'hono/html'
import type { Me } from '../../../shared/api/accounts.ts'
import type { Order, OrderSummary } from '../../../shared/api/orders.ts'
import type { Refund } from '../../../shared/api/refunds.ts'
import type { Festival } from '../../../shared/catalogue.ts'
import { day, money } from '../../../shared/format.ts'
import { buyingText, paymentWords } from '../fan/text/buying.ts'
import type { Language } from '../i18n/translated.ts'
import { copyNotice } from '../layout/copy-notice.ts'
import type { Html } from '../layout/html.ts'
import { type PageContext, page } from '../layout/page.ts'
import { moment, momentIn, zoneOf } from '../layout/time.ts'
import { confirmHint } from './accounts-confirm.ts'
import { mineText } from './text/mine.ts'

type FestivalOf = (id: string) => Festival | undefined

export type MinePage = {
  me: Pick<Me, 'name' | 'roles' | 'proven'>
  orders: readonly OrderSummary[]
  refunds: readonly Refund[]
  festivalOf: FestivalOf
  /** When the page was rendered. */
  at: string
}

/** Tickets on one page of an order, and in one PDF. */
const TICKETS_PER_PAGE = 50

export type OrderPage = {
  order: Order
  /** The tickets of this page, each with its QR code as an SVG; '' for a void one. */
  tickets: readonly { ticket: Order['tickets'][number]; code: string }[]
  /** From 1. */
  number: number
  festival: Festival | undefined
  flash: string | undefined
  at: string
}

/** My page: the user's account and orders. */
export function minePage(context: PageContext, { me, orders, refunds, festivalOf, at }: MinePage): Html {
  const { language } = context
  const text = mineText[language]
  return page(
    context,
    { title: text.title, scripts: ['tickets'], personal: true },
    html`${copyNotice(context, at, text.copy)}
<div class="row"><h1>${text.hello(me.name)}</h1><form method="post" action="/sign-out"><button class="quiet">${text.signOut}</button></form></div>
${me.proven ? '' : confirmHint(language, '/me')}
<p><a href="/me/account">${text.account}</a></p>
${me.roles.includes('organiser') || me.roles.includes('operator') ? html`<p><a href="/organiser">${text.organiser}</a></p>` : ''}
${me.roles.includes('staff') ? html`<p><a href="/staff">${text.staff}</a></p>` : ''}
<h2>${text.orders}</h2>
${orders.length === 0 ? html`<p class="notice">${text.none}</p>` : ''}
<ul class="cards">${orders.map(
      (
        order,
      ) => html`<li><a class="card" href="/orders/${order.id}"><div class="row"><h3>${festivalOf(order.festival)?.name ?? order.festival}</h3>${stateTag(order, language)}</div>
<p class="soft">${text.tickets(order.ticketCount)} · ${text.number(order.number)} · ${money(order.amountMinor, order.currency, language)} · ${day(order.createdAt, zoneOf(festivalOf(order.festival)), language)}</p></a></li>`,
    )}</ul>
${refunds.length === 0 ? '' : refundsPart(refunds, festivalOf, language)}`,
  )
}

/** Payments that led to no order, and why they are refunded. */
function refundsPart(refunds: readonly Refund[], festivalOf: FestivalOf, language: Language): Html {
  return html`<h2>${mineText[language].refunds}</h2>
<ul class="cards">${refunds.map(
    (refund) => html`<li class="sheet"><h3>${festivalOf(refund.festival)?.name ?? refund.festival}</h3>
<p>${paymentWords(buyingText[language], refund)}</p>
<p class="soft">${money(refund.amountMinor, refund.currency, language)} · ${day(refund.createdAt, zoneOf(festivalOf(refund.festival)), language)}</p></li>`,
  )}</ul>`
}

/** An order with its tickets, each with a code for the gate. */
export function orderPage(
  context: PageContext,
  { order, tickets, number, festival, flash, at }: OrderPage,
): Html {
  const { language } = context
  const text = mineText[language]
  return page(
    context,
    { title: text.order, scripts: ['tickets'], personal: true },
    html`${copyNotice(context, at, text.copy)}
<p class="small no-print"><a href="/me">${text.title}</a></p>
<div class="row"><h1>${festival?.name ?? order.festival}</h1>${stateTag(order, language)}</div>
${flash === undefined ? '' : html`<p class="notice bad" role="alert">${flash}</p>`}
${order.state === 'owned' ? html`<p class="soft">${text.showCode}</p>` : html`<p class="notice warm">${text[order.state]}</p>`}
${pagesPart(order, number, language)}
<ul class="cards">${tickets.map(({ ticket, code }) => html`<li class="sheet ticket">${ticketPart(named(ticket, festival), code, language)}</li>`)}</ul>
${pagesPart(order, number, language)}
${
  tickets.every(({ ticket }) => ticket.void)
    ? ''
    : html`<p class="small soft no-print">${text.keepEmail}</p>
<p class="no-print"><a class="button quiet" href="/orders/${order.id}/tickets.pdf${number === 1 ? '' : `?page=${number}`}">${pagesOf(order) === 1 ? text.print : text.printSome(...rangeOf(order, number))}</a></p>`
}
<dl class="facts"><dt>${text.orderNumber}</dt><dd class="tabular">${order.number}</dd><dt>${text.holder}</dt><dd>${order.holder}</dd><dt>${text.ordered}</dt><dd>${moment(order.createdAt, zoneOf(festival), language)}</dd><dt>${text.amount}</dt><dd>${money(order.amountMinor, order.currency, language)}</dd>${refundRows(order, festival, language)}</dl>
${order.state === 'owned' ? cancelPart(order, festival, language) : ''}`,
  )
}

/** Each refund of a part of the order: how much, when it was requested, and its state. */
function refundRows(
  { refunds, currency }: Order,
  festival: Festival | undefined,
  language: Language,
): Html[] {
  const text = mineText[language]
  return refunds.map(
    ({ amountMinor, createdAt, state }) =>
      html`<dt>${text.refunded}</dt><dd>${money(amountMinor, currency, language)} <span class="soft small">${text.refundStates[state]}, ${moment(createdAt, zoneOf(festival), language)}</span></dd>`,
  )
}

/** The number of pages of an order's tickets, at least 1. */
export function pagesOf(order: Order): number {
  return Math.max(Math.ceil(order.tickets.length / TICKETS_PER_PAGE), 1)
}

/** The tickets of a page, counted from 1. */
export function ticketsOfPage(order: Order, number: number): Order['tickets'] {
  return order.tickets.slice((number - 1) * TICKETS_PER_PAGE, number * TICKETS_PER_PAGE)
}

/** The first and the last ticket of a page, counted from 1. */
function rangeOf(order: Order, number: number): [first: number, last: number] {
  const first = (number - 1) * TICKETS_PER_PAGE + 1
  return [first, Math.min(first + TICKETS_PER_PAGE - 1, order.tickets.length)]
}

/** Navigation between the pages of an order. */
function pagesPart(order: Order, number: number, language: Language): Html | '' {
  const pages = pagesOf(order)
  if (pages === 1) return ''
  const text = mineText[language]
  const link = (to: number, words: string) =>
    to < 1 || to > pages ? '' : html`<a href="/orders/${order.id}?page=${to}">${words}</a>`
  const [first, last] = rangeOf(order, number)
  return html`<nav class="row no-print" aria-label="${text.pages}">${link(number - 1, text.before)}<span>${text.range(first, last, order.tickets.length)}</span>${link(number + 1, text.next)}</nav>`
}

/** The type's name in the page's language, if the festival is still known. */
function named(ticket: Order['tickets'][number], festival: Festival | undefined): Order['tickets'][number] {
  const type = festival?.ticketTypes.find(({ id }) => id === ticket.type)
  return type === undefined ? ticket : { ...ticket, typeName: type.name }
}

function ticketPart(ticket: Order['tickets'][number], code: string, language: Language): Html {
  const text = mineText[language]
  const name = html`<p><strong>${ticket.typeName}</strong> <span class="soft">${text.seat(ticket.number)}</span></p>`
  if (ticket.void) return html`${name}<p class="notice">${text.void}</p>`
  return html`${name}<div class="qr" role="img" aria-label="${text.qr(ticket.typeName, ticket.number)}">${raw(code)}</div>
<p class="typed tabular">${ticket.typed}</p>`
}

/** The link to the question; nothing is cancelled before it is confirmed. After the deadline, when that was. */
function cancelPart(order: Order, festival: Festival | undefined, language: Language): Html | '' {
  const text = mineText[language]
  const types = new Set(order.tickets.filter((ticket) => !ticket.void).map(({ type }) => type))
  const deadlines = festival?.ticketTypes
    .filter(({ id }) => types.has(id))
    .map(({ refundUntil }) => refundUntil)
  const [until] = deadlines?.toSorted() ?? []
  if (until === undefined) return ''
  const time = moment(until, zoneOf(festival), language)
  if (Date.parse(until) <= Date.now())
    return html`<p class="soft no-print">${momentIn(text.cancelEnded, time)}</p>`
  return html`<div class="row no-print"><p class="soft">${momentIn(text.cancelUntil, time)}</p>
<p><a class="button danger" href="/orders/${order.id}/cancel">${text.cancel}</a></p></div>`
}

function stateTag({ state }: Pick<Order, 'state'>, language: Language): Html {
  return html`<span class="tag${state === 'owned' ? '' : ' off'}">${mineText[language].states[state]}</span>`
}
