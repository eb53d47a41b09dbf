import { html } from 'hono/html'
import { zoneName } from '../../../../shared/format.ts'
import { SELLER_FIELDS, SELLER_LENGTHS } from '../../../../shared/seller.ts'
import { readTimeZone } from '../../../../shared/zoned-time.ts'
import type { Language } from '../../i18n/translated.ts'
import type { Html } from '../../layout/html.ts'
import { organiserText, timeErrorText } from '../text/organiser.ts'
import {
  type ErrorCodes,
  type FieldName,
  isTime,
  offsetName,
  shownMark,
  shownName,
  type Values,
} from './festival-form.ts'
import { aroundSkipped, choicesOf, withoutOffset } from './local-time.ts'

/** A form as it is shown: its values, and the fields that need correction. */
export type FormState = {
  values: Values
  errors: ReadonlySet<FieldName>
  /** Why the API refuses some of them. */
  codes?: ErrorCodes
  taken?: boolean
  /** The stored values that a form changes: they are sent along, so that only changes are saved. */
  stored?: Values
  /** Sent as the `Idempotency-Key` of a form that creates something; unchanged when a refused form is shown again. */
  key?: string
  /** The fields that another user changed meanwhile, compared with what is stored. */
  conflicts?: ReadonlySet<FieldName>
  /** The time zone of a form without that field. */
  timeZone?: string
}

const LENGTHS: { readonly [K in FieldName]?: number } = {
  ...SELLER_LENGTHS,
  id: 64,
  name: 200,
  place: 200,
  nameKo: 200,
  nameEn: 200,
  placeKo: 200,
  placeEn: 200,
  currency: 3,
  timeZone: 64,
  descriptionKo: 4000,
  descriptionEn: 4000,
  price: 15,
  quantity: 11,
  accountLimit: 3,
  checkInBeforeMinutes: 6,
  checkInAfterMinutes: 6,
}
/** Suggested while a time zone is typed; the API accepts all zones of the time zone database. */
const TIME_ZONES = Intl.supportedValuesOf('timeZone').map((zone) => html`<option>${zone}</option>`)

/** Optional for a festival. */
const OPTIONAL: readonly FieldName[] = [
  ...(['descriptionKo', 'descriptionEn', 'checkInBeforeMinutes', 'checkInAfterMinutes'] as const),
  ...(['nameKo', 'nameEn', 'placeKo', 'placeEn'] as const),
  // Needed only for paid tickets.
  ...SELLER_FIELDS,
]
const WHOLE: readonly FieldName[] = [
  'quantity',
  'accountLimit',
  'checkInBeforeMinutes',
  'checkInAfterMinutes',
]

/** The field of a form's `Idempotency-Key`, as `readFormKey` reads it. */
export const KEY_FIELD = 'idempotencyKey'

export function keyPart(key: string): Html {
  return html`<input type="hidden" name="${KEY_FIELD}" value="${key}">`
}

/** Fields with their labels, and a validation message at each invalid one. */
export function fieldsPart(
  names: readonly FieldName[],
  form: string,
  state: FormState,
  language: Language,
): Html[] {
  return names.map((name) => fieldPart(name, form, state, language))
}

/** @param form - distinguishes the forms of a page */
function fieldPart(name: FieldName, form: string, state: FormState, language: Language): Html {
  const text = organiserText[language].fields[name]
  const id = `${form}-${name}`
  const stored = state.stored?.[name]
  const hint = 'hint' in text ? html`<span class="hint" id="${id}-hint">${text.hint}</span>` : ''
  const flash = errorText(name, state, language)
  const isError = flash !== undefined
  const error = isError ? html`<span class="error" id="${id}-error">${flash}</span>` : ''
  const describedBy = [...(hint === '' ? [] : [`${id}-hint`]), ...(isError ? [`${id}-error`] : [])].join(' ')
  const more = html`${describedBy === '' ? '' : html` aria-describedby="${describedBy}"`}${isError ? html` aria-invalid="true"` : ''}${OPTIONAL.includes(name) ? '' : html` required`}`
  return html`<p class="field"><label for="${id}">${text.label}</label>
${hint}${control(name, id, state.values[name] ?? '', more, language)}${isTime(name) ? choicePart(name, id, state, language) : ''}
${stored === undefined ? '' : html`<input type="hidden" name="${shownName(name)}" value="${shownMark(name, stored)}">`}${error}</p>`
}

