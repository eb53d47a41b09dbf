import { html, raw } from 'hono/html'
import type { Festival } from '../../../shared/catalogue.ts'
import { momentInZone } from '../../../shared/format.ts'
import type { Fan } from '../../api/rooms/fan-status.ts'
import type { Status } from '../../room/status.ts'
import { fill, type Language } from '../i18n/translated.ts'
import { dataScript } from '../layout/data-script.ts'
import { count } from '../layout/format.ts'
import type { Html } from '../layout/html.ts'
import { minutesLeft } from '../layout/minutes-left.ts'
import { type PageContext, page } from '../layout/page.ts'
import { commonText } from '../layout/text/common.ts'
import { flashText } from '../layout/text/flash.ts'
import { isSettled, purchasePart } from './fan-part.ts'
import {
  type Chance,
  chanceStep,
  hasChances,
  isQueueing,
  noticeIn,
  type PlaceStatus,
  type RoomView,
  roomView,
} from './room-view.ts'
import { drawTextOf, spokenWait } from './room-words.ts'
import { type RoomText, roomText } from './text/room.ts'
import { roomPageText } from './text/room-page.ts'
import { priceText } from './type-sale.ts'

export type RoomPage = {
  festival: Festival
  status: Status
  placeStatus: PlaceStatus | undefined
  signedIn: boolean
  /** Whether the place takes part in the draw; undefined where that is unknown or does not apply. */
  chance: Chance | undefined
  /** What the fan has, apart from a place. */
  fan: Fan
  /** The fan has tickets, and wants to queue for more. */
  more: boolean
  now: number
  /** The result of the last form, as text. */
  flash?: string | undefined
}

/** The data of the page's browser module. */
export type RoomData = {
  room: string
  status: Status
  placeStatus: PlaceStatus | null
  signedIn: boolean
  /** As the server bound the place; null where it has not. */
  chance: Chance | null
  admitted: boolean
  /** Messages for refused claims that no retry can change, by code. */
  refusals: Record<string, string>
  words: RoomText
  /** Shown when the network is unavailable. */
  offline: string
}

type RoomWords = ReturnType<typeof wordsOf>

const wordsOf = (language: Language) => ({ ...roomText[language], ...roomPageText[language] })

const REFUSALS = ['pass-held', 'place-bound', 'place-of-another-account']

const REFRESH_SECONDS = 5

/**
 * The waiting room. Every part that the browser may show is rendered from the beginning, hidden: scripts only fill in
 * text, and the layout does not move while it is read (`styles/room.css`). Without JavaScript the page reloads by
 * itself, and forms replace the scripts.
 */
export function roomPage(context: PageContext, room: RoomPage): Html {
  const { language } = context
  const { festival, status, placeStatus, signedIn, fan } = room
  const text = wordsOf(language)
  const isAdmitted = fan.status === 'admitted' || fan.status === 'elsewhere'
  const more = placeStatus !== undefined || (room.more && fan.status === 'bought')
  const isOver = isAdmitted || (isSettled(fan) && !more)
  const view = roomView(status, placeStatus, isOver)
  const data: RoomData = {
    ...{ room: festival.room.id, status, placeStatus: placeStatus ?? null },
    ...{ signedIn, admitted: isOver, chance: room.chance ?? null },
    ...{ words: roomText[language], offline: commonText[language].offline },
    refusals: Object.fromEntries(REFUSALS.map((code) => [code, flashText(code, language) ?? text.failed])),
  }
  return page(
    context,
    {
      ...{ title: text.title(festival.name), scripts: scriptsOf(isOver, signedIn), personal: true },
      ...(isOver && fan.status === 'bought' ? {} : { refreshSeconds: REFRESH_SECONDS }),
      fan: { room: festival.room.id, status: signedIn ? fan.status : 'signed-out' },
    },
    html`<p class="small"><a href="/festivals/${festival.id}">${festival.name}</a></p>
<h1>${text.heading}</h1>
${isAdmitted ? admittedPart(fan.status, festival, text) : purchasePart(fan, { festival, more, isOpen: isQueueing(status) }, language)}
${room.flash === undefined ? '' : html`<p class="notice bad" role="alert">${room.flash}</p>`}
<div class="steps" data-part="steps"${hidden(view.step === 'over')}>
${endParts(view, festival, text, language)}
${enterPart(view, room, text)}
${lobbyPart(view, room, text, language)}
${waitingPart(view, placeStatus, text, language)}
${calledPart(view, room, text)}
</div>
${announcements(view, status, text, language)}
${basketPart(view, festival, text, language)}
${signInAndLeave(view, room, text)}
${drawPart(status, placeStatus, festival, text, language)}
${dataScript('room-data', data)}`,
  )
}

/** A fan with nothing to wait for does not poll; for a signed-out visitor nothing can change on other devices. */
function scriptsOf(isOver: boolean, signedIn: boolean): string[] {
  if (isOver) return ['fan']
  return signedIn ? ['room', 'fan'] : ['room']
}

