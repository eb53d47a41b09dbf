import { staffText } from './text/staff.ts'
import type { Language } from './translated.ts'

/** What is said of a ticket at the gate: by the API, or by a device without a network. */
export type Verdict = {
  result: keyof (typeof staffText)['en']['results']
  ticket?: { typeName: string; number?: number | undefined; holder?: string } | undefined
  /** When and where it was used, as far as that is known. */
  at?: string
  gate?: string
  why?: keyof (typeof staffText)['en']['whys']
  /** Judged without a network. */
  isAlone?: boolean
}

/** A verdict in words and in one of three looks: `ask` is for what somebody else must decide. */
export type VerdictWords = {
  look: 'yes' | 'no' | 'ask'
  heading: string
  /** Type, number and holder. */
  ticket: string
  details: string[]
}

const ASK: readonly Verdict['result'][] = ['undecided', 'full', 'undone']

/** @param time - an instant in ISO 8601 as people read it */
export function verdictWords(
  { result, ticket, at, gate, why, isAlone }: Verdict,
  language: Language,
  time: (instant: string) => string,
): VerdictWords {
  const text = staffText[language]
  const details: string[] = []
  if (why !== undefined) details.push(text.whys[why])
  if (result === 'already-used' && at !== undefined) {
    details.push(gate === undefined ? text.usedBefore(time(at)) : text.usedAt(time(at), gate))
  }
  if (hasOwn(text.details, result)) details.push(text.details[result])
  if (isAlone === true) details.push(text.alone)
  return {
    look: result === 'admitted' ? 'yes' : ASK.includes(result) ? 'ask' : 'no',
    heading: text.results[result],
    ticket: ticket === undefined ? '' : ticketWords(ticket, language),
    details,
  }
}

/** A ticket as staff call it: `Weekend · No. 17 · Pana Fan`. */
export function ticketWords(
  { typeName, number, holder }: NonNullable<Verdict['ticket']>,
  language: Language,
): string {
  const numbered = number === undefined ? [] : [staffText[language].number(number)]
  return [typeName, ...numbered, ...(holder === undefined ? [] : [holder])].join(' · ')
}

function hasOwn<T extends object>(object: T, key: PropertyKey): key is keyof T {
  return Object.hasOwn(object, key)
}