/** The message of a field: what it must be, or its current stored value. */
function errorText(name: FieldName, state: FormState, language: Language): string | undefined {
  const text = organiserText[language]
  if (state.errors.has(name)) {
    if (name === 'id' && state.taken === true) return text.fields.id.taken
    const why = timeErrorText(state.codes?.[name], language) ?? skippedText(name, state, language)
    return why ?? text.fields[name].error
  }
  if (state.conflicts?.has(name) !== true) return undefined
  return text.changedTo(spoken(name, state.stored?.[name] ?? '', language))
}

/** Why a time that clocks skip is refused, and which two may have been meant. */
function skippedText(name: FieldName, state: FormState, language: Language): string | undefined {
  const around = isTime(name) ? aroundSkipped(state.values[name] ?? '', zoneOf(state)) : undefined
  if (around === undefined) return undefined
  const [earlier, later] = around.map((time) => spoken(name, time, language))
  return organiserText[language].skipped(zoneOf(state), earlier ?? '', later ?? '')
}

/** Asks which occurrence of an ambiguous time is meant; the first by default. */
function choicePart(name: FieldName, id: string, state: FormState, language: Language): Html | '' {
  const value = state.values[name] ?? ''
  const choices = choicesOf(value, zoneOf(state))
  if (choices.length === 0) return ''
  const text = organiserText[language]
  const options = choices.map(({ offset, instant }, i) => {
    const zone = zoneName(instant, { timeZone: zoneOf(state) }, language)
    return html`<option value="${offset}"${value.endsWith(offset) ? html` selected` : ''}>${text.choices[i] ?? ''} (${zone}, UTC${offset})</option>`
  })
  return html`<span class="hint" id="${id}-twice">${text.twice}</span><select name="${offsetName(name)}" aria-label="${text.fields[name].label}" aria-describedby="${id}-twice">${options}</select>`
}

function zoneOf(state: FormState): string {
  return readTimeZone(state.values.timeZone ?? '') ?? state.timeZone ?? 'UTC'
}

function spoken(name: FieldName, value: string, language: Language): string {
  const { orders, nothing } = organiserText[language]
  if (value === '') return nothing
  if (isTime(name)) return value.replace('T', ' ')
  return name === 'order' && (value === 'draw' || value === 'arrival') ? orders[value] : value
}

function control(name: FieldName, id: string, value: string, more: Html, language: Language): Html {
  const length = LENGTHS[name]
  const most = length === undefined ? '' : html` maxlength="${length}"`
  if (name === 'order') {
    const orders = organiserText[language].orders
    return html`<select id="${id}" name="order"${more}>${(['draw', 'arrival'] as const).map((order) => html`<option value="${order}"${order === value ? html` selected` : ''}>${orders[order]}</option>`)}</select>`
  }
  if (isTime(name)) {
    return html`<input id="${id}" name="${name}" type="datetime-local" step="1" value="${withoutOffset(value)}"${more}>`
  }
  if (name === 'timeZone') {
    return html`<input id="${id}" name="timeZone" list="${id}-list" autocomplete="off" spellcheck="false" value="${value}"${most}${more}><datalist id="${id}-list">${TIME_ZONES}</datalist>`
  }
  if (name === 'descriptionKo' || name === 'descriptionEn') {
    const lang = name === 'descriptionKo' ? 'ko' : 'en'
    return html`<textarea id="${id}" name="${name}" rows="6" lang="${lang}"${most}${more}>${value}</textarea>`
  }
  if (name === 'price') {
    return html`<input id="${id}" name="price" inputmode="decimal" autocomplete="off" value="${value}"${most}${more}>`
  }
  if (WHOLE.includes(name)) {
    return html`<input id="${id}" name="${name}" inputmode="numeric" autocomplete="off" value="${value}"${most}${more}>`
  }
  return html`<input id="${id}" name="${name}" autocomplete="off" value="${value}"${most}${more}>`
}
