import { count, language, part, say, show, showRows } from '../../../layout/browser/lib/page.ts'
import { OFFLINE_HOURS_MAX, usableUntil } from '../../../layout/browser/lib/ticket-permission.ts'
import { ticketWords } from '../../staff-verdict.ts'
import { staffText } from '../../text/staff.ts'
import type { Gate } from './ticket-gate.ts'
import type { ListIndex } from './ticket-list.ts'
import type { Conflict, Scan } from './ticket-scan.ts'
import type { LastRow, Stats } from './ticket-stats.ts'
import { timeOf } from './ticket-verdict.ts'

/** Shows everything but verdicts: the network, queued scans, conflicts, and how many guests are in. */

const text = staffText[language]

export function showGate(gate: Gate): void {
  const { isUnavailable, isForbidden, canVerify, list, namesUntil } = gate.state()
  showStats(gate.stats())
  show('offline', isUnavailable)
  show('forbidden', isForbidden)
  show('no-ed25519', canVerify === false)
  show('no-store', !gate.isStoring)
  const waiting = gate.log.waiting().length
  show('waiting', waiting > 0)
  say('waiting', text.waiting(count(waiting)))
  show('list', !isForbidden)
  say('list', list === undefined ? text.noList : listWords(list))
  show('names', namesUntil !== undefined)
  if (namesUntil !== undefined) say('names', text.names(timeOf(namesUntil)))
  const conflicts = gate.log.conflicts()
  show('conflicts', conflicts.length > 0)
  showRows(
    'conflict-list',
    conflicts,
    (scan) => `${scan.id} ${conflictLine(scan)}`,
    (scan) => conflictRow(gate, scan),
  )
}

function listWords({ size, at }: ListIndex): string {
  const until = text.listUntil(timeOf(usableUntil(at)), OFFLINE_HOURS_MAX)
  return `${text.list(count(size), timeOf(at))} ${until}`
}

function conflictLine({ label, at, conflict }: Scan): string {
  return [label, timeOf(at), conflictWords(conflict)].join(' · ')
}

function conflictRow(gate: Gate, scan: Scan): HTMLElement {
  const seen = Object.assign(document.createElement('button'), {
    ...{ type: 'button', className: 'quiet', textContent: text.seen },
    onclick: () => void gate.log.forget(scan.id).then(() => showGate(gate)),
  })
  const words = document.createElement('span')
  words.textContent = conflictLine(scan)
  const row = Object.assign(document.createElement('li'), { className: 'row' })
  row.append(words, seen)
  return row
}

function conflictWords({ result, at, gate = '' }: Conflict = { result: '' }): string {
  const { results } = text
  const why = result in results ? results[result as keyof typeof results] : text.refused
  return at === undefined ? why : `${why}. ${text.usedAt(timeOf(at), gate)}`
}

/** Shows the result of an action once; good or bad. */
export function sayOutcome(words: string, isGood: boolean): void {
  part('flash')?.classList.toggle('good', isGood)
  part('flash')?.classList.toggle('bad', !isGood)
  show('flash', true)
  say('flash', words)
}

function showStats({ in: inside, tickets, last }: Stats): void {
  say('in', count(inside))
  say('in-of', text.inOf(count(tickets)))
  show('last-none', last.length === 0)
  showRows('last', last, (scan) => JSON.stringify(scan), lastRow)
}

function lastRow(last: LastRow): HTMLElement {
  const row = document.createElement('li')
  const ticket = 'label' in last ? last.label : ticketWords(last, language)
  row.textContent = `${timeOf(last.at)} · ${last.gate} · ${ticket} `
  if (last.isUndone) {
    row.append(
      Object.assign(document.createElement('span'), { className: 'tag off', textContent: text.takenBack }),
    )
  }
  return row
}
