import { html } from 'hono/html'
import type { Festival } from '../../../shared/catalogue.ts'
import { days } from '../../../shared/format.ts'
import type { Status } from '../../room/status.ts'
import type { Language } from '../i18n/translated.ts'
import type { Html } from '../layout/html.ts'
import { imagePart } from '../layout/image.ts'
import { type PageContext, page } from '../layout/page.ts'
import { moment } from '../layout/time.ts'
import { festivalsText } from './text/festivals.ts'

/** A festival and the status of its sale; no status while its room cannot be read. */
export type Sale = { festival: Festival; status: Status | undefined }

/** The home page: every festival, or those that match the search. */
export function homePage(
  context: PageContext,
  sales: readonly Sale[],
  query: string,
  publicUrl?: string,
): Html {
  const { language } = context
  const text = festivalsText[language]
  const found = sales
    .filter(({ festival }) => matches(festival, query))
    .toSorted((one, other) => rank(one) - rank(other))
  return page(
    context,
    { title: text.title, scripts: ['times'], about: { description: text.lead, url: publicUrl } },
    html`<h1>${text.title}</h1>
<p class="lead">${text.lead}</p>
${sales.length === 0 ? html`<p class="notice">${text.none}</p>` : searchForm(language, query)}
${
  found.length === 0 && sales.length > 0
    ? html`<p class="notice">${text.noneFound(query)} <a href="/">${text.showAll}</a></p>`
    : ''
}
<ul class="cards">${found.map((sale) => html`<li>${card(sale, language)}</li>`)}</ul>`,
  )
}

/** Festivals that can still be bought come first. */
function rank({ status }: Sale): number {
  return status?.phase === 'closed' ? 2 : status?.phase === 'sold-out' ? 1 : 0
}

/** Finds a text in a festival's name or place, ignoring case and Hangul composition. */
function matches(festival: Festival, query: string): boolean {
  const { name, nameKo, nameEn, place, placeKo, placeEn } = festival
  const plain = (value: string) => value.normalize('NFKC').toLowerCase()
  return [name, nameKo, nameEn, place, placeKo, placeEn].some((value) =>
    plain(value ?? '').includes(plain(query.trim())),
  )
}

function searchForm(language: Language, query: string): Html {
  const text = festivalsText[language]
  return html`<form method="get" action="/" role="search" class="field">
<label for="q">${text.searchLabel}</label>
<div class="search"><input id="q" name="q" type="search" maxlength="100" value="${query}"><button>${text.search}</button></div>
</form>`
}

function card({ festival, status }: Sale, language: Language): Html {
  const text = festivalsText[language]
  const { room } = festival
  return html`<a class="card" href="/festivals/${festival.id}">
${festival.image === undefined ? html`<div class="image none" aria-hidden="true"></div>` : imagePart(festival.image, '', 'lazy')}
<div class="row"><h2>${festival.name}</h2>${phaseTag(status, language)}</div>
<p class="soft">${festival.place} · ${days(festival.startsAt, festival.endsAt, festival, language)}</p>
<p class="small">${text.saleOpens}: ${moment(room.opensAt, festival, language)}</p>
</a>`
}

/** The state of a sale, as a label. */
export function phaseTag(status: Status | undefined, language: Language): Html | '' {
  if (status === undefined) return ''
  const { phase } = status
  const look = phase === 'open' ? '' : phase === 'lobby' || phase === 'scheduled' ? ' warm' : ' off'
  return html`<span class="tag${look}">${festivalsText[language].phases[phase]}</span>`
}
