import { html } from 'hono/html'
import { BEACON_RULES } from '../../../shared/draw-record.ts'
import { count } from '../format.ts'
import type { Html } from '../page.ts'
import { type OrganiserLiveText, organiserLiveText } from '../text/organiser-live.ts'
import type { Language } from '../translated.ts'
import {
  type ControlFields,
  DRAW_NUMBERS,
  type Hand,
  handsIn,
  isSteeredNumber,
  NOTICE_CHARACTERS_MAX,
  phaseBySchedule,
  REOPEN_MINUTES,
  STEERED_NUMBERS,
  type SteeredNumber,
} from './control.ts'
import { festivalPath } from './frame.ts'
import type { FestivalName, RoomSettings, Sale } from './sale.ts'

/** What is wrong with a form that was sent, told beside its field. */
export type ControlFault = {
  field: string
  fault: 'range' | 'tooLong' | 'asIs'
  fields: ControlFields
}

type Steered = {
  festival: FestivalName
  settings: RoomSettings
  sale: Sale | undefined
  fault?: ControlFault | undefined
  now: number
}

const NUMBERS = Object.keys(STEERED_NUMBERS).filter(isSteeredNumber)
/** Those that stop or begin something for everyone. */
const GRAVE: readonly Hand[] = ['closed']

/** Everything that steers a sale. Each form leads to a page that asks first. */
export function controlsPart(steered: Steered, language: Language): Html {
  const { festival } = steered
  const action = `${festivalPath(festival.id)}/live/confirm`
  return html`<div class="controls">
${phaseForm(steered, action, language)}
${numbersOf(steered.settings).map((name) => numberForm(name, steered, action, language))}
${steered.settings.order === 'draw' ? beaconForm(steered, action, language) : ''}
${noticeForm(steered, action, language)}
</div>`
}

function numbersOf({ order }: RoomSettings): SteeredNumber[] {
  return NUMBERS.filter((name) => order === 'draw' || !DRAW_NUMBERS.includes(name))
}

/** What the draw does about the public beacon: a choice until the lobby begins, and from then on a fact. */
function beaconForm({ settings, fault, now }: Steered, action: string, language: Language): Html {
  const text = organiserLiveText[language]
  if (now >= Date.parse(settings.lobbyAt))
    return html`<div class="sheet"><h3>${text.settings.beacon}</h3><p>${text.beacons[settings.beacon]}</p></div>`
  return html`<form method="post" action="${action}" class="sheet">
<input type="hidden" name="control" value="beacon">
<label for="beacon">${text.settings.beacon}</label>
<div class="control-line"><select id="beacon" name="beacon"${invalid('beacon', fault)}>${BEACON_RULES.map((rule) => html`<option value="${rule}"${rule === settings.beacon ? html` selected` : ''}>${text.beacons[rule]}</option>`)}</select>
<button class="quiet" aria-label="${text.change}: ${text.settings.beacon}">${text.change}</button></div>
<div class="field">${faultPart('beacon', fault, language)}</div>
</form>`
}

function phaseForm({ sale, settings, fault, now }: Steered, action: string, language: Language): Html {
  const text = organiserLiveText[language]
  const hands = handsIn(sale?.phase ?? phaseBySchedule(settings, now))
  return html`<form method="post" action="${action}" class="sheet whole">
<h3>${text.phase}</h3>
<input type="hidden" name="control" value="phase">
${hands.includes('reopen') ? minutesField(fault, language) : ''}
<p class="buttons">${hands.map((hand) => html`<button name="hand" value="${hand}" class="${GRAVE.includes(hand) ? 'danger' : ''}">${text.hand[hand]}</button>`)}</p>
</form>`
}

function minutesField(fault: ControlFault | undefined, language: Language): Html {
  const { min, max, usual } = REOPEN_MINUTES
  const value = fault?.fields['minutes'] ?? String(usual)
  return html`<p class="field"><label for="minutes">${organiserLiveText[language].minutes}</label>
<input id="minutes" name="minutes" type="number" min="${min}" max="${max}" value="${value}"${invalid('minutes', fault)}>
${faultPart('minutes', fault, language)}</p>`
}

function numberForm(
  name: SteeredNumber,
  { settings, fault }: Steered,
  action: string,
  language: Language,
): Html {
  const text = organiserLiveText[language]
  const { min, max } = STEERED_NUMBERS[name]
  const value = fault?.field === name ? (fault.fields[name] ?? '') : String(settings[name])
  return html`<form method="post" action="${action}" class="sheet">
<input type="hidden" name="control" value="${name}">
<label for="${name}">${text.settings[name]}</label>
<div class="control-line"><input id="${name}" name="${name}" type="number" inputmode="numeric" min="${min}" max="${max}" required value="${value}"${invalid(name, fault)}>
<button class="quiet" aria-label="${text.change}: ${text.settings[name]}">${text.change}</button></div>
<div class="field">${faultPart(name, fault, language)}</div>
</form>`
}

function noticeForm({ settings, fault }: Steered, action: string, language: Language): Html {
  const text = organiserLiveText[language]
  const field = (name: 'noticeKo' | 'noticeEn', lang: 'ko' | 'en') => {
    const value = fault?.fields[name] ?? settings.notice?.[lang] ?? ''
    return html`<p class="field"><label for="${name}">${text.settings[name]}</label>
<textarea id="${name}" name="${name}" lang="${lang}" rows="2" maxlength="${NOTICE_CHARACTERS_MAX}"${invalid(name, fault)}>${value}</textarea>
${faultPart(name, fault, language)}</p>`
  }
  return html`<form method="post" action="${action}" class="sheet whole">
<h3>${text.settings.notice}</h3>
<input type="hidden" name="control" value="notice">
${field('noticeKo', 'ko')}
${field('noticeEn', 'en')}
<p class="soft small">${text.noticeHint}</p>
<button class="quiet">${text.change}</button>
</form>`
}

function invalid(field: string, fault: ControlFault | undefined): Html | '' {
  return fault?.field === field ? html` aria-invalid="true" aria-describedby="${field}-fault"` : ''
}

function faultPart(field: string, fault: ControlFault | undefined, language: Language): Html | '' {
  if (fault?.field !== field) return ''
  return html`<span class="fault" id="${field}-fault" role="alert">${faultWords(fault, organiserLiveText[language], language)}</span>`
}

function faultWords({ field, fault }: ControlFault, text: OrganiserLiveText, language: Language): string {
  if (fault !== 'range') return text[fault]
  const { min, max } = isSteeredNumber(field) ? STEERED_NUMBERS[field] : REOPEN_MINUTES
  return text.range(count(min, language), count(max, language))
}
