import { momentInZone } from '../../../../shared/format.ts'
import type { StaffData } from '../../staff.ts'
import { type Verdict, verdictWords } from '../../staff-verdict.ts'
import { language, pageData, part, say, show } from './page.ts'
import { soundVerdict } from './ticket-sound.ts'

/** How long a yes stays on the screen by itself; a no stays until someone has seen it. */
const YES_MS = 2000

let closing: ReturnType<typeof setTimeout> | undefined

/** Shows yes or no over the whole screen, with its sound. The next verdict takes its place. */
export function showVerdict(verdict: Verdict, closesItself: boolean): void {
  const dialog = part('verdict')
  if (!(dialog instanceof HTMLDialogElement)) return
  const words = verdictWords(verdict, language, timeOf)
  dialog.dataset['look'] = words.look
  dialog.dataset['result'] = verdict.result
  say('verdict-heading', words.heading)
  say('verdict-ticket', words.ticket)
  part('verdict-details')?.replaceChildren(
    ...words.details.map((detail) => Object.assign(document.createElement('p'), { textContent: detail })),
  )
  show('confirm', words.confirm !== undefined)
  if (!dialog.open) dialog.showModal()
  part('next')?.focus()
  soundVerdict(words.look === 'yes')
  clearTimeout(closing)
  if (closesItself && words.look === 'yes') closing = setTimeout(closeVerdict, YES_MS)
}

export function closeVerdict(): void {
  clearTimeout(closing)
  const dialog = part('verdict')
  if (dialog instanceof HTMLDialogElement && dialog.open) dialog.close()
}

export function isVerdictShown(): boolean {
  const dialog = part('verdict')
  return dialog instanceof HTMLDialogElement && dialog.open
}

export function timeOf(instant: string): string {
  return momentInZone(instant, pageData<StaffData>('staff-data'), language)
}
