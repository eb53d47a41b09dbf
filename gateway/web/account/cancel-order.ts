import { html } from 'hono/html'
import type { Order } from '../../../shared/api/orders.ts'
import { money } from '../../../shared/format.ts'
import type { Html } from '../layout/html.ts'
import { type PageContext, page } from '../layout/page.ts'
import { mineText } from './text/mine.ts'

/** The question before an order is cancelled: how many tickets are affected, and what is refunded. */
export function cancelOrderPage(
  context: PageContext,
  { order, festivalName }: { order: Order; festivalName: string },
): Html {
  const { language } = context
  const text = mineText[language]
  const count = order.tickets.filter((ticket) => !ticket.void).length
  const restMinor = order.amountMinor - order.refundedMinor
  const amount = money(restMinor, order.currency, language)
  const path = `/orders/${order.id}`
  return page(
    context,
    { title: text.cancelTitle, personal: true },
    html`<p class="small"><a href="${path}">${festivalName}</a></p>
<h1>${text.cancelTitle}</h1>
<p class="notice warm">${restMinor <= 0 ? text.cancelFree(count) : text.cancelLead(count, amount)}</p>
<dl class="facts"><dt>${text.orderNumber}</dt><dd class="tabular">${order.number}</dd></dl>
<form method="post" action="${path}/cancel"><p class="buttons"><button class="danger">${text.cancelYes(count)}</button><a class="button quiet" href="${path}">${text.keep}</a></p></form>`,
  )
}
