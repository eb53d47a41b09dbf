import { html } from 'hono/html'
import { REFUND_REASON_CHARACTERS_MAX, type RefundableOrder } from '../../../../shared/api/admin-refunds.ts'
import { money } from '../../../../shared/format.ts'
import type { Language } from '../../i18n/translated.ts'
import type { Html } from '../../layout/html.ts'
import type { PageContext } from '../../layout/page.ts'
import { bareMoment } from '../../layout/time.ts'
import { organiserRefundText } from '../text/organiser-refund.ts'
import { festivalFrame, festivalPath, flashPart, stackedTable } from './frame.ts'
import type { FestivalName } from './sale.ts'

type Refund = RefundableOrder['refunds'][number]

/** What was entered, to be shown again when it is refused. */
export type RefundEntry = {
  tickets: readonly string[]
  amount: string
  reason: string
  bank: string
  accountNumber: string
  holder: string
}

export const EMPTY_ENTRY: RefundEntry = {
  tickets: [],
  amount: '',
  reason: '',
  bank: '',
  accountNumber: '',
  holder: '',
}

export type RefundPage = {
  festival: FestivalName
  order: RefundableOrder
  entry: RefundEntry
  /** What remains, as it would be entered. */
  remaining: string
  /** Of the request: a form that is sent twice refunds once. */
  key: string
  error: string | undefined
}

/** The form in which an organiser refunds tickets or an amount of an order. */
export function refundPage(
  context: PageContext,
  { festival, order, entry, remaining, key, error }: RefundPage,
): Html {
  const { language } = context
  const text = organiserRefundText[language]
  const path = `${festivalPath(festival.id)}/orders/${order.order}`
  const amount = (minor: number) => money(minor, order.currency, language)
  const title = text.title(order.number)
  return festivalFrame(
    context,
    { title, festival, tab: 'orders' },
    html`<p class="small"><a href="${path}">${text.back}</a></p>
<h2>${title}</h2>
${flashPart(error === undefined ? undefined : { bad: error })}
<p class="notice">${text.lead(amount(order.remainingMinor), amount(order.amountMinor))} ${text.whole}</p>
<form method="post" action="${path}/refund" class="sheet">
<input type="hidden" name="key" value="${key}">
${ticketsPart(order, entry, language)}
${amountPart(order, { ...entry, remaining }, language)}
<p class="field"><label for="reason">${text.reason}</label>
<textarea id="reason" name="reason" rows="2" required maxlength="${REFUND_REASON_CHARACTERS_MAX}">${entry.reason}</textarea></p>
${order.isDeposit ? accountPart(entry, language) : ''}
<p class="buttons"><button class="danger">${text.submit}</button><a class="button quiet" href="${path}">${text.back}</a></p>
</form>`,
  )
}

function ticketsPart({ tickets, currency }: RefundableOrder, entry: RefundEntry, language: Language): Html {
  const text = organiserRefundText[language]
  const chosen = new Set(entry.tickets)
  const rows = tickets.filter(({ state }) => state !== 'void')
  return html`<fieldset aria-describedby="tickets-hint"><legend>${text.tickets}</legend>
${rows.map(
  ({ id, typeName, number, priceMinor, state }) =>
    html`<p><label><input type="checkbox" name="ticket" value="${id}"${chosen.has(id) ? html` checked` : ''}${state === 'used' ? html` disabled` : ''}> ${text.ticket(typeName, number)}${priceMinor === null ? '' : ` · ${money(priceMinor, currency, language)}`}${state === 'used' ? ` · ${text.used}` : ''}</label></p>`,
)}
<p class="soft small" id="tickets-hint">${text.ticketsHint}</p></fieldset>`
}

function amountPart(
  order: RefundableOrder,
  { amount, remaining }: { amount: string; remaining: string },
  language: Language,
): Html {
  const text = organiserRefundText[language]
  const isKnown = order.tickets.every(({ priceMinor }) => priceMinor !== null)
  return html`<p class="field"><label for="amount">${text.amount(order.currency)}</label>
<input id="amount" name="amount" inputmode="decimal" autocomplete="off" aria-describedby="amount-hint" value="${amount}" placeholder="${remaining}"${isKnown ? '' : html` required`}>
<span class="soft small" id="amount-hint">${isKnown ? text.amountHint : text.amountNeeded}</span></p>`
}

function accountPart(entry: RefundEntry, language: Language): Html {
  const text = organiserRefundText[language]
  const field = (name: 'bank' | 'accountNumber' | 'holder', more: Html) =>
    html`<p class="field"><label for="${name}">${text[name]}</label>
<input id="${name}" name="${name}" required autocomplete="off" value="${entry[name]}"${more}></p>`
  return html`<fieldset aria-describedby="account-hint"><legend>${text.account}</legend>
<p class="soft small" id="account-hint">${text.accountHint}</p>
${field('bank', html` maxlength="60"`)}
${field('accountNumber', html` inputmode="numeric" maxlength="40"`)}
${field('holder', html` maxlength="60"`)}</fieldset>`
}

/** What was refunded of an order in part, on its page; nothing where nothing was. */
export function refundsPart(order: RefundableOrder, festival: FestivalName, language: Language): Html | '' {
  if (order.refunds.length === 0) return ''
  const text = organiserRefundText[language]
  return html`<h3>${text.refunds}</h3>
${stackedTable({
  caption: text.refunds,
  columns: text.columns,
  rows: order.refunds.map((refund) => [
    bareMoment(refund.createdAt, festival, language),
    money(refund.amountMinor, order.currency, language),
    ticketsOf(refund, order, language),
    stateOf(refund, language),
    refund.reason,
    refund.by.name,
  ]),
})}`
}

/** The link to the form, or why there is none. */
export function refundLink(order: RefundableOrder, path: string, language: Language): Html | '' {
  const text = organiserRefundText[language]
  if (order.state !== 'owned') return ''
  if (order.isDisputed) return html`<p class="soft">${text.disputed}</p>`
  const isFree = order.amountMinor === 0
  if (order.remainingMinor === 0 && !isFree) return html`<p class="soft">${text.nothing}</p>`
  return html`<p><a class="button quiet" href="${path}/refund">${text.begin}</a></p>`
}

function ticketsOf({ tickets }: Refund, order: RefundableOrder, language: Language): string {
  const text = organiserRefundText[language]
  if (tickets.length === 0) return text.amountOnly
  const ids = new Set(tickets)
  return order.tickets
    .filter(({ id }) => ids.has(id))
    .map(({ typeName, number }) => text.ticket(typeName, number))
    .join('; ')
}

function stateOf({ state, atProvider, failure }: Refund, language: Language): string {
  const { states } = organiserRefundText[language]
  const words = state === 'pending' && atProvider ? states.atProvider : states[state]
  return failure === null ? words : `${words} (${failure})`
}
