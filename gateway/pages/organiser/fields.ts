import { html } from 'hono/html'
import type { Html } from '../page.ts'
import { organiserText, timeErrorText } from '../text/organiser.ts'
import type { Language } from '../translated.ts'
import {
  type ErrorCodes,
  type FieldName,
  isTime,
  shownMark,
  shownName,
  type Values,
} from './festival-form.ts'

/** A form as it is shown: what is in it, and which fields need another look. */
export type FormState = {
  values: Values
  faults: ReadonlySet<FieldName>
  /** Why the API refuses some of them. */
  codes?: ErrorCodes
  taken?: boolean
  /** What is stored, where a form changes that: it goes along, so that only what the organiser changed is sent. */
  stored?: Values
  /** Goes along as the `Idempotency-Key` of a form that creates something; the same when a refused form is shown again. */
  key?: string
  /** Those that somebody else changed meanwhile, to what is stored. */
  conflicts?: ReadonlySet<FieldName>
}

const LENGTHS: { readonly [K in FieldName]?: number } = {
  id: 64,
  name: 200,
  place: 200,
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
/** Offered while a time zone is written; others that the database has are known as well. */
const TIME_ZONES = Intl.supportedValuesOf('timeZone')

/** A festival may be without. */
const OPTIONAL: readonly FieldName[] = [
  ...(['descriptionKo', 'descriptionEn', 'checkInBeforeMinutes', 'checkInAfterMinutes'] as const),
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

/** Fields with their labels, and beside each that is at fault what it must be. */
export function fieldsPart(
  names: readonly FieldName[],
  form: string,
  state: FormState,
  language: Language,
): Html[] {
  return names.map((name) => fieldPart(name, form, state, language))
}

/** @param form - tells the forms of a page apart */
function fieldPart(name: FieldName, form: string, state: FormState, language: Language): Html {
  const text = organiserText[language].fields[name]
  const id = `${form}-${name}`
  const stored = state.stored?.[name]
  const hint = 'hint' in text ? html`<span class="hint" id="${id}-hint">${text.hint}</span>` : ''
  const said = faultText(name, state, language)
  const isFault = said !== undefined
  const fault = isFault ? html`<span class="fault" id="${id}-fault">${said}</span>` : ''
  const describedBy = [...(hint === '' ? [] : [`${id}-hint`]), ...(isFault ? [`${id}-fault`] : [])].join(' ')
  const more = html`${describedBy === '' ? '' : html` aria-describedby="${describedBy}"`}${isFault ? html` aria-invalid="true"` : ''}${OPTIONAL.includes(name) ? '' : html` required`}`
  return html`<p class="field"><label for="${id}">${text.label}</label>
${hint}${control(name, id, state.values[name] ?? '', more, language)}
${stored === undefined ? '' : html`<input type="hidden" name="${shownName(name)}" value="${shownMark(name, stored)}">`}${fault}</p>`
}

/** What is wrong with a field: what it must be, or what it is by now. */
function faultText(name: FieldName, state: FormState, language: Language): string | undefined {
  const text = organiserText[language]
  if (state.faults.has(name)) {
    if (name === 'id' && state.taken === true) return text.fields.id.taken
    return timeErrorText(state.codes?.[name], language) ?? text.fields[name].fault
  }
  if (state.conflicts?.has(name) !== true) return undefined
  return text.changedTo(spoken(name, state.stored?.[name] ?? '', language))
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
    return html`<input id="${id}" name="${name}" type="datetime-local" step="1" value="${value}"${more}>`
  }
  if (name === 'timeZone') {
    return html`<input id="${id}" name="timeZone" list="${id}-list" autocomplete="off" spellcheck="false" value="${value}"${most}${more}><datalist id="${id}-list">${TIME_ZONES.map((zone) => html`<option>${zone}</option>`)}</datalist>`
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
