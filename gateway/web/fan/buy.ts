import { html } from 'hono/html'
import type { Hold } from '../../../shared/api/holds.ts'
import type { Festival } from '../../../shared/catalogue.ts'
import { clockInZone, money } from '../../../shared/format.ts'
import type { Status } from '../../room/status.ts'
import type { Language } from '../i18n/translated.ts'
import { type Html, type PageContext, page } from '../layout/page.ts'
import { timer } from '../layout/time.ts'
import { possibleOf, type RefusedBasket } from './refused-basket.ts'
import { refusedPart } from './refused-part.ts'
import { buyingText } from './text/buying.ts'
import { festivalsText } from './text/festivals.ts'
import { priceText, saleStateOf, saleTimes, separated } from './type-sale.ts'

export type BuyPage = {
  festival: Festival
  status: Status | undefined
  hold: Hold | undefined
  /** When the pass ends. */
  passUntil: string
  /** For the payment's form, so that one sent twice pays once. */
  idempotencyKey: string
  flash?: string | undefined
  /** What was chosen last, and what of it was refused. */
  refused: RefusedBasket
  now: number
}

/** What the sandbox provider accepts as a card (`scripts/develop/sandbox-provider`). */
const SANDBOX_CARDS = ['card-ok', 'card-declined'] as const

/** The basket of an admitted fan: choose, reserve, pay. */
export function buyPage(context: PageContext, buy: BuyPage): Html {
  const { language } = context
  const { festival, hold, passUntil } = buy
  const text = buyingText[language]
  const path = `/festivals/${festival.id}`
  return page(
    context,
    {
      ...{ title: text.title(festival.name), scripts: ['timer', 'ask', 'fan'], personal: true },
      fan: { room: festival.room.id, status: hold?.paying === true ? 'paying' : 'admitted' },
    },
    html`<p class="small"><a href="${path}">${festival.name}</a></p>
<h1>${text.heading}</h1>
${flashPart(buy, language)}
${hold === undefined ? passPart(passUntil, path, festival, language) : heldPart(hold, festival, language)}
${hold?.paying === true ? payingPart(hold, path, language) : basketForm(buy, language)}
${hold === undefined || hold.paying ? '' : payForm(buy, hold, language)}
${hold?.paying === true ? '' : html`<form method="post" action="${path}/buy/leave" data-ask="${text.leaveAsk}"><button class="link small">${text.leave}</button></form>`}`,
  )
}

/** The result of the last form: for a refused basket, the facts of its types. */
function flashPart({ flash, refused, festival, hold }: BuyPage, language: Language): Html | '' {
  const facts = refusedPart(refused, { festival, holds: hold !== undefined }, language)
  if (facts !== '' || flash === undefined) return facts
  return html`<p class="notice bad" role="alert">${flash}</p>`
}

/** Shown while the shop does not return the basket. */
export function basketUnavailablePage(context: PageContext, { id, name }: Festival): Html {
  const text = buyingText[context.language]
  return page(
    context,
    { title: text.title(name), personal: true },
    html`<p class="small"><a href="/festivals/${id}">${name}</a></p>
<h1>${text.heading}</h1>
<p class="notice warm" role="status">${text.basketUnavailable}</p>`,
  )
}

function passPart(until: string, path: string, festival: Festival, language: Language): Html {
  const text = buyingText[language]
  const words = {
    until: text.passUntil(clockInZone(until, festival, language)),
    left: text.passLeft,
    warning: text.passEnds,
  }
  return html`<p class="soft">${text.lead}</p>${timer(until, `${path}/buy`, words)}<p class="small soft">${text.essential}</p>`
}

/** A hold does not expire during a payment. */
function payingPart({ payment }: Hold, path: string, language: Language): Html {
  const text = buyingText[language]
  return html`<p class="notice">${text.paying}</p>
${payment === undefined ? '' : html`<p><a class="button big" href="${path}/payments/${payment}">${text.toPayment}</a></p>`}`
}