/** A fan with a pass on another device, or without its cookie, continues here with the basket held there. */
function admittedPart(status: Fan['status'], { id }: Festival, text: RoomWords): Html {
  if (status === 'admitted')
    return html`<div class="notice good"><p>${text.admitted}</p><p><a class="button big" href="/festivals/${id}/buy">${text.toBasket}</a></p></div>`
  return html`<div class="notice good"><p>${text.admittedElsewhere}</p>
<form method="post" action="/festivals/${id}/room/claim"><input type="hidden" name="of" value="account"><button class="big">${text.goInHere}</button></form></div>`
}

function announcements(view: RoomView, status: Status, text: RoomWords, language: Language): Html {
  const notice = noticeIn(status, language)
  return html`<div class="announcements">
<p class="notice warm" data-part="notice" role="status" lang="${notice?.lang ?? language}"${hidden(notice === undefined)}>${notice?.words ?? ''}</p>
<div data-part="flash" role="status">${view.flash.map((key) => html`<p class="notice">${text[key]}</p>`)}</div>
<p class="notice warm" data-part="offline" role="status" hidden></p>
</div>`
}

/** Why there is nothing to wait for, and what to do instead. */
function endParts(view: RoomView, festival: Festival, text: RoomWords, language: Language): Html {
  const path = `/festivals/${festival.id}`
  return html`<section class="sheet" data-step="shut"${hidden(view.step !== 'shut')}>
<p class="lead">${text.shut}</p>
<p>${text.shutNext}</p>
</section>
<section class="sheet" data-step="scheduled"${hidden(view.step !== 'scheduled')}>
<p class="lead">${text.scheduled}</p>
<p>${text.roomOpens(momentInZone(festival.room.lobbyAt, festival, language))}</p>
<p><a class="button quiet" href="${path}">${text.toFestival}</a></p>
</section>
<section class="sheet" data-step="sold-out"${hidden(view.step !== 'sold-out')}>
<p class="lead">${text.soldOut}</p>
<p>${text.soldOutNext}</p>
<p><a class="button quiet" href="${path}">${text.toFestival}</a></p>
</section>
<section class="sheet" data-step="closed"${hidden(view.step !== 'closed')}>
<p class="lead">${text.closed}</p>
<p>${text.closedNext}</p>
<p class="buttons"><a class="button quiet" href="/">${text.toFestivals}</a><a class="button quiet" href="/me">${text.toMine}</a></p>
</section>`
}

function enterPart(view: RoomView, { festival, status }: RoomPage, text: RoomWords): Html {
  return html`<section class="sheet" data-step="enter"${hidden(view.step !== 'enter')}>
<p>${text.enterLead}</p>
<form method="post" action="/festivals/${festival.id}/room/enter" data-form="enter">
${status.proofOfWork ? html`<noscript><p class="notice warm">${text.needsScript}</p></noscript>` : ''}
<button class="big">${text.enter}</button>
</form>
</section>`
}

function lobbyPart(view: RoomView, room: RoomPage, text: RoomWords, language: Language): Html {
  const { festival, status } = room
  return html`<section class="sheet" data-step="lobby"${hidden(view.step !== 'lobby')}>
<p class="lead">${festival.room.order === 'draw' ? text.lobby : text.lobbyArrival}</p>
<noscript><p>${text.opensOn(momentInZone(status.opensAt, festival, language))}</p></noscript>
<p class="soft label needs-script">${text.opensIn}</p>
<p data-part="opens" class="number tabular needs-script" role="timer" aria-live="off">\u00a0</p>
${hasChances(status) ? chancePart(room, text) : ''}
</section>`
}

/** Whether the fan takes part in the draw, why not, and what to do about it before the opening. */
function chancePart({ festival, chance = 'signed-out' }: RoomPage, text: RoomWords): Html {
  const next = encodeURIComponent(`/festivals/${festival.id}/room`)
  const step = chanceStep(chance)
  return html`<div class="notice ${chance === 'yes' ? 'good' : 'warm'} chance" data-part="chance-box">
<p data-part="chance" role="status">${text.chance[chance]}</p>
<p data-part="chance-sign-in"${hidden(step !== 'sign-in')}><a class="button" href="/sign-in?next=${next}">${text.signInWhile}</a></p>
<p data-part="chance-confirm"${hidden(step !== 'confirm')}><a class="button" href="/confirm-email?next=${next}">${text.confirmAddress}</a></p>
</div>`
}

