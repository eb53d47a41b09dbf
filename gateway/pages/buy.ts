import { html } from 'hono/html'
import type { Festival } from '../../shared/catalogue.ts'
import type { Status } from '../room/status.ts'
import { money } from './format.ts'
import { type Html, type PageContext, page } from './page.ts'
import { buyingText } from './text/buying.ts'
import { festivalsText } from './text/festivals.ts'
import { timer } from './time.ts'
import type { Language } from './translated.ts'

/** A hold as the API has it. */
export type Hold = {
  basket: { type: number; quantity: number }[]
  amountMinor: number
  expiresAt: string
  paying: boolean
}

export type BuyPage = {
  festival: Festival
  status: Status | undefined
  hold: Hold | undefined
  /** When the pass ends. */
  passUntil: string
  /** For the payment's form, so that one sent twice pays once. */
  idempotencyKey: string
  said?: string | undefined
}

/** What the sandbox provider takes for a card (`scripts/sandbox`). */
const SANDBOX_CARDS = ['card-ok', 'card-declined'] as const

/** The basket of who is inside: choose, hold, pay. */
export function buyPage(context: PageContext, buy: BuyPage): Html {
  const { language } = context
  const { festival, hold, passUntil } = buy
  const text = buyingText[language]
  const path = `/festivals/${festival.id}`
  return page(
    context,
    { title: text.title(festival.name), scripts: ['timer'], personal: true },
    html`<p class="small"><a href="${path}">${festival.name}</a></p>
<h1>${text.heading}</h1>
${buy.said === undefined ? '' : html`<p class="notice bad" role="alert">${buy.said}</p>`}
${hold === undefined ? html`<p class="soft">${text.lead}</p>${timer(passUntil, text.passUntil)}` : heldPart(hold, festival, language)}
${hold?.paying === true ? html`<p class="notice">${text.paying}</p>` : basketForm(buy, language)}
${hold === undefined || hold.paying ? '' : payForm(buy, hold, language)}
${hold?.paying === true ? '' : html`<form method="post" action="${path}/buy/leave"><button class="link small">${text.leave}</button></form>`}`,
  )
}

function heldPart(hold: Hold, { ticketTypes, currency }: Festival, language: Language): Html {
  const text = buyingText[language]
  const lines = hold.basket.map(({ type, quantity }) => {
    const found = ticketTypes.find(({ id }) => id === type)
    return html`<li class="row"><span>${quantity} × ${found?.name ?? type}</span><span class="tabular">${money((found?.priceMinor ?? 0) * quantity, currency, language)}</span></li>`
  })
  return html`<section class="sheet"><p class="notice good">${text.held}</p>
<ul class="plain">${lines}</ul>
<p class="row"><strong>${text.total}</strong><strong class="tabular">${money(hold.amountMinor, currency, language)}</strong></p>
${timer(hold.expiresAt, text.timeLeft)}</section>`
}

function basketForm({ festival, status, hold }: BuyPage, language: Language): Html {
  const text = buyingText[language]
  const held = new Map(hold?.basket.map(({ type, quantity }) => [type, quantity]))
  return html`<form method="post" action="/festivals/${festival.id}/buy/hold" class="sheet">
${festival.ticketTypes.map((type) => {
  const left = status?.ticketTypes.find((each) => each.type === type.id)?.availability
  const chosen = held.get(type.id) ?? 0
  return html`<p class="row"><label for="type-${type.id}">${type.name}<br><span class="soft small">${money(type.priceMinor, festival.currency, language)}${left === undefined || left === 'plenty' ? '' : html` · ${festivalsText[language].availability[left]}`}</span></label>
<select class="amount" id="type-${type.id}" name="type-${type.id}">${Array.from({ length: type.accountLimit + 1 }, (_, n) => html`<option${n === chosen ? html` selected` : ''}>${n}</option>`)}</select></p>`
})}
<button class="${hold === undefined ? 'big' : 'quiet'}">${hold === undefined ? text.hold : text.change}</button>
</form>`
}

function payForm({ festival, idempotencyKey }: BuyPage, hold: Hold, language: Language): Html {
  const text = buyingText[language]
  return html`<form method="post" action="/festivals/${festival.id}/buy/pay" class="sheet">
<h2>${text.payHeading}</h2>
<p class="soft small">${text.sandboxLead}</p>
<input type="hidden" name="idempotencyKey" value="${idempotencyKey}">
<p class="field"><label for="method">${text.card}</label>
<select id="method" name="method">${SANDBOX_CARDS.map((card) => html`<option value="${card}">${text.cards[card]}</option>`)}</select></p>
<button class="big">${text.pay(money(hold.amountMinor, festival.currency, language))}</button>
</form>`
}
