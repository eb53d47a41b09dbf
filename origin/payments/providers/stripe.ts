import { Agent as HttpAgent } from 'node:http'
import { Agent as HttpsAgent } from 'node:https'
import Stripe from 'stripe'
import type { PaymentProvider } from '../provider.ts'
import { abandon } from './stripe/abandon.ts'
import { charge } from './stripe/charge.ts'
import { stripeCheckout } from './stripe/checkout.ts'
import { findCharge } from './stripe/find-charge.ts'
import { listCharges } from './stripe/list-charges.ts'
import { type Operation, runOperation } from './stripe/operation.ts'
import { refund } from './stripe/refund.ts'
import { findReversals, listReversed } from './stripe/reversals.ts'

export type StripeOptions = {
  secretKey: string
  /** Names the account to Stripe's script on the page that pays. */
  publishableKey: string
  /** The base URL of Stripe's API; tests use their own. */
  apiUrl: string
  /** For a whole operation; past it the outcome is unknown. */
  timeoutMs: number
  /**
   * How often the library may retry a failed request; each attempt gets its share of `timeoutMs`. It retries an
   * interrupted request once in any case. The key makes retries harmless.
   */
  retriesMax: number
  connectionsMax: number
  listedMax: number
}

/** Stripe's library and the tests' server speak this version; a new one is a change of code. */
const API_VERSION = '2026-10-28.endive'

/**
 * Stripe, by PaymentIntents that are confirmed here (https://docs.stripe.com/payments/finalize-payments-on-the-server).
 * A charge is two requests: an intent is created under the charge's key, which moves no money and can be repeated, and
 * then confirmed, which charges at most once. So an attempt whose response was lost can be looked up without charging:
 * creating the intent again returns the ID of the existing one.
 *
 * A payment's method is the ConfirmationToken that Stripe's Payment Element made on our page. Where the bank wants the
 * fan to confirm (3-D Secure), or the method is a page of its own, the charge waits for an action.
 */
export function createStripeProvider(options: StripeOptions): {
  provider: PaymentProvider
  close: () => Promise<void>
} {
  const { timeoutMs, listedMax } = options
  const { stripe, close } = openStripe(options)
  const run = <T>(work: (operation: Operation) => Promise<T>) => runOperation({ stripe, timeoutMs }, work)
  const provider: PaymentProvider = {
    checkout: stripeCheckout(options.publishableKey),
    charge: (request) => run((operation) => charge(operation, request)),
    findCharge: (key, request) => run((operation) => findCharge(operation, key, request)),
    abandon: (request) => run((operation) => abandon(operation, request)),
    refund: (request) => run((operation) => refund(operation, request)),
    findReversals: ({ chargeId }) => run((operation) => findReversals(operation, chargeId)),
    listReversed: ({ since }) => listReversed(stripe, { since, listedMax }),
    listCharges: ({ since }) => listCharges(stripe, { since, listedMax }),
  }
  return { provider, close }
}

/** Stripe's client, with its own pool of connections. */
function openStripe(options: StripeOptions): { stripe: Stripe; close: () => Promise<void> } {
  const { hostname, port, protocol } = new URL(options.apiUrl)
  const secure = protocol === 'https:'
  const agent = new (secure ? HttpsAgent : HttpAgent)({ keepAlive: true, maxSockets: options.connectionsMax })
  const stripe = new Stripe(options.secretKey, {
    host: hostname,
    port: port === '' ? (secure ? 443 : 80) : port,
    protocol: secure ? 'https' : 'http',
    httpAgent: agent,
    apiVersion: API_VERSION,
    timeout: Math.ceil(options.timeoutMs / (options.retriesMax + 1)),
    maxNetworkRetries: options.retriesMax,
    telemetry: false,
  })
  return { stripe, close: async () => agent.destroy() }
}
