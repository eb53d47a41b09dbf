import { html, raw } from 'hono/html'
import type { Festival } from '../../../shared/catalogue.ts'
import { momentInZone } from '../../../shared/format.ts'
import type { Language } from '../i18n/translated.ts'
import { dataScript } from '../layout/data-script.ts'
import { count } from '../layout/format.ts'
import type { Html } from '../layout/html.ts'
import { type PageContext, page } from '../layout/page.ts'
import { bareMoment } from '../layout/time.ts'
import {
  type CheckInWindow,
  type Confirmable,
  ticketWords,
  type Verdict,
  type VerdictWords,
  verdictWords,
} from './staff-verdict.ts'
import { staffText } from './text/staff.ts'
import { staffPageText } from './text/staff-page.ts'

/** A festival's check-in progress, as the API returns it. */
export type Summary = {
  /** When it was counted; ISO 8601. */
  at: string
  in: number
  tickets: number
  last: { id: string; at: string; gate: string; typeName: string; number: number; undoneAt: string | null }[]
}

/** The data of the page's module. */
export type StaffData = {
  festival: string
  gate: string
  /** The time zone of displayed times, independent of the device. */
  timeZone: string
  types: { id: number; name: string }[]
  /** The check-in window, until the API returns it again. */
  window: CheckInWindow
  summary: Summary
  /** The URL of the decoder, for browsers without one. */
  decoder: string
  wasm: string
}

export type StaffPage = {
  festival: Festival
  gate: string
  /** Undefined where a verdict is shown although they could not be read: then without the module, which needs them. */
  known: { summary: Summary; window: CheckInWindow } | undefined
  /** Generated for this page, so that its form sent twice counts once. */
  nonce: string
  flash?: { words: string; isGood: boolean } | undefined
  /** What was typed without JavaScript, and its result. */
  verdict?: { verdict: Verdict; scan: TypedScan } | undefined
}

export const GATE_CHARACTERS_MAX = 60

/** The gate that the device last used. */
export type StoredGate = { festival: string; gate: string }

/** The page on which staff choose their festival and name their gate, with the device's last choice. */
export function staffChoicePage(
  context: PageContext,
  festivals: readonly Festival[],
  stored: StoredGate | undefined,
): Html {
  const text = textOf(context.language)
  const options = festivals.map(
    ({ id, name }) =>
      html`<option value="${id}"${id === stored?.festival ? raw(' selected') : ''}>${name}</option>`,
  )
  return page(
    context,
    { title: text.title, personal: true },
    html`<h1>${text.title}</h1>
${
  festivals.length === 0
    ? html`<p class="notice">${text.noFestivals}</p>`
    : html`<p class="lead">${text.chooseLead}</p>
<form method="get" action="/staff">
<p class="field"><label for="festival">${text.festival}</label><select id="festival" name="festival">${options}</select></p>
<p class="field"><label for="gate">${text.gate}</label>
<input id="gate" name="gate" value="${stored?.gate}" required maxlength="${GATE_CHARACTERS_MAX}" autocomplete="off" aria-describedby="gate-hint"><span class="hint" id="gate-hint">${text.gateHint}</span></p>
<button class="big">${text.begin}</button>
</form>`
}`,
  )
}

/**
 * A gate: scan or type, see the verdict, undo, and see how many guests are in. Only a verdict is personal, and no page
 * with one is stored by the device.
 */
export function staffPage(context: PageContext, staff: StaffPage): Html {
  const { language } = context
  const { festival, gate, known, flash, verdict } = staff
  const text = textOf(language)
  const title = verdict === undefined ? text.titleAt(festival.name) : text.results[verdict.verdict.result]
  return page(
    context,
    { title, scripts: known === undefined ? [] : ['staff'], personal: true },
    html`<div class="row"><h1 class="gate-name">${festival.name}</h1><p class="row"><span class="tag" data-part="gate">${gate}</span><a href="/staff?change">${text.otherGate}</a></p></div>
${verdictPanel(context, staff)}
<p class="notice ${flash?.isGood === true ? 'good' : 'bad'}" role="status" data-part="flash"${flash === undefined ? raw(' hidden') : ''}>${flash?.words}</p>
<p class="notice warm" role="status" data-part="offline" hidden>${text.offline}</p>
<p class="notice bad" role="alert" data-part="forbidden" hidden>${text.forbidden} <a href="/sign-in?next=${encodeURIComponent(`/staff/${festival.id}?gate=${encodeURIComponent(gate)}`)}">${text.signIn}</a></p>
<p class="notice warm" data-part="no-ed25519" hidden>${text.noEd25519}</p>
<p class="notice warm" data-part="no-store" hidden>${text.noStore}</p>
${known === undefined ? '' : cameraView(text)}
${typeForm(context, staff)}
<section data-part="history-section" aria-labelledby="history" hidden><h2 id="history">${text.history}</h2><ol class="plain history" data-part="history"></ol></section>
${known === undefined ? '' : atWork(context, { ...staff, ...known })}`,
  )
}