function heldPart(hold: Hold, festival: Festival, language: Language): Html {
  const { id, ticketTypes, currency } = festival
  const text = buyingText[language]
  const held = hold.basket.map(({ type, quantity }) => {
    const found = ticketTypes.find((each) => each.id === type)
    return { name: found?.name ?? type, quantity, amountMinor: (found?.priceMinor ?? 0) * quantity }
  })
  // The payment uses the prices at the time of the hold; current prices are shown only where they are the same.
  const priced = held.reduce((sum, { amountMinor }) => sum + amountMinor, 0) === hold.amountMinor
  const lines = held.map(
    ({ name, quantity, amountMinor }) =>
      html`<li class="row"><span>${quantity} × ${name}</span>${priced ? html`<span class="tabular">${money(amountMinor, currency, language)}</span>` : ''}</li>`,
  )
  const words = {
    until: text.heldUntil(clockInZone(hold.expiresAt, festival, language)),
    left: text.timeLeft,
    warning: text.heldEnds,
  }
  return html`<section class="sheet"><p class="notice good">${text.held}</p>
<ul class="plain">${lines}</ul>
<p class="row"><strong>${text.total}</strong><strong class="tabular">${money(hold.amountMinor, currency, language)}</strong></p>
${hold.paying ? '' : html`${timer(hold.expiresAt, `/festivals/${id}/buy?flash=hold-expired`, words)}<p class="small soft">${text.essential}</p>`}</section>`
}

function basketForm({ festival, status, hold, refused, now }: BuyPage, language: Language): Html {
  const text = buyingText[language]
  const held = new Map(hold?.basket.map(({ type, quantity }) => [type, quantity]))
  const isAgain = refused.chosen.length > 0
  const chosenOf = (type: number) => (isAgain ? possibleOf(refused, type) : held.get(type)) ?? 0
  return html`<form method="post" action="/festivals/${festival.id}/buy/hold" class="sheet">
${festival.ticketTypes.map((type) => typeRow(type, chosenOf(type.id), { festival, status, refused, now }, language))}
<button class="${hold === undefined ? 'big' : 'quiet'}">${hold === undefined ? text.hold : text.change}</button>
</form>`
}

/** A type and its quantity; a type that is not on sale offers no more than is held already. */
function typeRow(
  type: Festival['ticketTypes'][number],
  chosen: number,
  { festival, status, refused, now }: Pick<BuyPage, 'festival' | 'status' | 'refused' | 'now'>,
  language: Language,
): Html {
  const text = festivalsText[language]
  const state = saleStateOf(type, now)
  const most = state === 'on' ? Math.max(type.accountLimit, chosen) : chosen
  const isRefused = refused.lines.some(({ ticketType }) => ticketType === type.id)
  const left = status?.ticketTypes.find((each) => each.type === type.id)?.availability
  const times = saleTimes(type, festival, now, language)
  const facts = [
    priceText(type, festival.currency, language),
    ...(state === 'on' || times.length > 0 ? [] : [text.typeSale[state]]),
    ...times,
    ...(state !== 'on' || left === undefined || left === 'plenty' ? [] : [text.availability[left]]),
  ]
  const about = html`${type.name}<br><span class="soft small">${separated(facts)}</span>`
  if (most === 0) return html`<p class="row"><span>${about}</span></p>`
  return html`<p class="row"><label for="type-${type.id}">${about}</label>
<select class="amount" id="type-${type.id}" name="type-${type.id}"${isRefused ? html` aria-invalid="true" aria-describedby="refused-${type.id}"` : ''}>${Array.from({ length: most + 1 }, (_, n) => html`<option${n === chosen ? html` selected` : ''}>${n}</option>`)}</select></p>`
}

function payForm({ festival, idempotencyKey }: BuyPage, hold: Hold, language: Language): Html {
  const text = buyingText[language]
  const head = html`<form method="post" action="/festivals/${festival.id}/buy/pay" class="sheet">
<input type="hidden" name="idempotencyKey" value="${idempotencyKey}">
<input type="hidden" name="amountMinor" value="${hold.amountMinor}"><input type="hidden" name="holdVersion" value="${hold.version}">`
  if (hold.amountMinor === 0) {
    return html`${head}<input type="hidden" name="method" value="free"><button class="big">${text.takeFree}</button></form>`
  }
  return html`${head}<h2>${text.payHeading}</h2>
<p class="soft small">${text.sandboxLead}</p>
<p class="field"><label for="method">${text.card}</label>
<select id="method" name="method">${SANDBOX_CARDS.map((card) => html`<option value="${card}">${text.cards[card]}</option>`)}</select></p>
<button class="big">${text.pay(money(hold.amountMinor, festival.currency, language))}</button>
</form>`
}
