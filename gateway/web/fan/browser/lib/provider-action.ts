import type { completePaymentRoute } from '../../../../../shared/api/payments.ts'
import { ask } from '../../../layout/browser/lib/api.ts'
import { isFirstTime } from '../../../layout/browser/lib/once.ts'
import { language, pageData, part } from '../../../layout/browser/lib/page.ts'
import type { ActionData } from '../../payment-data.ts'
import { checkoutText } from '../../text/checkout.ts'
import { showPayError } from './pay-error.ts'

/** Completing a payment with the provider's module on our own page. */

const text = checkoutText[language]

/** What the fan has to do, as the page has it. */
export const action = pageData<ActionData>('action-data')

/**
 * Opens the provider's window by the page's button, and immediately for a fan who has just chosen to pay; not again
 * when they come back.
 *
 * @param open - resolves when the fan is done with it, with the provider's words if they did not pay
 */
export function offerAction(open: () => Promise<string | undefined>): void {
  const button = part('confirm')
  if (!(button instanceof HTMLButtonElement)) return
  const run = async () => {
    button.disabled = true
    showPayError(undefined)
    try {
      await complete(await open())
    } catch {
      showPayError(text.loadFailed)
    }
    button.disabled = false
  }
  button.addEventListener('click', () => void run())
  if (action.starts && isFirstTime(`action-${action.payment}`)) void run()
}

/**
 * Has the origin ask the provider how the payment stands, whatever the provider's module says. The server renders every
 * page but this one.
 */
export async function complete(words?: string): Promise<void> {
  const { room, payment } = action
  const answer = await ask<typeof completePaymentRoute>(
    'post',
    '/rooms/{room}/payments/{payment}/completion',
    { params: { room, payment } },
  )
  const isOpen = answer.status === 'done' && answer.body.action?.kind === 'script'
  if (isOpen) showPayError(words ?? text.notFinished)
  else location.reload()
}
