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
 * @param options.publicUrl - where browsers reach the sandbox; without it fans can pay with its cards alone
 * @param options.timeoutMs - after this long without a response the outcome is unknown
 * @param options.listedMax - the longest ledger that `listCharges` reads
 */
export function createSandboxProvider(options: {
  url: string
  publicUrl?: string
  timeoutMs: number
  connectionsMax: number
  listedMax?: number
}): {
  provider: PaymentProvider
  close: () => Promise<void>
} {
  const { listedMax = LISTED_MAX, publicUrl } = options
  const { call, close } = openSandbox(options)
  const sandbox = { call, publicUrl }
  const provider: PaymentProvider = {
    checkout: checkoutOf(publicUrl),
    charge: (request) => orUnknown(charge(sandbox, request)),
    findCharge: (key) => orUnknown(findCharge(sandbox, key)),
    abandon: ({ key }) => orUnknown(abandon(sandbox, key)),
    refund: (request) => orUnknown(refund(call, request)),
    findReversals: ({ key }) => orUnknown(findReversals(call, key)),
    listCharges: ({ since }) => listCharges(call, { since, listedMax }),
    listReversed: ({ since }) => listReversed(call, { since, listedMax }),
  }
  return { provider, close }
}

/** The page calls the sandbox, and sends fans to it, for the methods other than cards. */
function checkoutOf(publicUrl: string | undefined): Checkout {
  if (publicUrl === undefined) return SANDBOX_CHECKOUT
  const { origin } = new URL(publicUrl)
  const methods: Checkout['methods'] = [
    ...SANDBOX_CHECKOUT.methods,
    { id: 'bank', kind: 'redirect' },
    { id: 'script', kind: 'script' },
    { id: 'deposit', kind: 'deposit' },
  ]
  return { ...SANDBOX_CHECKOUT, methods, connectOrigins: [origin], formOrigins: [origin] }
}

/** An operation that fails, as without a response in time, has an unknown outcome. */
async function orUnknown<T>(operation: Promise<T>): Promise<T | { status: 'unknown'; cause: unknown }> {
  try {
    return await operation
  } catch (cause) {
    return { status: 'unknown', cause }
  }
}
