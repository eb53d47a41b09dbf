import type { Payment } from '../../../../shared/api/payments.ts'
import { pause } from '../../layout/browser/lib/api.ts'
import { language, pageData, say } from '../../layout/browser/lib/page.ts'
import type { PaymentData } from '../payment-data.ts'
import { buyingText, paymentWords } from '../text/buying.ts'

/** Long-polls the API until the payment has another state, and shows it; the server renders the final page. */

const { url } = pageData<PaymentData>('payment-data')
const WAITING: readonly Payment['state'][] = ['accepted', 'charging', 'paid', 'refunding']
const WAIT_SECONDS = 10
const AGAIN_MS = 1000

async function follow(): Promise<void> {
  let etag = ''
  for (;;) {
    try {
      const headers = { prefer: `wait=${WAIT_SECONDS}`, ...(etag === '' ? {} : { 'if-none-match': etag }) }
      const response = await fetch(url, { headers, cache: 'no-store' })
      if (response.status === 200) {
        etag = response.headers.get('etag') ?? ''
        const payment = (await response.json()) as Payment
        if (!WAITING.includes(payment.state)) return location.reload()
        say('state', paymentWords(buyingText[language], payment))
      }
    } catch {
      // The network is unavailable; the tickets are safe, and the next poll retries.
    }
    await pause(AGAIN_MS)
  }
}

void follow()
