import { html } from 'hono/html'
import type { Hold } from '../../../shared/api/holds.ts'
import { ACTION_MINUTES } from '../../../shared/api/payments.ts'
import type { Festival } from '../../../shared/catalogue.ts'
import type { Checkout, PaymentMethod } from '../../../shared/checkout.ts'
import { clockInZone, money, period } from '../../../shared/format.ts'
import { toStripeAmount } from '../../../shared/stripe.ts'
import type { Language } from '../i18n/translated.ts'
import { dataScript } from '../layout/data-script.ts'
import type { Html } from '../layout/html.ts'
import { moment, momentIn, timer } from '../layout/time.ts'
import type { StripeFormData } from './payment-data.ts'
import { sellerPart } from './seller.ts'
import { buyingText } from './text/buying.ts'
import { checkoutText, methodName } from './text/checkout.ts'
import { fanText } from './text/fan.ts'

type TicketType = Festival['ticketTypes'][number]

/** Whether the page of a hold has the provider's own form, and loads its module. */
export function hasProvidersForm(checkout: Checkout | undefined, hold: Hold | undefined): boolean {
  return checkout?.provider === 'stripe' && hold !== undefined && !hold.paying && hold.amountMinor > 0
}

/** What is held, when, where and for how much, until when it can be refunded, and until when it is held. */
export function reviewPart(hold: Hold, festival: Festival, now: number, language: Language): Html {
  const { id, ticketTypes, currency } = festival
  const [text, fan] = [buyingText[language], fanText[language]]
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
${hold.paying ? '' : html`${timer(hold.expiresAt, `/festivals/${id}/buy?flash=hold-expired`, words)}<p class="small soft">${text.essential}</p>`}
<ul class="plain">${lines}</ul>
<p class="row"><strong>${text.total}</strong><strong class="tabular">${money(hold.amountMinor, currency, language)}</strong></p>
<dl class="facts small"><dt>${fan.when}</dt><dd>${period(festival.startsAt, festival.endsAt, festival, language)}</dd>
<dt>${fan.where}</dt><dd>${festival.place}</dd></dl>
${refundRules(hold, festival, now, language)}</section>${hold.amountMinor === 0 ? '' : sellerPart(festival, language)}`
}

/** One sentence where all held types have the same deadline, else one for each type. */
function refundRules({ basket }: Hold, festival: Festival, now: number, language: Language): Html {
  const held = festival.ticketTypes.filter(({ id }) => basket.some(({ type }) => type === id))
  const rule = (type: TicketType) => refundRule(type, festival, now, language)
  const [first] = held
  if (first === undefined) return html``
  const isFree = ({ priceMinor }: TicketType) => priceMinor === 0
  return held.every((type) => type.refundUntil === first.refundUntil && isFree(type) === isFree(first))
    ? html`<p class="small">${rule(first)}</p>`
    : html`<ul class="small">${held.map((type) => html`<li>${type.name}: ${rule(type)}</li>`)}</ul>`
}

function refundRule(
  { refundUntil, priceMinor }: TicketType,
  festival: Festival,
  now: number,
  language: Language,
): Html {
  const text = checkoutText[language]
  if (now >= Date.parse(refundUntil)) return html`${text.refundEnded}`
  const words = priceMinor === 0 ? text.cancelUntil : text.refundUntil
  return momentIn(words, moment(refundUntil, festival, language))
}

/** Paying for a hold with one of the provider's methods. */
export function payForm(
  {
    festival,
    checkout,
    idempotencyKey,
  }: { festival: Festival; checkout: Checkout | undefined; idempotencyKey: string },
  hold: Hold,
  language: Language,
): Html {
  const text = checkoutText[language]
  const { amountMinor, version } = hold
  const { currency } = festival
  const form = (content: Html) =>
    html`<form method="post" action="/festivals/${festival.id}/buy/pay" class="sheet" data-form="pay">${content}
<input type="hidden" name="idempotencyKey" value="${idempotencyKey}">
<input type="hidden" name="amountMinor" value="${amountMinor}"><input type="hidden" name="holdVersion" value="${version}"></form>`
  if (amountMinor === 0)
    return form(
      html`<input type="hidden" name="method" value="free"><button class="big">${buyingText[language].takeFree}</button>`,
    )
  const methods = methodsFor(checkout, festival)
  const isStripe = checkout?.provider === 'stripe'
  const amount = isStripe ? toStripeAmount(amountMinor, currency) : amountMinor
  const head = html`<h2>${text.payHeading}</h2>`
  if (checkout === undefined || methods.length === 0 || amount === undefined)
    return html`<section class="sheet">${head}<p class="notice warm">${text.unavailable}</p></section>`
  const button = text.pay(money(amountMinor, currency, language))
  if (isStripe)
    return form(html`${head}${stripeForm({ checkout, amount, currency }, language)}
<p class="needs-script"><button class="big">${button}</button></p>`)
  const needsScript = methods.every(({ kind }) => kind === 'script')
  return form(html`${head}
${needsScript ? html`<noscript><p class="notice warm">${text.needsScript}</p></noscript>` : ''}
${checkout.provider === 'sandbox' ? html`<p class="soft small">${text.sandboxLead}</p>` : ''}
${methodChoice(methods, language)}
${methods.every(({ kind }) => kind === 'direct') ? '' : html`<p class="small soft">${text.actionMinutes(ACTION_MINUTES)}</p>`}
<button class="big">${button}</button>`)
}

/** The methods that take the festival's currency; deposits only where its organiser accepts them. */
function methodsFor(checkout: Checkout | undefined, { currency, deposit }: Festival): PaymentMethod[] {
  return (checkout?.methods ?? []).filter(
    ({ kind, currencies }) =>
      (currencies?.includes(currency) ?? true) && (kind !== 'deposit' || deposit !== undefined),
  )
}

function methodChoice(methods: readonly PaymentMethod[], language: Language): Html {
  const text = checkoutText[language]
  return html`<fieldset class="choice"><legend>${text.method}</legend>
${methods.map(
  (method, i) =>
    html`<label${method.kind === 'script' ? html` class="needs-script"` : ''}><input type="radio" name="method" value="${method.id}"${i === 0 ? html` checked` : ''}> <span>${methodName(text, method)}${method.kind === 'deposit' ? html`<br><span class="small soft">${text.depositHint}</span>` : ''}</span></label>`,
)}
</fieldset>`
}

/** The place of Stripe's Payment Element, whose module names the method by a token of what was entered. */
function stripeForm(
  { checkout, amount, currency }: { checkout: Checkout; amount: number; currency: string },
  language: Language,
): Html {
  const text = checkoutText[language]
  const data: StripeFormData = { publicKey: checkout.publicKey ?? '', amount, currency }
  return html`<noscript><p class="notice warm">${text.needsScript}</p></noscript>
<input type="hidden" name="method" value="">
<div class="needs-script" data-part="provider-form"></div>
<p class="notice bad" role="alert" data-part="pay-error" hidden></p>
<p class="small soft">${text.actionMinutes(ACTION_MINUTES)}</p>${dataScript('stripe-data', data)}`
}
