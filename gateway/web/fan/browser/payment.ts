import type { Payment } from '../../../../shared/api/payments.ts'
import { pause } from '../../layout/browser/lib/api.ts'
import { language, pageData, say } from '../../layout/browser/lib/page.ts'
import type { PaymentData } from '../payment-data.ts'
import { buyingText, paymentWords } from '../text/buying.ts'

/** Long-polls the API until the payment has another state, and shows it; the server renders every other page of it. */

const { url, state: rendered, action } = pageData<PaymentData>('payment-data')
const WAITING: readonly Payment['state'][] = ['accepted', 'charging', 'paid', 'refunding']
const WAIT_SECONDS = 10
const AGAIN_MS = 1000

/** A form of the page was sent, as to cancel the payment: a reload would take the place of its answer. */
let isLeaving = false
addEventListener('submit', () => {
  isLeaving = true
})

/** Whether this page can show a state: one in which nothing is to be done but wait, or the one that it was rendered for. */
function isShownHere(payment: Payment): boolean {
  const { state } = payment
  if (state === 'action') return rendered === state && payment.action?.kind === action
  return state === rendered || (rendered !== 'action' && WAITING.includes(state))
}

let etag = ''

/** Waits for another state than the last one; whether the page stays. */
async function poll(): Promise<boolean> {
  const headers = { prefer: `wait=${WAIT_SECONDS}`, ...(etag === '' ? {} : { 'if-none-match': etag }) }
  const response = await fetch(url, { headers, cache: 'no-store' })
  if (isLeaving) return false
  if (response.status !== 200) return true
  etag = response.headers.get('etag') ?? ''
  const payment = (await response.json()) as Payment
  const stays = isShownHere(payment)
  if (!stays) location.reload()
  else if (payment.state !== 'action') say('state', paymentWords(buyingText[language], payment))
  return stays
}

async function follow(): Promise<void> {
  let stays = true
  while (stays) {
    try {
      stays = await poll()
    } catch {
      // The network is unavailable; the tickets are safe, and the next poll retries.
    }
    if (stays) await pause(AGAIN_MS)
  }
}

void follow()
