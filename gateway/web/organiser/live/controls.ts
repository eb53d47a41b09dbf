import { html } from 'hono/html'
import type { RoomSettings } from '../../../../shared/api/admin-rooms.ts'
import { BEACON_RULES } from '../../../../shared/api/draw-record.ts'
import type { Sale } from '../../../../shared/api/sale.ts'
import type { Language } from '../../i18n/translated.ts'
import type { Html } from '../../layout/html.ts'
import { organiserLiveText } from '../text/organiser-live.ts'
import { DRAW_NUMBERS, isSteeredNumber, STEERED_NUMBERS, type SteeredNumber } from './control.ts'
import { type ControlError, errorPart, invalid } from './control-error.ts'
import { festivalPath } from './frame.ts'
import type { FestivalName } from './sale.ts'

/** The data that the controls are rendered from. */
export type Steered = {
  festival: FestivalName
  settings: RoomSettings
  sale: Sale | undefined
  error?: ControlError | undefined
  now: number
}

const NUMBERS = Object.keys(STEERED_NUMBERS).filter(isSteeredNumber)

/** The less urgent controls of a sale. Each form leads to a confirmation page. */
export function controlsPart(steered: Steered, language: Language): Html {
  const { festival } = steered
  const action = `${festivalPath(festival.id)}/live/confirm`
  return html`<div class="controls">
${numbersOf(steered.settings).map((name) => numberForm(name, steered, action, language))}
${steered.settings.order === 'draw' ? beaconForm(steered, action, language) : ''}
</div>`
}

function numbersOf({ order }: RoomSettings): SteeredNumber[] {
  return NUMBERS.filter((name) => order === 'draw' || !DRAW_NUMBERS.includes(name))
}

/** The draw's beacon rule: a choice until the lobby opens, and read-only from then on. */
function beaconForm({ settings, error, now }: Steered, action: string, language: Language): Html {
  const text = organiserLiveText[language]
  if (now >= Date.parse(settings.lobbyAt))
    return html`<div class="sheet" data-fresh="beacon"><h3>${text.settings.beacon}</h3><p>${text.beacons[settings.beacon]}</p></div>`
  return html`<form method="post" action="${action}" class="sheet" data-fresh="beacon">
<input type="hidden" name="control" value="beacon">
<label for="beacon">${text.settings.beacon}</label>
<div class="control-line"><select id="beacon" name="beacon"${invalid('beacon', error)}>${BEACON_RULES.map((rule) => html`<option value="${rule}"${rule === settings.beacon ? html` selected` : ''}>${text.beacons[rule]}</option>`)}</select>
<button class="quiet" aria-label="${text.change}: ${text.settings.beacon}">${text.change}</button></div>
<div class="field">${errorPart('beacon', error, language)}</div>
</form>`
}

function numberForm(
  name: SteeredNumber,
  { settings, error }: Steered,
  action: string,
  language: Language,
): Html {
  const text = organiserLiveText[language]
  const { min, max } = STEERED_NUMBERS[name]
  const value = error?.field === name ? (error.fields[name] ?? '') : String(settings[name])
  return html`<form method="post" action="${action}" class="sheet" data-fresh="${name}">
<input type="hidden" name="control" value="${name}">
<label for="${name}">${text.settings[name]}</label>
<div class="control-line"><input id="${name}" name="${name}" type="number" inputmode="numeric" min="${min}" max="${max}" required value="${value}"${invalid(name, error)}>
<button class="quiet" aria-label="${text.change}: ${text.settings[name]}">${text.change}</button></div>
<div class="field">${errorPart(name, error, language)}</div>
</form>`
}
