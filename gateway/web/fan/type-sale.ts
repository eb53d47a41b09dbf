import { html } from 'hono/html'
import type { Festival } from '../../../shared/catalogue.ts'
import { money } from '../../../shared/format.ts'
import type { Language } from '../i18n/translated.ts'
import type { Html } from '../layout/html.ts'
import { moment, momentIn } from '../layout/time.ts'
import { festivalsText } from './text/festivals.ts'

type TicketType = Festival['ticketTypes'][number]

/** The state of a ticket type's own sale, independent of its room. */
export function saleStateOf({ saleFrom, saleTo }: TicketType, now: number): 'coming' | 'on' | 'over' {
  if (now >= Date.parse(saleTo)) return 'over'
  return now < Date.parse(saleFrom) ? 'coming' : 'on'
}

/** When a type is on sale, if that still matters and differs from its room's times. */
export function saleTimes(type: TicketType, festival: Festival, now: number, language: Language): Html[] {
  const { room } = festival
  const { saleFrom, saleTo } = type
  const { typeSaleFrom, typeSaleUntil } = festivalsText[language]
  const state = saleStateOf(type, now)
  const isLater = state === 'coming' && Date.parse(saleFrom) > Date.parse(room.opensAt)
  const isEarlier = state !== 'over' && Date.parse(saleTo) < Date.parse(room.closesAt)
  return [
    ...(isLater ? [momentIn(typeSaleFrom, moment(saleFrom, festival, language))] : []),
    ...(isEarlier ? [momentIn(typeSaleUntil, moment(saleTo, festival, language))] : []),
  ]
}

/** The price of a ticket; a word where it is free. */
export function priceText(
  { priceMinor }: Pick<TicketType, 'priceMinor'>,
  currency: string,
  language: Language,
) {
  return priceMinor === 0 ? festivalsText[language].free : money(priceMinor, currency, language)
}

/** Facts joined in one line. */
export function separated(facts: readonly (string | Html)[]): Html {
  return html`${facts.map((fact, i) => html`${i === 0 ? '' : ' · '}${fact}`)}`
}
