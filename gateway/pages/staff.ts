import { html, raw } from 'hono/html'
import type { Festival } from '../../shared/catalogue.ts'
import { momentInZone } from '../../shared/format.ts'
import { count } from './format.ts'
import { type Html, type PageContext, page } from './page.ts'
import {
  type CheckInWindow,
  type Confirmable,
  ticketWords,
  type Verdict,
  verdictWords,
} from './staff-verdict.ts'
import { staffText } from './text/staff.ts'
import { bareMoment } from './time.ts'

/** How far a festival's check-in is, as the API has it. */
export type Summary = {
  in: number
  tickets: number
  last: { id: string; at: string; gate: string; typeName: string; number: number; undoneAt: string | null }[]
}

/** What the page's module needs to know. */
export type StaffData = {
  festival: string
  gate: string
  /** In which times are shown, wherever the device thinks that it is. */
  timeZone: string
  types: { id: number; name: string }[]
  /** When tickets are checked in, until the API has said it again. */
  window: CheckInWindow
  /** Where the decoder is, for browsers without one. */
  decoder: string
  wasm: string
}

export type StaffPage = {
  festival: Festival
  gate: string
  summary: Summary
  window: CheckInWindow
  /** Chosen for this page, so that its form sent twice counts once. */
  nonce: string
  said?: { words: string; isGood: boolean } | undefined
}

export const GATE_CHARACTERS_MAX = 60

/** Where staff choose their festival and name their gate. */
export function staffChoicePage(context: PageContext, festivals: readonly Festival[]): Html {
  const text = staffText[context.language]
  const options = festivals.map(({ id, name }) => html`<option value="${id}">${name}</option>`)
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
<input id="gate" name="gate" required maxlength="${GATE_CHARACTERS_MAX}" autocomplete="off" aria-describedby="gate-hint"><span class="hint" id="gate-hint">${text.gateHint}</span></p>
<button class="big">${text.begin}</button>
</form>`
}`,
  )
}

/** A gate: scan or type, see yes or no, undo, and how many are in. Nothing on it is about a guest: devices keep it. */
export function staffPage(context: PageContext, staff: StaffPage): Html {
  const { language, assets } = context
  const { festival, gate, summary, window, said } = staff
  const text = staffText[language]
  const data: StaffData = {
    festival: festival.id,
    gate,
    timeZone: festival.timeZone,
    types: festival.ticketTypes.map(({ id, name }) => ({ id, name })),
    window,
    decoder: assets.url('staff-decoder.js'),
    wasm: assets.url('zxing_reader.wasm'),
  }
  return page(
    context,
    { title: text.titleAt(festival.name), scripts: ['staff'], personal: true },
    html`<p class="small"><a href="/staff">${text.otherGate}</a></p>
<div class="row"><h1>${festival.name}</h1><span class="tag" data-part="gate">${gate}</span></div>
<p class="notice ${said?.isGood === true ? 'good' : 'bad'}" role="status" data-part="said"${said === undefined ? raw(' hidden') : ''}>${said?.words}</p>
<p class="notice warm" role="status" data-part="offline" hidden>${text.offline}</p>
<p class="notice bad" role="alert" data-part="signed-out" hidden>${text.signedOut} <a href="/sign-in?next=${encodeURIComponent(`/staff/${festival.id}?gate=${encodeURIComponent(gate)}`)}">${text.signIn}</a></p>
<p class="notice warm" data-part="no-ed25519" hidden>${text.noEd25519}</p>
<p class="notice warm" data-part="no-store" hidden>${text.noStore}</p>
<p><strong class="number" data-part="in">${count(summary.in, language)}</strong><span class="soft" data-part="in-of">${text.inOf(count(summary.tickets, language))}</span></p>
<div class="needs-script">
<button type="button" class="big" data-part="start-camera">${text.scan}</button>
<p class="notice bad" role="alert" data-part="camera-said" hidden></p>
<div data-part="camera" hidden><div class="viewfinder"><video data-part="video" muted playsinline aria-label="${text.viewfinder}"></video></div>
<p class="row"><span class="soft">${text.viewfinder}</span><button type="button" class="quiet" data-part="stop-camera">${text.stop}</button></p></div>
</div>
${typeForm(context, staff)}
<p class="needs-script"><button type="button" class="quiet" data-part="undo">${text.undo}</button></p>
<section data-part="conflicts" aria-labelledby="conflicts" hidden><h2 id="conflicts">${text.conflicts}</h2><p class="notice bad">${text.conflictsLead}</p><ul class="plain" data-part="conflict-list"></ul></section>
<h2>${text.last}</h2>
<ul class="plain last" data-part="last">${summary.last.map((row) => lastRow(context, festival, row))}</ul>
<p class="soft" data-part="last-none"${summary.last.length > 0 ? raw(' hidden') : ''}>${text.lastNone}</p>
<p class="small soft" role="status" data-part="waiting" hidden></p>
<p class="small soft needs-script" data-part="list">${text.noList}</p>
<dialog class="verdict" data-part="verdict" aria-labelledby="verdict-heading" aria-describedby="verdict-ticket">
<p class="sign" aria-hidden="true"></p><h2 id="verdict-heading" data-part="verdict-heading"></h2>
<p class="who" id="verdict-ticket" data-part="verdict-ticket"></p><div data-part="verdict-details"></div>
<button type="button" class="big" data-part="next">${text.next}</button>
<button type="button" class="quiet" data-part="confirm" hidden>${text.confirm}</button></dialog>
<script type="application/json" id="staff-data">${raw(JSON.stringify(data).replaceAll('<', '\\u003c'))}</script>`,
  )
}

