import { html } from 'hono/html'
import type { ListedPayment } from '../../../../shared/api/admin-payments.ts'
import type { DeadLetter } from '../../../../shared/api/payment-dead-letters.ts'
import type { ListedReversal } from '../../../../shared/api/reversals.ts'
import { money } from '../../../../shared/format.ts'
import type { InZone } from '../../../../shared/zoned-time.ts'
import type { Language } from '../../i18n/translated.ts'
import { count } from '../../layout/format.ts'
import type { Html } from '../../layout/html.ts'
import type { PageContext } from '../../layout/page.ts'
import { bareMoment } from '../../layout/time.ts'
import { organiserLiveText } from '../text/organiser-live.ts'
import { festivalFrame, festivalPath, flashPart, table } from './frame.ts'
import type { FestivalName } from './sale.ts'

export type PaymentsPage = {
  festival: FestivalName
  deadLetters: readonly DeadLetter[]
  /** The link to more dead letters. */
  next: string | undefined
  accepted: readonly ListedPayment[]
  charging: readonly ListedPayment[]
  refunding: readonly ListedPayment[]
  reversals: readonly ListedReversal[]
  flash: { good: string } | { bad: string } | undefined
}

/** The payments that need attention, and the possible actions for each. */
export function paymentsPage(context: PageContext, payments: PaymentsPage): Html {
  const { language } = context
  const { festival, deadLetters, next, accepted, charging, refunding, reversals } = payments
  const text = organiserLiveText[language]
  const path = `${festivalPath(festival.id)}/payments`
  const isClear =
    deadLetters.every(({ resolvedAt }) => resolvedAt !== undefined) &&
    reversals.every(({ settledAt }) => settledAt !== null)
  return festivalFrame(
    context,
    { title: text.payments, festival, tab: 'payments' },
    html`<h2>${text.payments}</h2>
<p class="soft">${text.paymentsLead}</p>
${flashPart(payments.flash)}
${isClear && accepted.length + charging.length + refunding.length === 0 ? html`<p class="notice good">${text.noneNeedsAttention}</p>` : ''}
<h3>${text.deadLetter}</h3>
<p class="soft">${text.deadLetterLead}</p>
${deadLetters.length === 0 ? html`<p>${text.none}</p>` : deadLetterList(path, deadLetters, festival, language)}
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

function deadLetterList(
  path: string,
  deadLetters: readonly DeadLetter[],
  zone: InZone,
  language: Language,
): Html {
  const text = organiserLiveText[language]
  return html`<ul class="cards">${deadLetters.map(
    (deadLetter) => html`<li class="sheet"><dl class="facts">
<dt>${text.deadLetterFacts.at}</dt><dd>${bareMoment(deadLetter.at, zone, language)}</dd>
<dt>${text.deadLetterFacts.payment}</dt><dd><code>${deadLetter.payment ?? text.unknown}</code></dd>
<dt>${text.deadLetterFacts.state}</dt><dd>${deadLetter.state ?? text.notRecorded}</dd>
<dt>${text.deadLetterFacts.reason}</dt><dd>${deadLetter.reason}</dd>
<dt>${text.deadLetterFacts.attempts}</dt><dd>${count(deadLetter.attempts, language)}</dd>
${deadLetter.resolvedAt === undefined ? '' : html`<dt>${text.resolved}</dt><dd>${bareMoment(deadLetter.resolvedAt, zone, language)}</dd>`}
</dl>
${deadLetter.resolvedAt === undefined ? decidePart(`${path}/${deadLetter.id}`, deadLetter, language) : ''}</li>`,
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

/** An unreadable entry names no payment and can only be dismissed. */
function decidePart(action: string, { payment }: DeadLetter, language: Language): Html {
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
