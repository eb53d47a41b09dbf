import type { CheckInWindow as CheckInTimes } from '../../../shared/api/check-ins.ts'
import type { Language } from '../i18n/translated.ts'
import { staffText } from './text/staff.ts'

/** The verdict on a ticket at the gate: of the API, or of a device without a network. */
export type Verdict = {
  result: keyof (typeof staffText)['en']['results']
  ticket?: { typeName: string; number?: number | undefined; holder?: string; order?: string } | undefined
  /** When and where it was used, as far as that is known. */
  at?: string
  gate?: string
  why?: keyof (typeof staffText)['en']['whys']
  /** The check-in window, for a scan outside of it. */
  opensAt?: string
  closesAt?: string
  /** The problem with the ticket's payment. */
  flag?: keyof (typeof staffText)['en']['flags'] | undefined
  /** Decided without a network. */
  isAlone?: boolean
}

/** A verdict as text and in one of three looks: `ask` needs another person's decision. */
export type VerdictWords = {
  look: 'yes' | 'no' | 'ask'
  heading: string
  /** Type, number, holder and order. */
  ticket: string
  details: string[]
  /** What staff may confirm, to admit the guest. */
  confirm: Confirmable | undefined
}

/** The check-in window of a festival; ISO 8601. */
export type CheckInWindow = Pick<CheckInTimes, 'opensAt' | 'closesAt'>

/** Verdicts that staff may confirm, by their API names. */
export const CONFIRMABLE = ['outside-window', 'flagged'] as const
export type Confirmable = (typeof CONFIRMABLE)[number]

const ASK: readonly Verdict['result'][] = [
  ...(['undecided', 'forbidden', 'full', 'queue-full', 'failed', 'undone'] as const),
  ...CONFIRMABLE,
]

/** @param time - formats an instant in ISO 8601 */
export function verdictWords(
  verdict: Verdict,
  language: Language,
  time: (instant: string) => string,
): VerdictWords {
  const { result, ticket, at, gate, why, isAlone } = verdict
  const text = staffText[language]
  const details: string[] = []
  if (verdict.flag !== undefined) details.push(text.flags[verdict.flag])
  const { opensAt, closesAt } = verdict
  if (opensAt !== undefined && closesAt !== undefined)
    details.push(text.window(time(opensAt), time(closesAt)))
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
    confirm: CONFIRMABLE.find((what) => what === result),
  }
}

/** The label of a ticket: `Weekend · No. 17 · Pana Fan · Order K7MP-3XQ2`. */
export function ticketWords(
  { typeName, number, holder, order }: NonNullable<Verdict['ticket']>,
  language: Language,
): string {
  const text = staffText[language]
  return [
    typeName,
    ...(number === undefined ? [] : [text.number(number)]),
    ...(holder === undefined ? [] : [holder]),
    ...(order === undefined ? [] : [text.order(order)]),
  ].join(' · ')
}

function hasOwn<T extends object>(object: T, key: PropertyKey): key is keyof T {
  return Object.hasOwn(object, key)
}
