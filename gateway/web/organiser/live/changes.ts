import { html } from 'hono/html'
import type { Change } from '../../../../shared/api/changes.ts'
import type { InZone } from '../../../../shared/zoned-time.ts'
import type { Language } from '../../i18n/translated.ts'
import type { Html } from '../../layout/html.ts'
import { type PageContext, page } from '../../layout/page.ts'
import { momentOf } from '../../layout/time.ts'
import { organiserLiveText } from '../text/organiser-live.ts'
import { actionName, differences } from './describe.ts'
import { festivalFrame, festivalPath } from './frame.ts'
import type { FestivalName } from './sale.ts'

export type ChangesPage = {
  changes: readonly Change[]
  /** The link to older changes, if there are more. */
  older: string | undefined
  /** The page does not start at the newest change. */
  paged: boolean
}

/** The change log of one festival. */
export function festivalChangesPage(
  context: PageContext,
  { festival, ...log }: ChangesPage & { festival: FestivalName },
): Html {
  const text = organiserLiveText[context.language]
  return festivalFrame(
    context,
    { title: text.changesTitle, festival, tab: 'changes' },
    html`<h2>${text.changesTitle}</h2>
${logPart(log, `${festivalPath(festival.id)}/changes`, festival, context.language)}
<p><a href="/organiser/changes">${text.everything}</a></p>`,
  )
}

/** The change log of everything. */
export function allChangesPage(context: PageContext, log: ChangesPage): Html {
  const text = organiserLiveText[context.language]
  return page(
    context,
    { title: text.everything, scripts: ['times'], styles: ['live'], personal: true },
    html`<p class="small"><a href="/organiser">${text.organiser}</a></p>
<h1>${text.everything}</h1>
${logPart(log, '/organiser/changes', undefined, context.language)}`,
  )
}

function logPart(
  { changes, older, paged }: ChangesPage,
  path: string,
  zone: InZone | undefined,
  language: Language,
): Html {
  const text = organiserLiveText[language]
  return html`${changeList(changes, zone, language)}
<p class="buttons">${paged ? html`<a class="button quiet" href="${path}">${text.newest}</a>` : ''}${older === undefined ? '' : html`<a class="button quiet" href="${older}">${text.older}</a>`}</p>`
}

/** @param zone - of the festival that all changes belong to; others are shown in the reader's own */
export function changeList(changes: readonly Change[], zone: InZone | undefined, language: Language): Html {
  const text = organiserLiveText[language]
  if (changes.length === 0) return html`<p class="soft">${text.noChanges}</p>`
  return html`<ol class="cards">${changes.map(
    (change) => html`<li class="sheet"><p class="row"><strong>${actionName(change.action, text)}</strong>
<span class="soft small">${change.account.name} · ${momentOf(change.at, zone, language)}</span></p>
${change.subject === undefined ? '' : html`<p class="soft small">${change.subject}</p>`}
${differences(change, zone, language)}</li>`,
  )}</ol>`
}
