import { html } from 'hono/html'
import type { Festival } from '../../../shared/catalogue.ts'
import { days } from '../../../shared/format.ts'
import { cutText } from '../../../shared/text.ts'
import type { Buyer } from '../../api/rooms/fan-status.ts'
import type { Status } from '../../room/status.ts'
import type { Language } from '../i18n/translated.ts'
import { copyNotice } from '../layout/copy-notice.ts'
import { count } from '../layout/format.ts'
import type { Html } from '../layout/html.ts'
import { imagePart, imagePath } from '../layout/image.ts'
import { type PageContext, type PageSummary, page } from '../layout/page.ts'
import { offlineText } from '../layout/text/offline.ts'
import { countdown, moment, momentIn } from '../layout/time.ts'
import { isSettled, purchasePart } from './fan-part.ts'
import { phaseTag, type Sale } from './home.ts'
import { isQueueing, noticeIn } from './room-view.ts'
import { sellerPart } from './seller.ts'
import { festivalsText } from './text/festivals.ts'
import { priceText, saleStateOf, saleTimes, separated } from './type-sale.ts'

export type FestivalPageOptions = {
  publicUrl?: string
  /** What the visitor has bought; undefined on a shared page. */
  fan?: Buyer
}

/** The page of a festival: when, where, ticket types, and the link to its waiting room. */
export function festivalPage(
  context: PageContext,
  sale: Sale,
  now: number,
  { publicUrl, fan = { status: 'none' } }: FestivalPageOptions = {},
): Html {
  const { language } = context
  const { festival, status } = sale
  const isOpen = status !== undefined && isQueueing(status)
  const text = festivalsText[language]
  return page(
    context,
    {
      title: festival.name,
      scripts: ['festival'],
      ...(publicUrl === undefined ? {} : { about: summaryOf(festival, language, publicUrl) }),
      personal: isSettled(fan),
    },
    html`${copyNotice(context, undefined, offlineText[language].copy)}
${festival.image === undefined ? '' : imagePart(festival.image, text.imageOf(festival.name))}
<div class="row"><h1>${festival.name}</h1>${phaseTag(status, language)}</div>
<p class="lead">${festival.place}<br>${days(festival.startsAt, festival.endsAt, festival, language)}</p>
${notice(status, language)}
${isSettled(fan) ? purchasePart(fan, { festival, more: false, isOpen }, language) : way(sale, language)}
${description(festival, language)}
<h2>${text.tickets}</h2>
<ul class="cards">${festival.ticketTypes.map((type) => html`<li class="sheet">${ticketType(type, sale, now, language)}</li>`)}</ul>
<dl class="facts">
<dt>${text.begins}</dt><dd>${moment(festival.startsAt, festival, language)}</dd>
<dt>${text.saleOpens}</dt><dd>${moment(festival.room.opensAt, festival, language)}</dd>
<dt>${text.saleCloses}</dt><dd>${moment(festival.room.closesAt, festival, language)}</dd>
</dl>
<p class="soft">${festival.room.order === 'draw' ? text.draw : text.arrival}</p>
${sellerPart(festival, language)}`,
  )
}

/** The part of a festival's description that a search engine or a messenger shows. */
const SUMMARY_CHARACTERS = 200

function summaryOf(festival: Festival, language: Language, publicUrl: string): PageSummary {
  const { id, image, place, startsAt, endsAt } = festival
  const texts = festival.description
  const words = texts?.[language] ?? texts?.[language === 'ko' ? 'en' : 'ko'] ?? ''
  const when = days(startsAt, endsAt, festival, language)
  const description = [place, when, words.replaceAll(/\s+/g, ' ')].filter((part) => part !== '').join(' · ')
  return {
    description: cutText(description, SUMMARY_CHARACTERS),
    url: new URL(`/festivals/${id}`, publicUrl).href,
    image: image === undefined ? undefined : new URL(imagePath(image), publicUrl).href,
  }
}

/** In the page's language, or else in the other. */
function description({ description: texts }: Festival, language: Language): Html | '' {
  const spoken = texts?.[language] === null ? (language === 'ko' ? 'en' : 'ko') : language
  const text = texts?.[spoken] ?? ''
  return text === '' ? '' : html`<p class="pre" lang="${spoken}">${text}</p>`
}

function notice(status: Status | undefined, language: Language): Html | '' {
  const notice = status === undefined ? undefined : noticeIn(status, language)
  return notice === undefined ? '' : html`<p class="notice warm" lang="${notice.lang}">${notice.words}</p>`
}

/** The link to the waiting room, or the time until it opens. */
function way({ festival, status }: Sale, language: Language): Html | '' {
  const text = festivalsText[language]
  const { room } = festival
  if (status?.phase === 'closed') return ''
  if (status?.phase === 'sold-out') return html`<p class="notice">${text.soldOut}</p>`
  if (status === undefined || status.phase === 'scheduled') return countdown(room.lobbyAt, text.enterWhenOpen)
  const waiting = Math.max(status.entries - status.serving - 1, 0)
  return html`${status.phase === 'lobby' ? countdown(room.opensAt, text.saleOpensIn) : ''}
<p><a class="button big" href="/festivals/${festival.id}/room">${text.enter}</a></p>
<p class="soft">${text.waiting(count(waiting, language))}</p>`
}

function ticketType(
  type: Festival['ticketTypes'][number],
  { festival, status }: Sale,
  now: number,
  language: Language,
): Html {
  const text = festivalsText[language]
  const isOver = saleStateOf(type, now) === 'over'
  const isClosed = status?.phase === 'closed'
  // How much was left is irrelevant for a type that is not sold any more.
  const left = isOver || isClosed ? undefined : status?.ticketTypes.find((each) => each.type === type.id)
  const times = isClosed ? [] : saleTimes(type, festival, now, language)
  return html`<div class="row"><h3>${type.name}</h3><strong>${priceText(type, festival.currency, language)}</strong></div>
<p class="row small"><span class="soft">${text.perPerson(type.accountLimit)} · ${momentIn(text.refundUntil, moment(type.refundUntil, festival, language))}</span>${left === undefined ? '' : html`<span class="tag${left.availability === 'plenty' ? '' : left.availability === 'few' ? ' warm' : ' off'}">${text.availability[left.availability]}</span>`}${isOver && !isClosed ? html`<span class="tag off">${text.typeSale.over}</span>` : ''}</p>
${times.length === 0 ? '' : html`<p class="small">${separated(times)}</p>`}
${left?.availability === 'held' ? html`<p class="soft small">${text.mayReturn(left.mayReturn)}</p>` : ''}`
}
