import type { Challenge } from '../../../room/proof-of-work.ts'
import { solve } from '../../fan/browser/lib/proof.ts'

/**
 * Solves the challenge of a form that was refused after too many attempts; submitting the form waits for the solution.
 */

for (const field of document.querySelectorAll<HTMLInputElement>('input[data-challenge]')) {
  if (globalThis.crypto?.subtle !== undefined) void prepare(field)
}

async function prepare(field: HTMLInputElement): Promise<void> {
  const { form } = field
  const show = (state: string) => {
    for (const part of form?.querySelectorAll<HTMLElement>('[data-proof]') ?? []) {
      part.hidden = part.dataset['proof'] !== state
    }
  }
  let isWanted = false
  const hold = (event: SubmitEvent) => {
    event.preventDefault()
    isWanted = true
  }
  form?.addEventListener('submit', hold)
  show('working')
  try {
    const challenge = JSON.parse(field.dataset['challenge'] ?? '') as Challenge
    field.value = JSON.stringify(await solve(challenge))
    show('done')
  } finally {
    form?.removeEventListener('submit', hold)
    if (isWanted) form?.submit()
  }
}
