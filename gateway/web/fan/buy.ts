import { html } from 'hono/html'
import type { Hold } from '../../../shared/api/holds.ts'
import type { Festival } from '../../../shared/catalogue.ts'
import type { Checkout } from '../../../shared/checkout.ts'
import { clockInZone } from '../../../shared/format.ts'
import type { Status } from '../../room/status.ts'
import type { Language } from '../i18n/translated.ts'
import type { Html } from '../layout/html.ts'
import { type PageContext, page } from '../layout/page.ts'
import { timer } from '../layout/time.ts'
import { hasProvidersForm, payForm, reviewPart } from './checkout.ts'
import { possibleOf, type RefusedBasket } from './refused-basket.ts'
import { refusedPart } from './refused-part.ts'
import { buyingText } from './text/buying.ts'
import { checkoutText } from './text/checkout.ts'
import { festivalsText } from './text/festivals.ts'
import { priceText, saleStateOf, saleTimes, separated } from './type-sale.ts'

export type BuyPage = {
  festival: Festival
  status: Status | undefined
  hold: Hold | undefined
  /** How fans can pay; undefined while that is unknown. */
  checkout: Checkout | undefined
  /** When the pass ends. */
  passUntil: string
  /** For the payment's form, so that one sent twice pays once. */
  idempotencyKey: string
  flash?: string | undefined
  /** What was chosen last, and what of it was refused. */
  refused: RefusedBasket
  now: number
}

/** The basket of an admitted fan: choose, reserve, pay. */
export function buyPage(context: PageContext, buy: BuyPage): Html {
  const { language } = context
  const { festival, hold, passUntil, now } = buy
  const text = buyingText[language]
  const path = `/festivals/${festival.id}`
  return page(
    context,
    {
      ...{ title: text.title(festival.name), personal: true },
      scripts: ['timer', 'ask', 'fan', ...(hasProvidersForm(buy.checkout, hold) ? ['stripe-form'] : [])],
      fan: { room: festival.room.id, status: hold?.paying === true ? 'paying' : 'admitted' },
    },
    html`<p class="small"><a href="${path}">${festival.name}</a></p>
<h1>${text.heading}</h1>
${flashPart(buy, language)}
${hold === undefined ? passPart(passUntil, path, festival, language) : reviewPart(hold, festival, now, language)}
${orderPart(buy, path, language)}
${hold?.paying === true ? '' : html`<form method="post" action="${path}/buy/leave" data-ask="${text.leaveAsk}"><button class="link small">${text.leave}</button></form>`}`,
  )
}

/** What comes next: choosing tickets, paying for those that are held, or following the payment. */
function orderPart(buy: BuyPage, path: string, language: Language): Html {
  const { hold, refused } = buy
  if (hold === undefined) return basketForm(buy, language)
  if (hold.paying) return payingPart(hold, path, language)
  const isOpen = refused.chosen.length > 0
  return html`${payForm(buy, hold, language)}
<details class="sheet"${isOpen ? html` open` : ''}><summary>${checkoutText[language].changeHeading}</summary>
${basketForm(buy, language)}</details>`
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

function basketForm({ festival, status, hold, refused, now }: BuyPage, language: Language): Html {
  const text = buyingText[language]
  const held = new Map(hold?.basket.map(({ type, quantity }) => [type, quantity]))
  const isAgain = refused.chosen.length > 0
  const chosenOf = (type: number) => (isAgain ? possibleOf(refused, type) : held.get(type)) ?? 0
  return html`<form method="post" action="/festivals/${festival.id}/buy/hold"${hold === undefined ? html` class="sheet"` : ''}>
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
