import { html } from 'hono/html'
import type { Sale } from '../../../../shared/api/sale.ts'
import type { Language } from '../../i18n/translated.ts'
import type { Html } from '../../layout/html.ts'
import { organiserLiveText } from '../text/organiser-live.ts'
import {
  type Hand,
  handsIn,
  isDirect,
  NOTICE_CHARACTERS_MAX,
  phaseBySchedule,
  REOPEN_MINUTES,
} from './control.ts'
import { type ControlError, errorPart, invalid } from './control-error.ts'
import type { Steered } from './controls.ts'
import { festivalPath } from './frame.ts'

/** Actions that stop something for all fans. */
const GRAVE: readonly Hand[] = ['closed']

/** The phase that the controls are for. */
export function shownPhase({ sale, settings, now }: Steered): Sale['phase'] {
  return sale?.phase ?? phaseBySchedule(settings, now)
}

/**
 * The most urgent controls, at the top of the page: the sale's phase, and the notice to fans. The page's module updates
 * the parts marked `data-fresh` when the phase or the settings change.
 */
export function cockpitPart(steered: Steered, phase: Html, language: Language): Html {
  const text = organiserLiveText[language]
  const path = `${festivalPath(steered.festival.id)}/live`
  return html`<section class="sheet cockpit" aria-labelledby="cockpit">
<h2 id="cockpit" class="visually-hidden">${text.controls}</h2>
${phase}
<p class="notice warm" role="status" data-part="changed" hidden></p>
${handsPart(steered, path, language)}
${noticeForm(steered, `${path}/confirm`, language)}
</section>`
}

function handsPart(steered: Steered, path: string, language: Language): Html {
  const text = organiserLiveText[language]
  const hands = handsIn(shownPhase(steered))
  return html`<div class="buttons" data-fresh="hands">
${hands.map((hand) =>
  hand === 'reopen'
    ? reopenForm(`${path}/confirm`, steered.error, language)
    : html`<form method="post" action="${path}/${isDirect(hand) ? 'change' : 'confirm'}"><input type="hidden" name="control" value="phase">
<button name="hand" value="${hand}" class="${GRAVE.includes(hand) ? 'danger' : ''}">${text.hand[hand]}</button></form>`,
)}
</div>`
}

function reopenForm(action: string, error: ControlError | undefined, language: Language): Html {
  const text = organiserLiveText[language]
  const { min, max, usual } = REOPEN_MINUTES
  const value = error?.fields['minutes'] ?? String(usual)
  return html`<form method="post" action="${action}">
<input type="hidden" name="control" value="phase">
<label for="minutes">${text.minutes}</label>
<div class="control-line"><input id="minutes" name="minutes" type="number" inputmode="numeric" min="${min}" max="${max}" value="${value}"${invalid('minutes', error)}>
<button name="hand" value="reopen">${text.hand.reopen}</button></div>
<div class="field">${errorPart('minutes', error, language)}</div>
</form>`
}

/** Collapsed, since it is long; the current notice is always visible. */
function noticeForm({ settings, error }: Steered, action: string, language: Language): Html {
  const text = organiserLiveText[language]
  const { ko = null, en = null } = settings.notice ?? {}
  const field = (name: 'noticeKo' | 'noticeEn', lang: 'ko' | 'en') => {
    const value = error?.fields[name] ?? settings.notice?.[lang] ?? ''
    return html`<p class="field"><label for="${name}">${text.settings[name]}</label>
<textarea id="${name}" name="${name}" lang="${lang}" rows="2" maxlength="${NOTICE_CHARACTERS_MAX}"${invalid(name, error)}>${value}</textarea>
${errorPart(name, error, language)}</p>`
  }
  const shown = (lang: 'ko' | 'en', words: string | null) =>
    words === null ? '' : html` <q lang="${lang}">${words}</q>`
  const isInvalid = error?.field === 'noticeKo' || error?.field === 'noticeEn'
  return html`<details data-fresh="notice"${isInvalid ? html` open` : ''}><summary>${text.settings.notice}</summary>
<p class="soft small">${settings.notice === null ? text.noticeNone : html`${text.noticeNow}${shown('ko', ko)}${shown('en', en)}`}</p>
<form method="post" action="${action}">
<input type="hidden" name="control" value="notice">
${field('noticeKo', 'ko')}
${field('noticeEn', 'en')}
<p class="soft small">${text.noticeHint}</p>
<button class="quiet" aria-label="${text.change}: ${text.settings.notice}">${text.change}</button>
</form></details>`
}
