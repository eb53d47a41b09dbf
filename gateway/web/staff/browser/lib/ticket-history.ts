import { clock } from '../../../../../shared/format.ts'
import { language, pageData, part, show } from '../../../layout/browser/lib/page.ts'
import type { StaffData } from '../../staff.ts'
import type { VerdictWords } from '../../staff-verdict.ts'
import { staffText } from '../../text/staff.ts'

/** A scan of this device with its verdict. */
export type HistoryEntry = {
  /** The ID that the scan is recorded under; undefined when it was not evaluated. */
  id: string | undefined
  /** ISO 8601, by this device's clock. */
  at: string
  words: VerdictWords
  /** Admits the guest despite the verdict; undefined when there is nothing to confirm. */
  confirm: (() => void) | undefined
}

/** The number of recent scans shown; they are personal, so they are not stored across reloads. */
const ROWS_MAX = 12

const text = staffText[language]

/** Adds a scan to the top of the strip, which shows recent ones in the order of scanning. */
export function addToHistory(entry: HistoryEntry): void {
  const strip = part('history')
  if (strip === undefined) return
  show('history-section', true)
  strip.prepend(rowOf(entry))
  while (strip.children.length > ROWS_MAX) strip.lastElementChild?.remove()
}

export function markUndone(id: string): void {
  const row = document.querySelector<HTMLElement>(`[data-part="history"] > [data-id="${id}"]`)
  if (row === null) return
  row.dataset['look'] = 'off'
  row.append(elementOf('span', 'tag off', text.takenBack))
}

function rowOf({ id, at, words, confirm }: HistoryEntry): HTMLElement {
  const row = document.createElement('li')
  row.dataset['look'] = words.look
  if (id !== undefined) row.dataset['id'] = id
  const sign = elementOf('span', 'sign', '')
  sign.setAttribute('aria-hidden', 'true')
  row.append(sign)
  const content = elementOf('span', 'content', '')
  content.append(
    elementOf('strong', '', words.heading),
    elementOf('span', '', words.ticket),
    elementOf('time', 'small', clock(at, pageData<StaffData>('staff-data'))),
  )
  row.append(content)
  if (confirm !== undefined) {
    const button = Object.assign(document.createElement('button'), { type: 'button', className: 'quiet' })
    button.textContent = text.confirm
    button.addEventListener('click', confirm)
    row.append(button)
  }
  return row
}

/** The question about a scan has been answered. */
export function settleHistory(id: string): void {
  document.querySelector(`[data-part="history"] > [data-id="${id}"] button`)?.remove()
}

function elementOf(tag: string, className: string, words: string): HTMLElement {
  const element = document.createElement(tag)
  if (className !== '') element.className = className
  element.textContent = words
  return element
}
