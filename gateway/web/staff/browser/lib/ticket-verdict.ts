import { momentInZone } from '../../../../../shared/format.ts'
import { count, language, pageData, part, say, show } from '../../../layout/browser/lib/page.ts'
import type { StaffData } from '../../staff.ts'
import { type Verdict, type VerdictWords, verdictWords } from '../../staff-verdict.ts'
import { staffText } from '../../text/staff.ts'
import { soundVerdict } from './ticket-sound.ts'

/** How long an admission is shown, so that it is not mistaken for the next guest's; the strip of scans retains it. */
const YES_MS = 6000

const text = staffText[language]
let clearing: ReturnType<typeof setTimeout> | undefined

/**
 * Shows a verdict in the panel, with its sound. It is not a dialog: nothing has to be closed before the next scan, and
 * typing cannot confirm it.
 */
export function showVerdict(verdict: Verdict): VerdictWords {
  const words = verdictWords(verdict, language, timeOf)
  const panel = part('verdict')
  if (panel !== undefined) {
    panel.dataset['look'] = words.look
    panel.dataset['result'] = verdict.result
  }
  say('verdict-heading', words.heading)
  say('verdict-ticket', words.ticket)
  part('verdict-details')?.replaceChildren(
    ...words.details.map((detail) => Object.assign(document.createElement('p'), { textContent: detail })),
  )
  showWords(true)
  show('confirm', words.confirm !== undefined)
  soundVerdict(words.look)
  clearTimeout(clearing)
  if (words.look === 'yes') clearing = setTimeout(clearVerdict, YES_MS)
  return words
}

/** The panel without a verdict: ready, or waiting for one. */
export function clearVerdict(): void {
  clearTimeout(clearing)
  const panel = part('verdict')
  delete panel?.dataset['look']
  delete panel?.dataset['result']
  showWords(false)
  show('confirm', false)
}

/** The number of scans without a verdict, so that the last verdict is not mistaken for theirs. */
export function showChecking(scans: number): void {
  part('verdict')?.classList.toggle('checking', scans > 0)
  say('verdict-idle', scans > 0 ? text.checking : text.ready)
  say('checking-more', scans > 0 ? text.checkingMore(count(scans)) : '')
}

function showWords(isShown: boolean): void {
  show('verdict-words', isShown)
  show('verdict-idle', !isShown)
  show('checking-more', isShown)
  // What a browser without this module was shown has been answered by now.
  part('verdict-forms')?.remove()
}

export function timeOf(instant: string): string {
  return momentInZone(instant, pageData<StaffData>('staff-data'), language)
}