/** How many guests are in, and the parts that need the module. */
function atWork(
  context: PageContext,
  { festival, gate, summary, window }: StaffPage & NonNullable<StaffPage['known']>,
): Html {
  const { language, assets } = context
  const text = textOf(language)
  const data: StaffData = {
    festival: festival.id,
    gate,
    timeZone: festival.timeZone,
    types: festival.ticketTypes.map(({ id, name }) => ({ id, name })),
    window,
    summary,
    decoder: assets.url('staff-decoder.js'),
    wasm: assets.url('zxing_reader.wasm'),
  }
  return html`<p><strong class="number" data-part="in">${count(summary.in, language)}</strong><span class="soft" data-part="in-of">${text.inOf(count(summary.tickets, language))}</span></p>
<p class="buttons needs-script"><button type="button" class="quiet" data-part="undo">${text.undo}</button>
<button type="button" class="quiet" data-part="mute">${text.mute}</button></p>
<div class="notice warm" role="alert" data-part="undo-ask" hidden><p data-part="undo-question"></p>
<p class="buttons"><button type="button" data-part="undo-yes">${text.undoThis}</button> <button type="button" class="quiet" data-part="undo-no">${text.undoKeep}</button></p></div>
<section data-part="conflicts" aria-labelledby="conflicts" hidden><h2 id="conflicts">${text.conflicts}</h2><p class="notice bad">${text.conflictsLead}</p><ul class="plain" data-part="conflict-list"></ul></section>
<h2>${text.last}</h2>
<ul class="plain last" data-part="last">${summary.last.map((row) => lastRow(context, festival, row))}</ul>
<p class="soft" data-part="last-none"${summary.last.length > 0 ? raw(' hidden') : ''}>${text.lastNone}</p>
<p class="small soft" role="status" data-part="waiting" hidden></p>
<p class="small soft needs-script" data-part="list">${text.noList}</p>
<p class="small soft needs-script" data-part="names" hidden></p>
${dataScript('staff-data', data)}`
}

/** The panel for verdicts; without JavaScript, the one of this request. */
function verdictPanel(context: PageContext, { festival, gate, verdict: shown }: StaffPage): Html {
  const { language } = context
  const text = textOf(language)
  const words =
    shown && verdictWords(shown.verdict, language, (instant) => momentInZone(instant, festival, language))
  const look = words && shown ? raw(` data-look="${words.look}" data-result="${shown.verdict.result}"`) : ''
  const hiddenIf = (isHidden: boolean) => (isHidden ? raw(' hidden') : '')
  return html`<section class="verdict" data-part="verdict"${look}>
<p class="sign" aria-hidden="true"></p>
<p class="idle" data-part="verdict-idle"${hiddenIf(words !== undefined)}>${text.ready}</p>
<div aria-live="assertive" aria-atomic="true"><div data-part="verdict-words"${hiddenIf(words === undefined)}>
<h2 data-part="verdict-heading">${words?.heading}</h2>
<p class="who" data-part="verdict-ticket">${words?.ticket}</p>
<div data-part="verdict-details">${words?.details.map((detail) => html`<p>${detail}</p>`)}</div></div></div>
<p data-part="checking-more" hidden></p>
<button type="button" data-part="confirm" hidden>${text.confirm}</button>
${shown && words ? verdictForms(text, { festival, gate, scan: shown.scan, words }) : ''}</section>`
}

/** The actions for a verdict without JavaScript. */
function verdictForms(
  text: (typeof staffText)['en'],
  {
    festival,
    gate,
    scan,
    words,
  }: Pick<StaffPage, 'festival' | 'gate'> & { scan: TypedScan; words: VerdictWords },
): Html {
  const { confirm, look } = words
  const gateField = html`<input type="hidden" name="gate" value="${gate}">`
  const undo = html`<form method="post" action="/staff/${festival.id}/undo">${gateField}<input type="hidden" name="id" value="${scan.id}"><button class="quiet">${text.undoThis}</button></form>`
  const confirmForm = html`<form method="post" action="/staff/${festival.id}/check-in">${gateField}<input type="hidden" name="nonce" value="${scan.nonce}"><input type="hidden" name="code" value="${scan.code}">${[...scan.confirmed, ...(confirm === undefined ? [] : [confirm])].map((what) => html`<input type="hidden" name="confirmed" value="${what}">`)}<button>${text.confirm}</button></form>`
  return html`<div data-part="verdict-forms">${look === 'yes' ? undo : ''}${confirm === undefined ? '' : confirmForm}</div>`
}

function cameraView(text: ReturnType<typeof textOf>): Html {
  return html`<div class="needs-script">
<button type="button" class="big" data-part="start-camera">${text.scan}</button>
<p class="notice bad" role="alert" data-part="camera-flash" hidden></p>
<div data-part="camera" hidden><div class="viewfinder"><video data-part="video" muted playsinline aria-label="${text.viewfinder}"></video></div>
<p class="row"><span class="soft">${text.viewfinder}</span><button type="button" class="quiet" data-part="stop-camera">${text.stop}</button></p></div>
</div>`
}

function typeForm({ language }: PageContext, { festival, gate, nonce }: StaffPage): Html {
  const text = textOf(language)
  return html`<form method="post" action="/staff/${festival.id}/check-in" data-form="typed">
<input type="hidden" name="gate" value="${gate}"><input type="hidden" name="nonce" value="${nonce}">
<p class="field"><label for="code">${text.code}</label>
<input id="code" name="code" required autofocus maxlength="250" autocomplete="off" autocapitalize="characters" autocorrect="off" spellcheck="false" enterkeyhint="done" aria-describedby="code-hint"><span class="hint" id="code-hint">${text.codeHint}</span></p>
<button class="big">${text.check}</button>
</form>`
}

function lastRow(
  { language }: PageContext,
  festival: Festival,
  { at, gate, undoneAt, ...ticket }: Summary['last'][number],
): Html {
  const { takenBack } = staffText[language]
  return html`<li>${bareMoment(at, festival, language)} · ${gate} · ${ticketWords(ticket, language)}${undoneAt === null ? '' : html` <span class="tag off">${takenBack}</span>`}</li>`
}

/** The code typed into the form of a browser without JavaScript. */
type TypedScan = { id: string; code: string; nonce: string; confirmed: Confirmable[] }

function textOf(language: Language) {
  return { ...staffText[language], ...staffPageText[language] }
}
