import { isTooOld } from '../../../layout/browser/lib/ticket-permission.ts'
import type { CheckInWindow, Confirmable } from '../../staff-verdict.ts'
import { hashOf, isSigned, type ReadTicket, readTicket } from './ticket-code.ts'
import type { ListedTicket, ListIndex } from './ticket-list.ts'

/** The data with which a device evaluates offline. */
export type Knowledge = {
  festival: string
  /** Undefined when they were never received, or the browser does not support Ed25519: then the list alone decides. */
  keys: readonly CryptoKey[] | undefined
  list: ListIndex | undefined
  /** The check-in window. */
  window: CheckInWindow
  /** The instant by the server's clock, as far as it is known. */
  nowMs: number
  /** What staff have confirmed for this scan. */
  confirmed: readonly Confirmable[]
  /** When and where this device admitted a ticket offline, by its code's hash. */
  usedHere: (hash: string) => { at: string; gate: string } | undefined
  /** When this device last undid a check-in of the ticket, likewise. */
  undoneHere: (hash: string) => string | undefined
}

type OwnTicket = { type: number; number: number | undefined; hash: string }

export type OwnVerdict =
  | { result: 'admitted'; ticket: OwnTicket }
  /** With time and gate when used on this device; without them when used elsewhere before the list was made. */
  | { result: 'already-used'; ticket: OwnTicket; at?: string; gate?: string }
  /** On the list, and disputed or refunded: admits once staff have confirmed. */
  | { result: 'flagged'; ticket: OwnTicket }
  /** Valid, but outside the check-in window: admits once staff have confirmed. */
  | ({ result: 'outside-window'; ticket: OwnTicket } & CheckInWindow)
  /** Signed by us, and not on the list: cancelled, or sold after the list was made. */
  | { result: 'not-listed'; ticket: OwnTicket }
  | { result: 'unknown'; why: 'unreadable' | 'forged' | 'other-festival' | 'no-such-ticket' }
  /** Cannot be decided here: no list or an outdated one, and no signature that could be verified. */
  | { result: 'undecided' }

/** Evaluates a ticket offline: by its signature, by the last list, and by this device's own check-ins. */
export async function evaluateAlone(text: string, known: Knowledge): Promise<OwnVerdict> {
  const read = readTicket(text)
  if (known.list !== undefined && isTooOld(known.list.at, known.nowMs)) return { result: 'undecided' }
  switch (read.kind) {
    case 'unreadable':
      return { result: 'unknown', why: 'unreadable' }
    case 'typed':
      return evaluateTyped(read, known)
    case 'code': {
      const hash = await hashOf(read.code)
      return hash === undefined ? { result: 'undecided' } : evaluateListed(hash, undefined, known)
    }
    case 'signed':
      return await evaluateSigned(read, known)
  }
}

function evaluateTyped(
  { type, number, letters }: Extract<ReadTicket, { kind: 'typed' }>,
  known: Knowledge,
): OwnVerdict {
  if (known.list === undefined) return { result: 'undecided' }
  const listed = known.list.ofLetters(type, letters)
  if (listed === undefined) return { result: 'unknown', why: 'no-such-ticket' }
  return evaluateUse({ type, number, hash: listed.hash }, listed, known)
}

async function evaluateSigned(
  { festival, type, number, code, text }: Extract<ReadTicket, { kind: 'signed' }>,
  known: Knowledge,
): Promise<OwnVerdict> {
  if (festival !== known.festival) return { result: 'unknown', why: 'other-festival' }
  const hash = await hashOf(code)
  if (hash === undefined) return { result: 'undecided' }
  if (known.keys === undefined) return evaluateListed(hash, number, known)
  if (!(await isSigned(text, known.keys))) return { result: 'unknown', why: 'forged' }
  const ticket = { type, number, hash }
  if (known.list === undefined) return evaluateUse(ticket, undefined, known)
  const listed = known.list.ofHash(hash)
  return listed === undefined ? { result: 'not-listed', ticket } : evaluateUse(ticket, listed, known)
}

/** By the list alone: a code on it proves as much as a signature, since codes cannot be guessed. */
function evaluateListed(hash: string, number: number | undefined, known: Knowledge): OwnVerdict {
  if (known.list === undefined) return { result: 'undecided' }
  const listed = known.list.ofHash(hash)
  if (listed === undefined) return { result: 'unknown', why: 'no-such-ticket' }
  return evaluateUse({ type: listed.type, number, hash }, listed, known)
}

function evaluateUse(ticket: OwnTicket, listed: ListedTicket | undefined, known: Knowledge): OwnVerdict {
  const here = known.usedHere(ticket.hash)
  if (here !== undefined) return { result: 'already-used', ticket, ...here }
  if (listed?.isUsed === true && !isUndoneSince(ticket, known)) return { result: 'already-used', ticket }
  if (listed?.isFlagged === true && !known.confirmed.includes('flagged')) return { result: 'flagged', ticket }
  const { opensAt, closesAt } = known.window
  const isWithin = known.nowMs >= Date.parse(opensAt) && known.nowMs <= Date.parse(closesAt)
  if (isWithin || known.confirmed.includes('outside-window')) return { result: 'admitted', ticket }
  return { result: 'outside-window', ticket, opensAt, closesAt }
}

/** Whether its check-in was undone here after the list was made. */
function isUndoneSince({ hash }: OwnTicket, { list, undoneHere }: Knowledge): boolean {
  const undoneAt = undoneHere(hash)
  return undoneAt !== undefined && list !== undefined && Date.parse(undoneAt) > Date.parse(list.at)
}
