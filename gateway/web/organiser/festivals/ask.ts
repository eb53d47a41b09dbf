import { html } from 'hono/html'
import type { AdminFestival } from '../../../../shared/api/admin-festivals.ts'
import type { Html } from '../../layout/html.ts'
import type { PageContext } from '../../layout/page.ts'
import { bareMoment } from '../../layout/time.ts'
import { festivalFrame, festivalPath } from '../live/frame.ts'
import { organiserText } from '../text/organiser.ts'

/** Asks for confirmation before a festival is published or withdrawn, and before a draft is deleted. */
export function askPage(
  context: PageContext,
  { festival, what }: { festival: AdminFestival; what: 'publish' | 'unpublish' | 'delete' },
): Html {
  const { language } = context
  const text = organiserText[language]
  const path = festivalPath(festival.id)
  const { lobbyAt, opensAt, closesAt } = festival.room
  const times = [
    [text.fields.lobbyAt.label, lobbyAt],
    [text.fields.opensAt.label, opensAt],
    [text.fields.closesAt.label, closesAt],
  ] as const
  return festivalFrame(
    context,
    // Times stay in the zone that they name, in which they were entered.
    { title: text[what], festival, tab: 'festival', scripts: [] },
    html`<h2>${text[`${what}Question`](festival.name)}</h2>
<p>${text[`${what}Lead`]}</p>
${what === 'publish' ? html`<dl class="facts">${times.map(([label, instant]) => html`<dt>${label}</dt><dd>${bareMoment(instant, festival, language)}</dd>`)}</dl>` : ''}
<form method="post" action="${path}/${what}"><p class="buttons"><button>${text.yes}</button> <a class="button quiet" href="${path}">${text.no}</a></p></form>`,
  )
}
