import { createHash } from 'node:crypto'
import type {
  AbandonOutcome,
  ChargeOutcome,
  ChargeRequest,
  ListedCharge,
  PaymentProvider,
} from '../../../../origin/payments/provider.ts'
import { SANDBOX_CHECKOUT } from '../../../../origin/payments/providers/sandbox.ts'
import type { ChargeFacts } from '../../../operate/audit/facts.ts'
import { type Ask, outage, type Way } from './ways.ts'

export type Ledger = ReturnType<typeof openLedger>

type Charge = ChargeRequest & { status: 'succeeded' | 'declined'; createdAt: Date }

const DECLINED = 'card-declined'

/**
 * A provider's ledger. A key stands for one charge or one refund, however often and whenever it comes; under another key
 * it gives the same money back again. A charge that is on its way lands when the test lets it.
 */
export function openLedger(now: () => number) {
  const charges = new Map<string, Charge>()
  const refunds = new Map<string, { chargeKey: string; amountMinor: number }>()
  const onTheirWay: ChargeRequest[] = []

  function charge(request: ChargeRequest): void {
    if (charges.has(request.key)) return
    const status = request.method === DECLINED ? 'declined' : 'succeeded'
    charges.set(request.key, { ...request, status, createdAt: new Date(now()) })
  }

  function find(key: string): ChargeOutcome | { status: 'none' } {
    const found = charges.get(key)
    if (found === undefined) return { status: 'none' }
    if (found.status === 'declined') return { status: 'declined', reason: 'card declined' }
    return { status: 'succeeded', chargeId: chargeIdOf(key) }
  }

  function refunded(key: string): number {
    return [...refunds.values()]
      .filter(({ chargeKey }) => chargeKey === key)
      .reduce((sum, { amountMinor }) => sum + amountMinor, 0)
  }

  function list(): ListedCharge[] {
    return [...charges].map(([key, { amountMinor, currency, status, createdAt }]) => ({
      key,
      chargeId: chargeIdOf(key),
      amountMinor,
      currency,
      status,
      refundedMinor: refunded(key),
      createdAt,
    }))
  }

  return {
    /** Requests that timed out at the caller reach the provider late. */
    land(): void {
      for (const request of onTheirWay.splice(0)) charge(request)
    },

    /** Successful charges by key, as the audit reads them from a ledger. */
    facts: (): Map<string, ChargeFacts[]> =>
      new Map(
        list()
          .filter(({ status }) => status === 'succeeded')
          .map(({ key, chargeId: id, amountMinor, currency, refundedMinor }) => [
            key,
            [{ id, amountMinor, currency, refundedMinor }],
          ]),
      ),

    /** The provider as a process reaches it. */
    answering(ask: Ask): PaymentProvider {
      return {
        checkout: SANDBOX_CHECKOUT,
        charge: (request) =>
          ask(async (way): Promise<ChargeOutcome> => {
            if (way === 'late') onTheirWay.push(request)
            if (way === 'done' || way === 'lost') charge(request)
            const outcome = find(request.key)
            return way === 'done' && outcome.status !== 'none' ? outcome : unknown(way)
          }),
        findCharge: (key) => ask(async (way) => (way === 'done' ? find(key) : unknown(way))),
        abandon: ({ key }) => ask(async (way) => (way === 'done' ? leave(find(key)) : unknown(way))),
        refund: ({ key, chargeKey, amountMinor }) =>
          ask(async (way) => {
            if (charges.get(chargeKey)?.status !== 'succeeded') return unknown(way)
            if (way === 'done' || way === 'lost') {
              refunds.set(key, refunds.get(key) ?? { chargeKey, amountMinor })
            }
            return way === 'done' ? { status: 'refunded' } : unknown(way)
          }),
        async *listCharges() {
          yield* await ask(async (way) => {
            if (way !== 'done') throw outage()
            return list()
          })
        },
      }
    },
  }
}

function chargeIdOf(key: string): string {
  return createHash('sha1').update(key).digest('hex')
}

function leave(found: ChargeOutcome | { status: 'none' }): AbandonOutcome {
  return found.status === 'succeeded' ? found : { status: 'abandoned' }
}

function unknown(way: Way): { status: 'unknown'; cause: unknown } {
  return { status: 'unknown', cause: way === 'nonsense' ? { status: 400 } : outage() }
}
