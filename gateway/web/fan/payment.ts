import { html } from 'hono/html'
import type { Order } from '../../../shared/api/orders.ts'
import { type Payment, readPaymentRoute } from '../../../shared/api/payments.ts'
import { addressOf } from '../../../shared/api/route-path.ts'
import type { Festival } from '../../../shared/catalogue.ts'
import { money, period } from '../../../shared/format.ts'
import type { Fan } from '../../api/rooms/fan-status.ts'
import { mineText } from '../account/text/mine.ts'
import { dataScript } from '../layout/data-script.ts'
import type { Html } from '../layout/html.ts'
import { type PageContext, page } from '../layout/page.ts'
import { type ActionPage, actionPart, actionScripts, type RequiredAction } from './action.ts'
import { purchasePart } from './fan-part.ts'
import type { PaymentData } from './payment-data.ts'
import { buyingText, paymentWords } from './text/buying.ts'
import { fanText } from './text/fan.ts'

export type PaymentPage = {
  festival: Festival
  payment: Payment
  /** The order of the payment, and the address its e-mail goes to; undefined where that cannot be read. */
  order?: Order | undefined
  email?: string | undefined
  /** What the fan has now, whatever the outcome of this payment. */
  fan: Fan
  /** How the last form of the page was refused. */
  flash?: string | undefined
} & Pick<ActionPage, 'checkout' | 'publicUrl' | 'starts'>

const REFRESH_SECONDS = 2
const UNAVAILABLE_REFRESH_SECONDS = 5
/** Final states: from these on nothing changes by itself. */
const ENDS: readonly Payment['state'][] = ['confirmed', 'declined', 'refunded', 'expired']
const LOOKS: Partial<Record<Payment['state'], string>> = {
  confirmed: 'good',
  declined: 'bad',
  refunding: 'warm',
  refunded: 'warm',
  expired: 'bad',
}

/** Shown while the shop does not return the payment's state, which the page's module waits for too. */
export function paymentUnavailablePage(
  context: PageContext,
  { festival, payment }: { festival: Festival; payment: string },
): Html {
  const text = buyingText[context.language]
  const asking = { scripts: ['payment'], refreshSeconds: UNAVAILABLE_REFRESH_SECONDS }
  return page(
    context,
    { title: text.paymentTitle, personal: true, ...asking },
    html`<p class="small"><a href="/festivals/${festival.id}">${festival.name}</a></p>
<h1>${text.paymentTitle}</h1>
<p class="notice warm" role="status" data-part="state">${text.paymentUnavailable}</p>
${paymentData(festival, payment)}`,
  )
}

function paymentData(
  festival: Festival,
  payment: string,
  { state, action }: Pick<PaymentData, 'state' | 'action'> = {},
): Html {
  const data: PaymentData = {
    url: addressOf(readPaymentRoute.path, { room: festival.room.id, payment }),
    state,
    action,
  }
  return dataScript('payment-data', data)
}

/** A payment's state until it is final: the page long-polls the API, or reloads by itself. */
export function paymentPage(context: PageContext, payment: PaymentPage): Html {
  const { language } = context
  const { state, action } = payment.payment
  if (state === 'action' && action !== undefined) return waitingPage(context, payment, action)
  return state === 'confirmed'
    ? boughtPage(context, payment)
    : openPage(
        context,
        payment,
        purchasePart(payment.fan, { ...payment, more: false, isOpen: false }, language),
      )
}

/** The page of a payment that waits for its fan. */
function waitingPage(context: PageContext, payment: PaymentPage, action: RequiredAction): Html {
  const { festival, checkout, flash } = payment
  const text = buyingText[context.language]
  return page(
    context,
    {
      ...{ title: text.paymentTitle, personal: true },
      scripts: ['payment', ...actionScripts(action, checkout)],
    },
    html`<p class="small"><a href="/festivals/${festival.id}">${festival.name}</a></p>
<h1>${text.paymentTitle}</h1>
${flash === undefined ? '' : html`<p class="notice bad" role="alert">${flash}</p>`}
${actionPart(payment, action, context.language)}
${paymentData(festival, payment.payment.id, { state: 'action', action: action.kind })}`,
  )
}

/** The receipt: what, when, where, under which number, and who is e-mailed. */
function boughtPage(context: PageContext, { festival, payment, order, email, fan }: PaymentPage): Html {
  const { language } = context
  const text = fanText[language]
  const buying = buyingText[language]
  const isCancelled = order !== undefined && order.state !== 'owned'
  const heading = isCancelled ? mineText[language].states[order.state] : text.bought
  const to = payment.order === undefined ? '/me' : `/orders/${payment.order}`
  return page(
    context,
    {
      ...{ title: heading, personal: true, scripts: ['fan'] },
      fan: { room: festival.room.id, status: fan.status },
    },
    html`<p class="small"><a href="/festivals/${festival.id}">${festival.name}</a></p>
<h1>${heading}</h1>
<p class="notice ${isCancelled ? 'warm' : 'good'}" role="status" data-part="state">${isCancelled ? mineText[language][order.state === 'cancelled' ? 'cancelled' : 'cancelling'] : buying.states.confirmed}${isCancelled || email === undefined ? '' : html` ${text.emailed(email)}`}</p>
<dl class="facts">${linesOf(order).map(([name, quantity]) => html`<dt>${text.what}</dt><dd>${quantity} × ${name}</dd>`)}
<dt>${text.when}</dt><dd>${period(festival.startsAt, festival.endsAt, festival, language)}</dd>
<dt>${text.where}</dt><dd>${festival.place}</dd>
${
  order === undefined
    ? ''
    : html`<dt>${text.orderNumber}</dt><dd class="tabular">${order.number}</dd>
<dt>${text.paid}</dt><dd class="tabular">${money(order.amountMinor, order.currency, language)}</dd>`
}</dl>
<p class="buttons"><a class="button big" href="${to}">${buying.toTickets}</a></p>`,
  )
}

/** The quantity of each ticket type, in the order of the tickets. */
function linesOf(order: Order | undefined): [name: string, quantity: number][] {
  return [...Map.groupBy(order?.tickets ?? [], ({ typeName }) => typeName)].map(([name, { length }]) => [
    name,
    length,
  ])
}

function openPage(context: PageContext, { festival, payment, fan }: PaymentPage, purchase: Html | ''): Html {
  const text = buyingText[context.language]
  const over = ENDS.includes(payment.state)
  // Another payment is in progress, or has bought the tickets: no retry is offered.
  const instead = over && fan.status !== 'unknown' ? purchase : ''
  return page(
    context,
    {
      title: text.paymentTitle,
      personal: true,
      ...(over
        ? { scripts: ['fan'], fan: { room: festival.room.id, status: fan.status } }
        : { scripts: ['payment'], refreshSeconds: REFRESH_SECONDS }),
    },
    html`<p class="small"><a href="/festivals/${festival.id}">${festival.name}</a></p>
<h1>${text.paymentTitle}</h1>
<p class="notice ${LOOKS[payment.state] ?? ''}" role="status" data-part="state">${payment.turnEnded === true ? text.turnEnded : paymentWords(text, payment)}</p>
${over ? '' : html`<progress aria-label="${text.paymentTitle}"></progress><p class="soft">${text.mayClose}</p>`}
${instead}
${instead === '' && payment.turnEnded !== true && (payment.state === 'declined' || payment.state === 'expired') ? html`<p><a class="button big" href="/festivals/${festival.id}/buy">${text.tryAgain}</a></p>` : ''}
${paymentData(festival, payment.id, { state: payment.state })}`,
  )
}
