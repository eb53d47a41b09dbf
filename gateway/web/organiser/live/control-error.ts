import { html } from 'hono/html'
import type { Language } from '../../i18n/translated.ts'
import { count } from '../../layout/format.ts'
import type { Html } from '../../layout/html.ts'
import { type OrganiserLiveText, organiserLiveText } from '../text/organiser-live.ts'
import { type ControlFields, isSteeredNumber, REOPEN_MINUTES, STEERED_NUMBERS } from './control.ts'

/** The validation error of a form that was sent, shown at its field. */
export type ControlError = {
  field: string
  error: 'range' | 'tooLong' | 'asIs'
  fields: ControlFields
}

export function invalid(field: string, error: ControlError | undefined): Html | '' {
  return error?.field === field ? html` aria-invalid="true" aria-describedby="${field}-error"` : ''
}

export function errorPart(field: string, error: ControlError | undefined, language: Language): Html | '' {
  if (error?.field !== field) return ''
  return html`<span class="error" id="${field}-error" role="alert">${errorWords(error, organiserLiveText[language], language)}</span>`
}

function errorWords({ field, error }: ControlError, text: OrganiserLiveText, language: Language): string {
  if (error !== 'range') return text[error]
  const { min, max } = isSteeredNumber(field) ? STEERED_NUMBERS[field] : REOPEN_MINUTES
  return text.range(count(min, language), count(max, language))
}
