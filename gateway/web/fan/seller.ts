import { html } from 'hono/html'
import type { Festival } from '../../../shared/catalogue.ts'
import { SELLER_FIELDS } from '../../../shared/seller.ts'
import type { Language } from '../i18n/translated.ts'
import type { Html } from '../layout/html.ts'
import { sellerText } from './text/seller.ts'

/** Who sells the tickets; nothing where the organiser has not said so. */
export function sellerPart({ seller = {} }: Festival, language: Language): Html | '' {
  const text = sellerText[language]
  const known = SELLER_FIELDS.flatMap((field) => {
    const value = seller[field]
    return value === undefined ? [] : [html`<dt>${text[field]}</dt><dd>${value}</dd>`]
  })
  if (known.length === 0) return ''
  return html`<section class="sheet small"><h2>${text.heading}</h2><dl class="facts">${known}</dl></section>`
}
