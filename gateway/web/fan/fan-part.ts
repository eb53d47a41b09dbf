import { html } from 'hono/html'
import type { Festival } from '../../../shared/catalogue.ts'
import type { Fan } from '../../api/rooms/fan-status.ts'
import type { Language } from '../i18n/translated.ts'
import type { Html } from '../layout/html.ts'
import { fanText } from './text/fan.ts'

/** Whether the fan has nothing to queue for, whatever the room's phase. */
export function isSettled({ status }: Fan): boolean {
  return status === 'bought' || status === 'paying' || status === 'unknown'
}

/**
 * What the fan has bought or is paying for, with a link to it; '' where that is nothing.
 *
 * @param options.more - the fan queues again, to buy more
 * @param options.isOpen - whether the queue can be joined
 */
export function purchasePart(
  fan: Fan,
  { festival, more, isOpen }: { festival: Festival; more: boolean; isOpen: boolean },
  language: Language,
): Html | '' {
  const text = fanText[language]
  const path = `/festivals/${festival.id}`
  if (fan.status === 'unknown')
    return html`<div class="notice warm" role="status"><h2>${text.unknown}</h2><p>${text.unknownLead}</p>
<p><a class="button" href="/me">${text.toMine}</a></p></div>`
  if (fan.status === 'paying')
    return html`<div class="notice good" role="status"><h2>${text.paying}</h2><p>${text.payingLead}</p>
<p><a class="button big" href="${path}/payments/${fan.payment}">${text.toPayment}</a></p></div>`
  if (fan.status !== 'bought') return ''
  const { orders, order, tickets } = fan.purchase
  const [to, words] =
    orders === 1 && order !== undefined ? [`/orders/${order}`, text.toTickets] : ['/me', text.toAllTickets]
  if (more)
    return html`<div class="notice good"><p><strong>${text.bought}.</strong> ${text.buyingMore} <a href="${to}">${words}</a></p></div>`
  return html`<div class="notice good" role="status"><h2>${text.bought}</h2><p>${text.boughtLead(tickets, festival.name)}</p>
<p class="buttons"><a class="button big" href="${to}">${words}</a>${isOpen ? html`<a class="button quiet" href="${path}/room?more">${text.buyMore}</a>` : ''}</p></div>`
}
