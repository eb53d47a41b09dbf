import { say, show } from '../../../layout/browser/lib/page.ts'

/** Announces why the fan cannot pay; undefined clears it. */
export function showPayError(words: string | undefined): void {
  show('pay-error', words !== undefined)
  say('pay-error', words ?? '')
}
