import { html } from 'hono/html'
import type { Html } from '../page.ts'
import { organiserText } from '../text/organiser.ts'
import type { Language } from '../translated.ts'
import { type FieldName, isTime, type Values } from './festival-form.ts'

/** A form as it is shown: what is in it, and which fields need another look. */
export type FormState = { values: Values; faults: ReadonlySet<FieldName>; taken?: boolean }

const LENGTHS: { readonly [K in FieldName]?: number } = {
  id: 64,
  name: 200,
  place: 200,
  currency: 3,
  descriptionKo: 4000,
  descriptionEn: 4000,
  price: 13,
  quantity: 9,
  accountLimit: 3,
}
/** A festival may be without. */
const OPTIONAL: readonly FieldName[] = ['descriptionKo', 'descriptionEn']

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
  const hint = 'hint' in text ? html`<span class="hint" id="${id}-hint">${text.hint}</span>` : ''
  const said = name === 'id' && state.taken === true ? organiserText[language].fields.id.taken : text.fault
  const isFault = state.faults.has(name)
  const fault = isFault ? html`<span class="fault" id="${id}-fault">${said}</span>` : ''
  const describedBy = [...(hint === '' ? [] : [`${id}-hint`]), ...(isFault ? [`${id}-fault`] : [])].join(' ')
  const more = html`${describedBy === '' ? '' : html` aria-describedby="${describedBy}"`}${isFault ? html` aria-invalid="true"` : ''}${OPTIONAL.includes(name) ? '' : html` required`}`
  return html`<p class="field"><label for="${id}">${text.label}</label>
${hint}${control(name, id, state.values[name] ?? '', more, language)}
${fault}</p>`
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
  if (name === 'descriptionKo' || name === 'descriptionEn') {
    const lang = name === 'descriptionKo' ? 'ko' : 'en'
    return html`<textarea id="${id}" name="${name}" rows="6" lang="${lang}"${most}${more}>${value}</textarea>`
  }
  if (name === 'price') {
    return html`<input id="${id}" name="price" inputmode="decimal" autocomplete="off" value="${value}"${most}${more}>`
  }
  if (name === 'quantity' || name === 'accountLimit') {
    return html`<input id="${id}" name="${name}" inputmode="numeric" autocomplete="off" value="${value}"${most}${more}>`
  }
  return html`<input id="${id}" name="${name}" autocomplete="off" value="${value}"${most}${more}>`
}
