import { html } from 'hono/html'
import type { Payment } from '../../../shared/api/payments.ts'
import type { Festival } from '../../../shared/catalogue.ts'
import type { Checkout } from '../../../shared/checkout.ts'
import { clockInZone, money } from '../../../shared/format.ts'
import { cutText } from '../../../shared/text.ts'
import type { Language } from '../i18n/translated.ts'
import { dataScript } from '../layout/data-script.ts'
import type { Html } from '../layout/html.ts'
import { moment, timer } from '../layout/time.ts'
import { paymentPath } from './buying-redirects.ts'
import type { ActionData } from './payment-data.ts'
import { checkoutText } from './text/checkout.ts'

/** PortOne's limit of an order's name at some of its payment gateways. */
const ORDER_NAME_CHARACTERS = 40

export type RequiredAction = NonNullable<Payment['action']>

export type ActionPage = {
  festival: Festival
  payment: Payment
  /** How fans can pay; undefined while that is unknown. */
  checkout: Checkout | undefined
  /** The URL of the gateway, to which the provider sends the fan back. */
  publicUrl: string
  /** Whether the fan has just chosen to pay, and has not been at the provider yet. */
  starts: boolean
}

/** The browser modules of a page with an action: of the provider, where the fan completes it on the page. */
export function actionScripts({ kind }: RequiredAction, checkout: Checkout | undefined): string[] {
  if (kind === 'redirect') return ['timer']
  if (kind === 'deposit') return ['copy']
  return checkout === undefined ? ['timer'] : ['timer', `${checkout.provider}-action`]
}

/** What a fan has to do at the provider, until when, and how to pay in another way instead. */
export function actionPart(page: ActionPage, action: RequiredAction, language: Language): Html {
  const { festival, payment } = page
  const text = checkoutText[language]
  const path = paymentPath(festival, payment.id)
  const isDeposit = action.kind === 'deposit'
  return html`<p class="notice" role="status" data-part="state">${text.action[action.kind]}</p>
${isDeposit ? depositPart(page, action, language) : html`${amountPart(payment, language)}${timeLeft(page, path, language)}`}
${action.kind === 'redirect' ? html`<p><a class="button big" href="${path}/continue">${text.toProvider}</a></p>` : ''}
${action.kind === 'script' ? scriptPart(page, action, language) : ''}
<form method="post" action="${path}/abandon" class="sheet"><p class="small soft">${text.anotherWayHint}</p>
<button class="quiet">${isDeposit ? text.cancelDeposit : text.anotherWay}</button></form>`
}

function amountPart({ amountMinor, currency }: Payment, language: Language): Html | '' {
  if (amountMinor === undefined || currency === undefined) return ''
  return html`<p class="row"><span>${checkoutText[language].total}</span><strong class="tabular">${money(amountMinor, currency, language)}</strong></p>`
}

/** Until when the tickets are held for this payment; when that is over, the page shows how it ended. */
function timeLeft({ festival, payment }: ActionPage, path: string, language: Language): Html | '' {
  if (payment.until === undefined) return ''
  const text = checkoutText[language]
  const until = text.actionUntil(clockInZone(payment.until, festival, language))
  return html`<p class="soft">${until}</p>${timer(payment.until, path, { until: '', left: text.actionLeft, warning: text.actionEnds })}`
}

/** The provider's module fills in its part, and opens the provider's window by the button. */
function scriptPart(
  { festival, payment, checkout, publicUrl, starts }: ActionPage,
  { parameters }: Extract<RequiredAction, { kind: 'script' }>,
  language: Language,
): Html {
  const text = checkoutText[language]
  const data: ActionData = {
    ...{ room: festival.room.id, payment: payment.id, publicKey: checkout?.publicKey, parameters, starts },
    returnUrl: new URL(`${paymentPath(festival, payment.id)}/return`, publicUrl).href,
    orderName: cutText(festival.name, ORDER_NAME_CHARACTERS),
  }
  return html`<noscript><p class="notice warm">${text.needsScript}</p></noscript>
<p class="notice warm" role="alert" data-part="pay-error" hidden></p>
<div class="needs-script" data-part="provider"><button type="button" class="big" data-part="confirm">${text.confirmHere}</button></div>
${dataScript('action-data', data)}`
}

function depositPart(
  { festival, payment }: ActionPage,
  { bank, accountNumber, holder }: Extract<RequiredAction, { kind: 'deposit' }>,
  language: Language,
): Html {
  const text = checkoutText[language]
  const { amountMinor, currency, until } = payment
  return html`<section class="sheet"><dl class="facts">
<dt>${text.bank}</dt><dd>${bank}</dd>
<dt>${text.account}</dt><dd><strong class="tabular" data-part="account">${accountNumber}</strong></dd>
<dt>${text.holder}</dt><dd>${holder}</dd>
${amountMinor === undefined || currency === undefined ? '' : html`<dt>${text.amount}</dt><dd><strong class="tabular">${money(amountMinor, currency, language)}</strong></dd>`}
${until === undefined ? '' : html`<dt>${text.deadline}</dt><dd><strong>${moment(until, festival, language)}</strong></dd>`}
</dl>
<p class="needs-script"><button type="button" class="big" data-copy="account" data-done="${text.copied}">${text.copy}</button></p>
<p class="small" role="status" data-part="copied"></p>
<p>${text.depositExact}</p><p class="small soft">${text.depositLate}</p></section>`
}
