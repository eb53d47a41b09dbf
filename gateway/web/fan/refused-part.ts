import { html } from 'hono/html'
import type { Festival } from '../../../shared/catalogue.ts'
import type { Language } from '../i18n/translated.ts'
import type { Html } from '../layout/html.ts'
import type { RefusedBasket, RefusedLine } from './refused-basket.ts'
import { buyingText } from './text/buying.ts'

/** Which types were refused, how many are left, what the limit is, and what was reserved of the rest; '' for none. */
export function refusedPart(
  { lines }: RefusedBasket,
  { festival, holds }: { festival: Festival; holds: boolean },
  language: Language,
): Html | '' {
  const text = buyingText[language].refused
  const known = lines.flatMap((line) => {
    const name = festival.ticketTypes.find(({ id }) => id === line.ticketType)?.name
    return name === undefined ? [] : [{ ...line, name }]
  })
  if (known.length === 0) return ''
  return html`<div class="notice bad" role="alert"><p>${holds ? text.unchanged : text.nothing}</p>
<ul>${known.map((line) => html`<li id="refused-${line.ticketType}">${wordsOf(line, language)}</li>`)}</ul>
<p>${text.retained}</p></div>`
}

function wordsOf(
  { code, name, left = 0, limit, others = 0 }: RefusedLine & { name: string },
  language: Language,
) {
  const text = buyingText[language].refused
  switch (code) {
    case 'not-on-sale':
      return text.notOnSale(name)
    case 'limit-reached':
      return limit === undefined ? text.limitReached(name) : text.limit(name, limit, others)
    case 'units-held':
      return left === 0 ? text.held(name) : text.heldFew(name, left)
    case 'sold-out':
      return left === 0 ? text.soldOut(name) : text.few(name, left)
  }
}
