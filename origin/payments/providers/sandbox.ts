import type { Checkout } from '../../../shared/checkout.ts'
import type { PaymentProvider } from '../provider.ts'
import { openSandbox } from './sandbox/call.ts'
import { abandon, charge, findCharge } from './sandbox/charges.ts'
import { findReversals, listCharges, listReversed } from './sandbox/ledger.ts'
import { refund } from './sandbox/refund.ts'

/** The sandbox's cards are charged without the fan. */
export const SANDBOX_CHECKOUT: Checkout = {
  provider: 'sandbox',
  methods: [
    { id: 'card-ok', kind: 'direct' },
    { id: 'card-declined', kind: 'direct' },
  ],
  scriptOrigins: [],
  frameOrigins: [],
  connectOrigins: [],
  formOrigins: [],
}

const LISTED_MAX = 1_000_000

/**
 * The sandbox provider over its HTTP API (`scripts/develop/sandbox-provider`).
 *
 * @param options.timeoutMs - after this long without a response the outcome is unknown
 * @param options.listedMax - the longest ledger that `listCharges` reads
 */
export function createSandboxProvider(options: {
  url: string
  timeoutMs: number
  connectionsMax: number
  listedMax?: number
}): {
  provider: PaymentProvider
  close: () => Promise<void>
} {
  const { listedMax = LISTED_MAX } = options
  const { call, close } = openSandbox(options)
  const provider: PaymentProvider = {
    checkout: SANDBOX_CHECKOUT,
    charge: (request) => orUnknown(charge(call, request)),
    findCharge: (key) => orUnknown(findCharge(call, key)),
    abandon: ({ key }) => orUnknown(abandon(call, key)),
    refund: (request) => orUnknown(refund(call, request)),
    findReversals: ({ key }) => orUnknown(findReversals(call, key)),
    listCharges: ({ since }) => listCharges(call, { since, listedMax }),
    listReversed: ({ since }) => listReversed(call, { since, listedMax }),
  }
  return { provider, close }
}

/** An operation that fails, as without a response in time, has an unknown outcome. */
async function orUnknown<T>(operation: Promise<T>): Promise<T | { status: 'unknown'; cause: unknown }> {
  try {
    return await operation
  } catch (cause) {
    return { status: 'unknown', cause }
  }
}
