import { Agent as HttpAgent } from 'node:http'
import { Agent as HttpsAgent } from 'node:https'
import Stripe from 'stripe'
import type { AbandonOutcome, ChargeOutcome, ChargeRequest, PaymentProvider } from '../provider.ts'
import { toStripeAmount } from './stripe/amounts.ts'
import { type Call, createDeadline } from './stripe/deadline.ts'
import {
  declineReason,
  isAlreadyRefunded,
  isKeptFailure,
  loggable,
  refusalReason,
  wasReplayed,
} from './stripe/failures.ts'
import { PAYMENT_METADATA, stateOf } from './stripe/intents.ts'
import { listCharges } from './stripe/list-charges.ts'
import { listReversed, REVERSALS_MAX, toDispute, toRefund } from './stripe/reversals.ts'

export type StripeOptions = {
  secretKey: string
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

type Created = { status: 'created'; id: string; replayed: boolean }
type Found = ChargeOutcome | { status: 'none' }

/** Several intents can have the same key in their metadata; there are never more than this. */
const INTENTS_PER_KEY_MAX = 10

/**
 * Stripe, by PaymentIntents. A charge is two requests: an intent is created under the charge's key, which moves no
 * money and can be repeated, and then confirmed, which charges at most once. So an attempt whose response was lost can
 * be looked up without charging: creating the intent again returns the ID of the existing one.
 *
 * The fan's payment method is charged as it is. Where the bank requires its owner to confirm (3-D Secure), the attempt
 * is declined with `authentication_required`, since the page has no means for that.
 */
export function createStripeProvider(options: StripeOptions): {
  provider: PaymentProvider
  close: () => Promise<void>
} {
  const { hostname, port, protocol } = new URL(options.apiUrl)
  const secure = protocol === 'https:'
  const agent = new (secure ? HttpsAgent : HttpAgent)({ keepAlive: true, maxSockets: options.connectionsMax })
  const stripe = new Stripe(options.secretKey, {
    host: hostname,
    port: port === '' ? (secure ? 443 : 80) : port,
    protocol: secure ? 'https' : 'http',
    httpAgent: agent,
    timeout: Math.ceil(options.timeoutMs / (options.retriesMax + 1)),
    maxNetworkRetries: options.retriesMax,
    telemetry: false,
  })

  const provider: PaymentProvider = {
    charge: (request) =>
      within(async (call) => {
        const created = await create(call, request)
        return created.status === 'created' ? confirm(call, created.id, request.key) : created
      }),
    findCharge: (key, request) => within((call) => find(call, key, request)),
    abandon: (request) => within((call) => abandon(call, request)),
    refund: ({ key, chargeKey, chargeId }) =>
      within(async (call) => {
        const intent = chargeId ?? (await findSucceeded(call, chargeKey))
        return refund(call, { key, chargeKey, intent })
      }),
    findReversals: ({ chargeId }) =>
      within(async (call) => {
        const query = { payment_intent: chargeId, limit: REVERSALS_MAX }
        const [refunds, disputes] = await Promise.all([
          call(() => stripe.refunds.list(query)),
          call(() => stripe.disputes.list(query)),
        ])
        return {
          status: 'found',
          reversals: [...refunds.data.map(toRefund), ...disputes.data.map(toDispute)],
        }
      }),
    listReversed: ({ since }) => listReversed(stripe, { since, listedMax: options.listedMax }),
    listCharges: ({ since }) => listCharges(stripe, { since, listedMax: options.listedMax }),
  }
  return { provider, close: async () => agent.destroy() }

  async function within<T>(
    run: (call: Call) => Promise<T>,
  ): Promise<T | { status: 'unknown'; cause: unknown }> {
    try {
      return await run(createDeadline(options.timeoutMs))
    } catch (error) {
      return { status: 'unknown', cause: loggable(error) }
    }
  }

  async function create(
    call: Call,
    request: ChargeRequest,
  ): Promise<Created | { status: 'declined'; reason: string }> {
    const amount = toStripeAmount(request.amountMinor, request.currency)
    if (amount === undefined)
      return { status: 'declined', reason: `Stripe cannot charge this much ${request.currency}` }
    try {
      const { id, lastResponse } = await call(() =>
        stripe.paymentIntents.create(
          {
            amount,
            currency: request.currency.toLowerCase(),
            payment_method: request.method,
            allowed_payment_method_types: ['card'],
            description: request.reference,
            metadata: { [PAYMENT_METADATA]: request.key },
          },
          { idempotencyKey: request.key },
        ),
      )
      return { status: 'created', id, replayed: wasReplayed(lastResponse.headers) }
    } catch (error) {
      const reason = declineReason(error) ?? refusalReason(error)
      if (reason !== undefined) return { status: 'declined', reason }
      // Every attempt under this key got the same response, and so no intent that it could have confirmed.
      if (isKeptFailure(error)) return { status: 'declined', reason: 'the provider failed' }
      throw error
    }
  }

  async function confirm(call: Call, id: string, key: string): Promise<ChargeOutcome> {
    try {
      // Of a response cached for the key only a final state counts: a pending one may have ended since.
      const intent = await call(() =>
        stripe.paymentIntents.confirm(
          id,
          { error_on_requires_action: true },
          { idempotencyKey: `${key}-confirm` },
        ),
      )
      return await conclude(call, intent, undefined)
    } catch (error) {
      const declined = declineReason(error)
      if (declined !== undefined) return { status: 'declined', reason: declined }
      const refused = refusalReason(error) ?? (isKeptFailure(error) ? 'the provider failed' : undefined)
      if (refused === undefined) throw error
      return await conclude(call, await read(call, id), refused)
    }
  }

  /**
   * The outcome of an intent after an attempt to confirm it. One that cannot continue is cancelled, after which Stripe
   * never charges it; the reason is then `refused`.
   */
  async function conclude(
    call: Call,
    intent: Stripe.PaymentIntent,
    refused: string | undefined,
  ): Promise<ChargeOutcome> {
    const state = stateOf(intent)
    if (state.status === 'succeeded' || state.status === 'declined') return state
    const reason = state.status === 'needs-owner' ? 'authentication_required' : refused
    if (state.status === 'under-way' || reason === undefined) {
      return { status: 'unknown', cause: new Error(`Stripe has the intent ${intent.id} as ${intent.status}`) }
    }
    const cancelled = stateOf(await call(() => stripe.paymentIntents.cancel(intent.id)))
    return cancelled.status === 'declined'
      ? { status: 'declined', reason }
      : { status: 'unknown', cause: new Error(`Stripe did not cancel the intent ${intent.id}`) }
  }

  async function find(call: Call, key: string, request: ChargeRequest | undefined): Promise<Found> {
    if (request === undefined) {
      const found = await findOthers(call, key, undefined)
      if (found.status !== 'none') return found
      // Stripe's search may be an hour behind, so an empty result proves nothing.
      return { status: 'unknown', cause: new Error('Stripe cannot rule a charge out by its key alone') }
    }
    const created = await create(call, request)
    if (created.status !== 'created') return created
    const found = await look(call, created.id)
    if (found.status !== 'none' || created.replayed) return found
    // The intent is new: either the key was never used, or a day or more ago, when Stripe may have deleted it. By now
    // the search finds what was created then.
    return await findOthers(call, key, created.id)
  }

  async function look(call: Call, id: string): Promise<Found> {
    const intent = await read(call, id)
    return stateOf(intent).status === 'open' ? { status: 'none' } : await conclude(call, intent, undefined)
  }

  /** The result of all intents with a key except an ignored one: the one that charged, if any. */
  async function findOthers(call: Call, key: string, besides: string | undefined): Promise<Found> {
    let found: Found = { status: 'none' }
    for (const id of await search(call, key)) {
      if (id === besides) continue
      const one = await look(call, id)
      if (one.status === 'succeeded' || one.status === 'unknown') return one
      if (one.status === 'declined') found = one
    }
    return found
  }

  /** Cancels every intent of a key that has charged nothing: the one under the key, and those that a search finds. */
  async function abandon(call: Call, request: ChargeRequest): Promise<AbandonOutcome> {
    const created = await create(call, request)
    const own = created.status === 'created' ? [created.id] : []
    const searched = created.status === 'created' && created.replayed ? [] : await search(call, request.key)
    for (const id of new Set([...own, ...searched])) {
      const state = stateOf(await cancel(call, id))
      if (state.status === 'succeeded') return state
      if (state.status === 'under-way') {
        return {
          status: 'unknown',
          cause: new Error(`Stripe does not know yet what comes of the intent ${id}`),
        }
      }
    }
    return { status: 'abandoned' }
  }

  /**
   * Returns the intent's resulting state: one that has succeeded, is in process or was cancelled before stays
   * unchanged.
   */
  async function cancel(call: Call, id: string): Promise<Stripe.PaymentIntent> {
    try {
      return await call(() => stripe.paymentIntents.cancel(id, { cancellation_reason: 'abandoned' }))
    } catch (error) {
      if (refusalReason(error) === undefined) throw error
      return await read(call, id)
    }
  }

  async function findSucceeded(call: Call, key: string): Promise<string> {
    const found = await findOthers(call, key, undefined)
    if (found.status === 'succeeded') return found.chargeId
    throw new Error('Stripe does not find the charge to refund, which may be for an hour after it was made')
  }

  async function search(call: Call, key: string): Promise<string[]> {
    const query = `metadata['${PAYMENT_METADATA}']:'${key.replaceAll(/[\\']/g, '\\$&')}'`
    const { data } = await call(() => stripe.paymentIntents.search({ query, limit: INTENTS_PER_KEY_MAX }))
    return data.map(({ id }) => id)
  }

  function read(call: Call, id: string): Promise<Stripe.PaymentIntent> {
    return call(() => stripe.paymentIntents.retrieve(id))
  }

  async function refund(
    call: Call,
    { key, chargeKey, intent }: { key: string; chargeKey: string; intent: string },
  ): Promise<{ status: 'refunded' } | { status: 'unknown'; cause: unknown }> {
    try {
      // Without an amount Stripe refunds all that remains.
      const made = await call(() =>
        stripe.refunds.create(
          { payment_intent: intent, metadata: { [PAYMENT_METADATA]: chargeKey } },
          { idempotencyKey: key },
        ),
      )
      // A response cached for the key has the refund's state at that time.
      const { status } = made.status === 'pending' ? await call(() => stripe.refunds.retrieve(made.id)) : made
      if (status === 'succeeded') return { status: 'refunded' }
      return { status: 'unknown', cause: new Error(`Stripe has the refund ${made.id} as ${status}`) }
    } catch (error) {
      if (isAlreadyRefunded(error)) return { status: 'refunded' }
      throw error
    }
  }
}
