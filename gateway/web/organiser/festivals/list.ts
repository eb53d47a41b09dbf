import { html } from 'hono/html'
import type { Me } from '../../../../shared/api/accounts.ts'
import type { ListedFestival } from '../../../../shared/api/admin-festivals.ts'
import { days } from '../../../../shared/format.ts'
import { count } from '../../layout/format.ts'
import type { Html } from '../../layout/html.ts'
import { type PageContext, page } from '../../layout/page.ts'
import { moment } from '../../layout/time.ts'
import { DEAD_LETTERS_PATH } from '../live/dead-letters.ts'
import { organiserText } from '../text/organiser.ts'

export type ListPage = {
  me: Pick<Me, 'roles' | 'createsFestivals'>
  festivals: readonly ListedFestival[]
  /** The link to earlier ones, if there are more. */
  next: string | undefined
  now: number
}

/** The festivals and drafts of the user's teams, newest first. */
export function listPage(context: PageContext, { me, festivals, next, now }: ListPage): Html {
  const { language } = context
  const text = organiserText[language]
  return page(
    context,
    { title: text.listTitle, scripts: ['times'], personal: true },
    html`<div class="row"><h1>${text.listTitle}</h1>${me.roles.includes('operator') ? html`<span><a href="/organiser/accounts">${text.accounts}</a> · <a href="${DEAD_LETTERS_PATH}">${text.deadLetters}</a></span>` : ''}</div>
${me.createsFestivals ? html`<p><a class="button" href="/organiser/festivals/new">${text.make}</a></p>` : ''}
${festivals.length === 0 ? html`<p class="notice">${text.none}</p>` : ''}
<ul class="cards">${festivals.map((festival) => html`<li>${card(festival)}</li>`)}</ul>
${next === undefined ? '' : html`<p><a href="${next}">${text.more}</a></p>`}`,
  )

  function card(festival: ListedFestival): Html {
    const units = festival.ticketTypes.reduce((sum, { quantity }) => sum + quantity, 0)
    return html`<a class="card" href="/organiser/festivals/${festival.id}">
<div class="row"><h2>${festival.name}</h2>${stateTag(festival, now, context)}</div>
<p class="soft">${festival.place} · ${days(festival.startsAt, festival.endsAt, festival, language)}</p>
<p class="small">${text.fields.opensAt.label}: ${moment(festival.room.opensAt, festival, language)}<br>
${text.types(count(festival.ticketTypes.length, language), count(units, language))}</p>
</a>`
  }
}

/** Whether fans can see it, and whether they can still buy. */
export function stateTag(
  { published, room }: Pick<ListedFestival, 'published' | 'room'>,
  now: number,
  { language }: PageContext,
): Html {
  const state = !published ? 'draft' : Date.parse(room.closesAt) <= now ? 'over' : 'published'
  const look = state === 'draft' ? ' warm' : state === 'over' ? ' off' : ''
  return html`<span class="tag${look}">${organiserText[language].states[state]}</span>`
}