function typeForm({ language }: PageContext, { festival, gate, nonce }: StaffPage): Html {
  const text = staffText[language]
  return html`<form method="post" action="/staff/${festival.id}/check-in" data-form="typed">
<input type="hidden" name="gate" value="${gate}"><input type="hidden" name="nonce" value="${nonce}">
<p class="field"><label for="code">${text.code}</label>
<input id="code" name="code" required maxlength="250" autocomplete="off" autocapitalize="characters" autocorrect="off" spellcheck="false" aria-describedby="code-hint"><span class="hint" id="code-hint">${text.codeHint}</span></p>
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

/** What was typed into the form of a browser without JavaScript. */
export type TypedScan = { id: string; code: string; nonce: string; confirmed: Confirmable[] }

/** The yes or no for a browser without JavaScript, over the whole page. */
export function verdictPage(
  context: PageContext,
  { festival, gate, verdict, scan }: { festival: Festival; gate: string; verdict: Verdict; scan: TypedScan },
): Html {
  const { language } = context
  const text = staffText[language]
  const words = verdictWords(verdict, language, (instant) => momentInZone(instant, festival, language))
  const next = `/staff/${festival.id}?gate=${encodeURIComponent(gate)}`
  const undo = html`<form method="post" action="/staff/${festival.id}/undo"><input type="hidden" name="gate" value="${gate}"><input type="hidden" name="id" value="${scan.id}"><button class="quiet">${text.undoThis}</button></form>`
  const { confirm } = words
  const confirmForm = html`<form method="post" action="/staff/${festival.id}/check-in"><input type="hidden" name="gate" value="${gate}"><input type="hidden" name="nonce" value="${scan.nonce}"><input type="hidden" name="code" value="${scan.code}">${[...scan.confirmed, ...(confirm === undefined ? [] : [confirm])].map((what) => html`<input type="hidden" name="confirmed" value="${what}">`)}<button class="quiet">${text.confirm}</button></form>`
  return page(
    context,
    { title: words.heading, personal: true },
    html`<section class="verdict" data-part="verdict" data-look="${words.look}" data-result="${verdict.result}">
<p class="sign" aria-hidden="true"></p><h1 data-part="verdict-heading">${words.heading}</h1>
<p class="who" data-part="verdict-ticket">${words.ticket}</p>
<div data-part="verdict-details">${words.details.map((detail) => html`<p>${detail}</p>`)}</div>
<a class="button big" href="${next}" data-part="next" autofocus>${text.next}</a>
${verdict.result === 'admitted' ? undo : ''}${confirm === undefined ? '' : confirmForm}</section>`,
  )
}
