import { createHash } from 'node:crypto'
import type {
  ActionRequired,
  ChargeRequest,
  PaymentProvider,
  SuccessfulCharge,
} from '../payments/provider.ts'
import { SANDBOX_CHECKOUT } from '../payments/providers/sandbox.ts'
import { testCharge } from './payments.ts'

export type BookProvider = PaymentProvider & {
  /** The key of every call of `charge`, whatever its result. */
  attempts: string[]
  /** Every charge, by key: what the provider's ledger would contain. */
  charges: Map<string, ChargeRequest>
  refunds: Map<string, string>
  /**
   * The results of the next calls of `charge`: `lose` charges and loses the response; `ask` asks the fan for something,
   * and `lose-ask` loses that response.
   */
  next: ('lose' | 'fail' | 'decline' | 'ask' | 'lose-ask')[]
  /** What fans have to do, by key, while it is open. */
  asked: Map<string, ActionRequired>
  /** The keys of attempts that were cancelled while they were open. */
  cancelled: string[]
  /** The fan does what was asked, if it is still open: the charge is made, of this amount, or declined. */
  act(key: string, how: 'pay' | 'decline', paid?: { amountMinor?: number; currency?: string }): void
}

/** A provider with its ledger in memory that fails on demand: for tests of the worker. */
export function createBookProvider(): BookProvider {
  const charges: BookProvider['charges'] = new Map()
  const declined = new Set<string>()
  const refunds = new Map<string, string>()
  const asked: BookProvider['asked'] = new Map()
  const cancelled: string[] = []
  const attempts: string[] = []
  const next: BookProvider['next'] = []
  const chargeId = (key: string) => createHash('sha1').update(key).digest('hex')
  const recordOf = (key: string): SuccessfulCharge | undefined => {
    const charge = charges.get(key)
    if (charge === undefined) return undefined
    const { amountMinor, currency } = charge
    return {
      status: 'succeeded',
      chargeId: chargeId(key),
      ...(paidOf.has(key) ? { amountMinor, currency } : {}),
    }
  }
  /** Charges of which the provider reports what was paid. */
  const paidOf = new Set<string>()
  return {
    checkout: SANDBOX_CHECKOUT,
    attempts,
    charges,
    refunds,
    next,
    asked,
    cancelled,
    act(key, how, paid) {
      if (!asked.delete(key)) return
      if (how === 'decline') return void declined.add(key)
      charges.set(key, testCharge({ key, ...paid }))
      if (paid !== undefined) paidOf.add(key)
    },
    async charge(request) {
      const { key, until } = request
      attempts.push(key)
      const way = next.shift()
      if (way === 'fail') return { status: 'unknown', cause: new Error('no answer') }
      if (way === 'decline') {
        declined.add(key)
        return { status: 'declined', reason: 'card declined' }
      }
      if (way === 'ask' || way === 'lose-ask') {
        const action = { kind: 'redirect', url: `https://bank.test/${key}` } as const
        const required = { status: 'action', chargeId: chargeId(key), action, until } as const
        asked.set(key, required)
        return way === 'ask' ? required : { status: 'unknown', cause: new Error('the answer was lost') }
      }
      charges.set(key, request)
      if (way === 'lose') return { status: 'unknown', cause: new Error('the answer was lost') }
      return { status: 'succeeded', chargeId: chargeId(key) }
    },
    async findCharge(key) {
      if (declined.has(key)) return { status: 'declined', reason: 'card declined' }
      return asked.get(key) ?? recordOf(key) ?? { status: 'none' }
    },
    async abandon({ key }) {
      if (asked.delete(key)) {
        cancelled.push(key)
        declined.add(key)
      }
      return recordOf(key) ?? { status: 'abandoned' }
    },
    async refund({ key, chargeKey }) {
      refunds.set(key, chargeKey)
      return { status: 'refunded' }
    },
  }
}