function waitingPart(
  view: RoomView,
  placeStatus: PlaceStatus | undefined,
  text: RoomWords,
  language: Language,
): Html {
  const { ahead, wait, progress } = view
  return html`<section class="sheet" data-step="waiting"${hidden(view.step !== 'waiting')}>
<p><span class="soft">${text.ahead.before}</span><span class="number" data-part="ahead">${ahead === undefined ? '' : count(ahead, language)}</span><span class="soft">${text.ahead.after}</span></p>
<progress max="1" value="${progress}" aria-label="${text.progress}" data-part="progress"></progress>
<dl class="facts"><dt>${text.number}</dt><dd class="tabular" data-part="position">${placeStatus?.position === undefined ? '' : count(placeStatus.position + 1, language)}</dd>
<dt>${text.waitLabel}</dt><dd data-part="wait">${spokenWait(wait, text)}</dd></dl>
<p class="small soft">${text.closing}</p>
</section>`
}

function calledPart(view: RoomView, room: RoomPage, text: RoomWords): Html {
  const { festival, signedIn, placeStatus, now } = room
  const ends = placeStatus?.turnEndsAt
  const next = `/festivals/${festival.id}/room`
  return html`<section class="notice good" data-step="called"${hidden(view.step !== 'called')}>
<h2 tabindex="-1" data-part="turn">${text.turn}</h2>
<p data-part="turn-left"${hidden(ends === undefined)}>${ends === undefined ? '' : fill(text.turnEnds, { time: minutesLeft(Date.parse(ends) - now) })}</p>
<p class="warning" data-part="turn-warning" role="status"></p>
${
  signedIn
    ? html`<form method="post" action="${next}/claim" data-form="claim"><button class="big">${text.goIn}</button></form>`
    : html`<p><a class="button big" href="/sign-in?next=${encodeURIComponent(next)}">${text.signInFirst}</a></p>`
}
<p data-part="claiming" role="status"></p>
</section>`
}

/** Choosing while waiting: the browser stores the choice and takes the hold as soon as there is a pass. */
function basketPart(view: RoomView, festival: Festival, text: RoomWords, language: Language): Html {
  const shown = view.step === 'lobby' || view.step === 'waiting' || view.step === 'called'
  return html`<section class="sheet needs-script" data-steps="lobby waiting called"${hidden(!shown)}>
<h2>${text.basket}</h2>
<p class="soft">${text.basketLead}</p>
<form data-form="basket">${festival.ticketTypes.map(
    (
      type,
    ) => html`<p class="row"><label for="type-${type.id}">${type.name} · ${priceText(type, festival.currency, language)}</label>
<select class="amount" id="type-${type.id}" name="${type.id}">${Array.from({ length: type.accountLimit + 1 }, (_, n) => html`<option>${n}</option>`)}</select></p>`,
  )}</form>
</section>`
}

function signInAndLeave(
  view: RoomView,
  { festival, status, signedIn, placeStatus }: RoomPage,
  text: RoomWords,
): Html {
  const next = `/festivals/${festival.id}/room`
  const shown = view.step === 'lobby' || view.step === 'waiting'
  return html`<div data-steps="lobby waiting"${hidden(!shown)}>
${
  signedIn
    ? html`<p class="soft" data-part="bound">${text.signedIn}</p>`
    : // In the lobby of a draw, the chance already covers this.
      html`<div data-steps="${hasChances(status) ? 'waiting' : 'lobby waiting'}"${hidden(hasChances(status) && view.step !== 'waiting')}><p class="soft">${text.signInWhy}</p><p><a class="button quiet" href="/sign-in?next=${encodeURIComponent(next)}">${text.signInWhile}</a></p></div>`
}
<form method="post" action="${next}/leave" data-form="leave" data-part="leave" data-ask="${text.leaveAsk}"${hidden(placeStatus?.position === undefined)}><button class="link small">${text.leave}</button></form>
</div>`
}

function drawPart(
  status: Status,
  placeStatus: PlaceStatus | undefined,
  festival: Festival,
  text: RoomWords,
  language: Language,
): Html | '' {
  const { draw } = status
  if (draw === undefined) return ''
  return html`<details class="sheet" data-part="draw"${draw.drawn ? '' : raw(' open')}>
<summary>${draw.drawn ? text.draw : text.rules}</summary>
<ol class="small">${rulesOf(draw, text).map((rule) => html`<li>${rule}</li>`)}</ol>
<p class="small">${text.commitment}<br><code>${draw.commitment}</code></p>
<p data-part="lot">${drawTextOf(draw, placeStatus, text, (value) => count(value, language))}</p>
<p class="needs-script" data-part="check"${hidden(!draw.drawn || placeStatus === undefined)}><a class="button quiet" href="/festivals/${festival.id}/draw">${text.check}</a></p>
</details>`
}

function rulesOf({ version, beacon }: NonNullable<Status['draw']>, text: RoomWords): string[] {
  if (version === 1) return [...text.firstRules, text.rulesCheck]
  return [...text.rulesList, text.rulesBeacon[beacon], text.rulesCheck]
}

function hidden(when: boolean): Html | '' {
  return when ? raw(' hidden') : ''
}
