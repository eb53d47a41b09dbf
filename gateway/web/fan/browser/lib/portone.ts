import { language } from '../../../layout/browser/lib/page.ts'
import { loadModule } from './load-module.ts'

/** PortOne's browser SDK (developers.portone.io/sdk/ko/v2-sdk); PortOne serves it at this one address. */
const PORTONE_JS_URL = 'https://cdn.portone.io/v2/browser-sdk.js'

/** Gateways that have no English show Korean. */
const LOCALES = { ko: 'KO_KR', en: 'EN_US' }

/** The part of PortOne's SDK that our pages use. It may leave the page, and return to `redirectUrl`. */
type PortOne = {
  requestPayment(request: object): Promise<{ code?: string; message?: string } | undefined>
}

type Nested = { [name: string]: string | number | Nested }

/**
 * Opens PortOne's window with the parameters of a payment's action. Whatever it answers is no proof: the payment is
 * completed afterwards, by what PortOne tells the server.
 *
 * @returns what the window says to the fan when they have not paid
 */
export async function openWindow(
  parameters: Readonly<Record<string, string>>,
  shown: { redirectUrl: string; orderName: string },
): Promise<string | undefined> {
  await loadModule(PORTONE_JS_URL)
  const { PortOne } = window as { PortOne?: PortOne }
  if (PortOne === undefined) throw new Error('PortOne’s module did not start')
  const locale = LOCALES[language]
  const answer = await PortOne.requestPayment({ ...nest(parameters), ...shown, locale })
  return answer?.code === undefined ? undefined : answer.message
}

/** Dotted names are objects in objects. Amounts and hours are numbers there. */
function nest(parameters: Readonly<Record<string, string>>): Nested {
  const nested: Nested = {}
  for (const [name, value] of Object.entries(parameters)) {
    const path = name.split('.')
    const last = path.pop() ?? name
    let place = nested
    for (const part of path) {
      const known = place[part]
      const inside = typeof known === 'object' ? known : {}
      place[part] = inside
      place = inside
    }
    place[last] = /^(total|valid)/.test(last) ? Number(value) : value
  }
  return nested
}
