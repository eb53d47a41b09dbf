import { html } from 'hono/html'
import type { Language } from '../../i18n/translated.ts'
import { count } from '../../layout/format.ts'
import type { Html } from '../../layout/page.ts'
import { type OrganiserLiveText, organiserLiveText } from '../text/organiser-live.ts'
import { type ControlFields, isSteeredNumber, REOPEN_MINUTES, STEERED_NUMBERS } from './control.ts'

/** The validation error of a form that was sent, shown at its field. */
export type ControlFault = {
  field: string
  fault: 'range' | 'tooLong' | 'asIs'
  fields: ControlFields
}

export function invalid(field: string, fault: ControlFault | undefined): Html | '' {
  return fault?.field === field ? html` aria-invalid="true" aria-describedby="${field}-fault"` : ''
}

export function faultPart(field: string, fault: ControlFault | undefined, language: Language): Html | '' {
  if (fault?.field !== field) return ''
  return html`<span class="fault" id="${field}-fault" role="alert">${faultWords(fault, organiserLiveText[language], language)}</span>`
}

function faultWords({ field, fault }: ControlFault, text: OrganiserLiveText, language: Language): string {
  if (fault !== 'range') return text[fault]
  const { min, max } = isSteeredNumber(field) ? STEERED_NUMBERS[field] : REOPEN_MINUTES
  return text.range(count(min, language), count(max, language))
}
