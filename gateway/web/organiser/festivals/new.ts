import { html } from 'hono/html'
import type { Html } from '../../layout/html.ts'
import { type PageContext, page } from '../../layout/page.ts'
import { organiserText } from '../text/organiser.ts'
import { FESTIVAL_FIELDS, SCHEDULE_FIELDS } from './festival-form.ts'
import { type FormState, fieldsPart, keyPart } from './fields.ts'

/** The form that creates a festival. */
export function newPage(
  context: PageContext,
  { form, bad }: { form: FormState; bad: string | undefined },
): Html {
  const { language } = context
  const text = organiserText[language]
  return page(
    context,
    { title: text.newTitle, personal: true },
    html`<p class="small"><a href="/organiser">${text.organiser}</a></p>
<h1>${text.newTitle}</h1>
<p class="lead">${text.newLead}</p>
${bad === undefined ? '' : html`<p class="notice bad" role="alert">${bad}</p>`}
<form method="post" action="/organiser/festivals/new">
${form.key === undefined ? '' : keyPart(form.key)}
<section class="sheet"><h2>${text.festivalHeading}</h2>
${fieldsPart(['id', ...FESTIVAL_FIELDS], 'new', form, language)}</section>
<section class="sheet"><h2>${text.scheduleHeading}</h2>
${fieldsPart(SCHEDULE_FIELDS, 'new', form, language)}</section>
<button class="big">${text.create}</button>
</form>`,
  )
}
