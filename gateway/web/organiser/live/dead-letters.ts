import { html } from 'hono/html'
import type { DeadEmail, DeadPayment } from '../../../../shared/api/dead-letters.ts'
import type { Language } from '../../i18n/translated.ts'
import { count } from '../../layout/format.ts'
import type { Html } from '../../layout/html.ts'
import { type PageContext, page } from '../../layout/page.ts'
import { deadLettersText } from '../../layout/text/dead-letters.ts'
import { readersMoment } from '../../layout/time.ts'
import { festivalPath } from './frame.ts'

/** One page of a list, with links to the pages before and after it. */
export type Listed<T> = { entries: readonly T[]; older: string | undefined; paged: boolean }

export const DEAD_LETTERS_PATH = '/organiser/dead-letters'

/** Dead letters of all festivals, for operators. */
export function deadLettersPage(
  context: PageContext,
  { payments, emails }: { payments: Listed<DeadPayment>; emails: Listed<DeadEmail> },
): Html {
  const { language } = context
  const text = deadLettersText[language]
  return page(
    context,
    { title: text.title, scripts: ['times'], styles: ['live'], personal: true },
    html`<p class="small"><a href="/organiser">${text.organiser}</a></p>
<h1>${text.title}</h1>
<h2>${text.payments}</h2>
<p class="soft">${text.paymentsLead}</p>
${payments.entries.length === 0 && !payments.paged ? html`<p class="notice good">${text.noPayments}</p>` : ''}
<ul class="cards">${payments.entries.map((payment) => paymentPart(payment, language))}</ul>
${pagesPart(payments, language)}
<h2>${text.emails}</h2>
<p class="soft">${text.emailsLead}</p>
${emails.entries.length === 0 && !emails.paged ? html`<p class="notice good">${text.noEmails}</p>` : ''}
<ul class="cards">${emails.entries.map((email) => emailPart(email, language))}</ul>
${pagesPart(emails, language)}`,
  )
}

function paymentPart({ festival, payment, reason, attempts, at }: DeadPayment, language: Language): Html {
  const { facts, unknown, team } = deadLettersText[language]
  return html`<li class="sheet"><dl class="facts">
<dt>${facts.at}</dt><dd>${readersMoment(at, language)}</dd>
<dt>${facts.festival}</dt><dd>${festival.name} · <a href="${festivalPath(festival.id)}/team">${team}</a></dd>
<dt>${facts.payment}</dt><dd><code>${payment ?? unknown}</code></dd>
<dt>${facts.reason}</dt><dd>${reason}</dd>
<dt>${facts.attempts}</dt><dd>${count(attempts, language)}</dd>
</dl></li>`
}

function emailPart({ id, template, to, error, attempts, createdAt }: DeadEmail, language: Language): Html {
  const { facts, unknown, templates } = deadLettersText[language]
  return html`<li class="sheet"><dl class="facts">
<dt>${facts.at}</dt><dd>${readersMoment(createdAt, language)}</dd>
<dt>${facts.email}</dt><dd>${templates[template] ?? template}<br><code class="small">${id}</code></dd>
<dt>${facts.to}</dt><dd>${to ?? unknown}</dd>
<dt>${facts.reason}</dt><dd>${error ?? unknown}</dd>
<dt>${facts.attempts}</dt><dd>${count(attempts, language)}</dd>
</dl></li>`
}

function pagesPart({ older, paged }: Listed<unknown>, language: Language): Html {
  const text = deadLettersText[language]
  return html`<p class="buttons">${paged ? html`<a class="button quiet" href="${DEAD_LETTERS_PATH}">${text.newest}</a>` : ''}${older === undefined ? '' : html`<a class="button quiet" href="${older}">${text.older}</a>`}</p>`
}
