import { language, part } from '../../layout/browser/lib/page.ts'
import { checkoutText } from '../text/checkout.ts'
import { showPayError } from './lib/pay-error.ts'
import { action, complete } from './lib/provider-action.ts'

/** What a provider's module would show: the fan approves or declines, and the sandbox is told so. */

const { sandbox, notFinished } = checkoutText[language]

async function decide(decision: 'approve' | 'decline', buttons: readonly HTMLButtonElement[]): Promise<void> {
  const { url = '', secret = '' } = action.parameters
  for (const button of buttons) button.disabled = true
  showPayError(undefined)
  try {
    const body = new URLSearchParams({ secret, decision })
    const { ok } = await fetch(url, { method: 'POST', body, credentials: 'omit' })
    if (ok) await complete()
    else showPayError(notFinished)
  } catch {
    showPayError(notFinished)
  }
  for (const button of buttons) button.disabled = false
}

function makeButton(words: string, look: string): HTMLButtonElement {
  const button = document.createElement('button')
  button.type = 'button'
  button.className = look
  button.textContent = words
  return button
}

const [approve, decline] = [makeButton(sandbox.approve, 'big'), makeButton(sandbox.decline, 'quiet')]
approve.addEventListener('click', () => void decide('approve', [approve, decline]))
decline.addEventListener('click', () => void decide('decline', [approve, decline]))
const lead = document.createElement('p')
lead.textContent = sandbox.lead
const actions = document.createElement('p')
actions.className = 'buttons'
actions.append(approve, decline)
part('provider')?.replaceChildren(lead, actions)
