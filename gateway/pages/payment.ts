import { html, raw } from 'hono/html'
import type { Festival } from '../../shared/catalogue.ts'
import { type Html, type PageContext, page } from './page.ts'
import { buyingText, paymentWords } from './text/buying.ts'

/** A payment as the API has it. */
export type Payment = {
  id: string
  state: keyof (typeof buyingText)['en']['states']
  order?: string
  reason?: string
  turnEnded?: boolean
}

export type PaymentData = { url: string }

const REFRESH_SECONDS = 2
const AWAY_REFRESH_SECONDS = 5
/** From these on nothing changes by itself. */
const ENDS: readonly Payment['state'][] = ['confirmed', 'declined', 'refunded', 'expired']
const LOOKS: Partial<Record<Payment['state'], string>> = {
  confirmed: 'good',
  declined: 'bad',
  refunding: 'warm',
  refunded: 'warm',
  expired: 'bad',
}

/** In place of a payment, while the shop does not say how it stands: the page's module waits for that too. */
export function paymentAwayPage(
  context: PageContext,
  { festival, payment }: { festival: Festival; payment: string },
): Html {
  const text = buyingText[context.language]
  const asking = { scripts: ['payment'], refreshSeconds: AWAY_REFRESH_SECONDS }
  return page(
    context,
    { title: text.paymentTitle, personal: true, ...asking },
    html`<p class="small"><a href="/festivals/${festival.id}">${festival.name}</a></p>
<h1>${text.paymentTitle}</h1>
<p class="notice warm" role="status" data-part="state">${text.paymentAway}</p>
${paymentData(festival, payment)}`,
  )
}

function paymentData(festival: Festival, payment: string): Html {
  const data: PaymentData = { url: `/api/rooms/${festival.room.id}/payments/${encodeURIComponent(payment)}` }
  return html`<script type="application/json" id="payment-data">${raw(JSON.stringify(data))}</script>`
}

/** How a payment stands, until it has ended: the page waits with the API, or asks again by itself. */
export function paymentPage(
  context: PageContext,
  { festival, payment }: { festival: Festival; payment: Payment },
): Html {
  const text = buyingText[context.language]
  const over = ENDS.includes(payment.state)
  return page(
    context,
    {
      title: text.paymentTitle,
      personal: true,
      ...(over ? {} : { scripts: ['payment'], refreshSeconds: REFRESH_SECONDS }),
    },
    html`<p class="small"><a href="/festivals/${festival.id}">${festival.name}</a></p>
<h1>${text.paymentTitle}</h1>
<p class="notice ${LOOKS[payment.state] ?? ''}" role="status" data-part="state">${payment.turnEnded === true ? text.turnEnded : paymentWords(text, payment)}</p>
${over ? '' : html`<progress aria-label="${text.paymentTitle}"></progress><p class="soft">${text.keepCalm}</p>`}
${payment.order === undefined ? '' : html`<p><a class="button big" href="/orders/${payment.order}">${text.toTickets}</a></p>`}
${payment.turnEnded !== true && (payment.state === 'declined' || payment.state === 'expired') ? html`<p><a class="button big" href="/festivals/${festival.id}/buy">${text.tryAgain}</a></p>` : ''}
${paymentData(festival, payment.id)}`,
  )
}
