import { html } from 'hono/html'
import type { ListedPayment } from '../../../../shared/api/admin-payments.ts'
import type { Aside } from '../../../../shared/api/payments-aside.ts'
import type { ListedReversal } from '../../../../shared/api/reversals.ts'
import { money } from '../../../../shared/format.ts'
import type { InZone } from '../../../../shared/zoned-time.ts'
import type { Language } from '../../i18n/translated.ts'
import { count } from '../../layout/format.ts'
import type { Html, PageContext } from '../../layout/page.ts'
import { bareMoment } from '../../layout/time.ts'
import { organiserLiveText } from '../text/organiser-live.ts'
import { festivalFrame, festivalPath, saidPart, table } from './frame.ts'
import type { FestivalName } from './sale.ts'

export type PaymentsPage = {
  festival: FestivalName
  asides: readonly Aside[]
  /** Where more of those set aside are. */
  next: string | undefined
  accepted: readonly ListedPayment[]
  charging: readonly ListedPayment[]
  refunding: readonly ListedPayment[]
  reversals: readonly ListedReversal[]
  said: { good: string } | { bad: string } | undefined
}

/** The payments that someone should look at, and what can be done about each. */
export function paymentsPage(context: PageContext, payments: PaymentsPage): Html {
  const { language } = context
  const { festival, asides, next, accepted, charging, refunding, reversals } = payments
  const text = organiserLiveText[language]
  const path = `${festivalPath(festival.id)}/payments`
  const calm =
    asides.every(({ resolvedAt }) => resolvedAt !== undefined) &&
    reversals.every(({ settledAt }) => settledAt !== null)
  return festivalFrame(
    context,
    { title: text.payments, festival, tab: 'payments' },
    html`<h2>${text.payments}</h2>
<p class="soft">${text.paymentsLead}</p>
${saidPart(payments.said)}
${calm && accepted.length + charging.length + refunding.length === 0 ? html`<p class="notice good">${text.allCalm}</p>` : ''}
<h3>${text.aside}</h3>
<p class="soft">${text.asideLead}</p>
${asides.length === 0 ? html`<p>${text.none}</p>` : asideList(path, asides, festival, language)}
${next === undefined ? '' : html`<p><a class="button quiet" href="${path}?after=${next}">${text.older}</a></p>`}
<h3>${text.reversals}</h3>
<p class="soft">${text.reversalsLead}</p>
${reversals.length === 0 ? html`<p>${text.none}</p>` : reversalList(festival, reversals, language)}
<h3>${text.accepted}</h3>
<p class="soft">${text.acceptedLead}</p>
${paymentTable(text.accepted, accepted, festival, language)}
<h3>${text.charging}</h3>
<p class="soft">${text.chargingLead}</p>
${paymentTable(text.charging, charging, festival, language)}
<h3>${text.refunding}</h3>
<p class="soft">${text.refundingLead}</p>
${paymentTable(text.refunding, refunding, festival, language)}`,
  )
}

function asideList(path: string, asides: readonly Aside[], zone: InZone, language: Language): Html {
  const text = organiserLiveText[language]
  return html`<ul class="cards">${asides.map(
    (aside) => html`<li class="sheet"><dl class="facts">
<dt>${text.asideFacts.at}</dt><dd>${bareMoment(aside.at, zone, language)}</dd>
<dt>${text.asideFacts.payment}</dt><dd><code>${aside.payment ?? text.unknown}</code></dd>
<dt>${text.asideFacts.state}</dt><dd>${aside.state ?? text.notRecorded}</dd>
<dt>${text.asideFacts.reason}</dt><dd>${aside.reason}</dd>
<dt>${text.asideFacts.attempts}</dt><dd>${count(aside.attempts, language)}</dd>
${aside.resolvedAt === undefined ? '' : html`<dt>${text.resolved}</dt><dd>${bareMoment(aside.resolvedAt, zone, language)}</dd>`}
</dl>
${aside.resolvedAt === undefined ? decidePart(`${path}/${aside.id}`, aside, language) : ''}</li>`,
  )}</ul>`
}

function reversalList(
  festival: FestivalName,
  reversals: readonly ListedReversal[],
  language: Language,
): Html {
  const path = festivalPath(festival.id)
  const text = organiserLiveText[language]
  const facts = text.reversalFacts
  return html`<ul class="cards">${reversals.map(
    ({ id, kind, state, amountMinor, currency, madeAt, settledAt, order, orderNumber, account }) =>
      html`<li class="sheet"><dl class="facts">
<dt>${facts.at}</dt><dd>${bareMoment(madeAt, festival, language)}</dd>
<dt>${facts.what}</dt><dd>${text.reversalStates[kind][state]}</dd>
<dt>${facts.amount}</dt><dd>${money(amountMinor, currency, language)}</dd>
<dt>${facts.account}</dt><dd>${account.name}</dd>
<dt>${facts.order}</dt><dd>${order === null ? text.unknown : html`<a href="${path}/orders/${order}"><code>${orderNumber ?? order}</code></a>`}</dd>
${settledAt === null ? '' : html`<dt>${facts.settled}</dt><dd>${bareMoment(settledAt, festival, language)}</dd>`}
</dl>
${
  settledAt === null
    ? html`<form method="post" action="${path}/reversals/${id}"><p class="small">${text.settleLead}</p>
<button class="quiet">${text.settle}</button></form>`
    : ''
}</li>`,
  )}</ul>`
}

/** What cannot be read names no payment and can only be given up. */
function decidePart(action: string, { payment }: Aside, language: Language): Html {
  const text = organiserLiveText[language]
  const retry = html`<form method="post" action="${action}"><p class="small">${text.retryLead}</p>
<button name="action" value="retry" class="quiet">${text.retry}</button></form>`
  return html`<details><summary>${text.decide}</summary>
${payment === undefined ? '' : retry}
<form method="post" action="${action}"><p class="small">${text.dismissLead}</p>
<button name="action" value="dismiss" class="danger">${text.dismiss}</button></form></details>`
}

function paymentTable(
  caption: string,
  payments: readonly ListedPayment[],
  zone: InZone,
  language: Language,
): Html {
  const text = organiserLiveText[language]
  if (payments.length === 0) return html`<p>${text.none}</p>`
  return table({
    caption,
    columns: text.paymentColumns,
    numbers: [2],
    rows: payments.map(({ createdAt, id, account, amountMinor, currency, reason }) => [
      bareMoment(createdAt, zone, language),
      account.name,
      money(amountMinor, currency, language),
      html`<code>${id}</code>`,
      reason ?? '',
    ]),
  })
}
