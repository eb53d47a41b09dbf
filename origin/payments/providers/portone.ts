import type { Clock } from '../../../shared/runtime/clock.ts'
import type { PaymentProvider } from '../provider.ts'
import { type Operation, openPortone } from './portone/call.ts'
import { abandon, charge, findCharge } from './portone/charges.ts'
import { findReversals, listCharges, listReversed } from './portone/ledger.ts'
import { type ChannelKeys, checkoutOf } from './portone/methods.ts'
import { refund } from './portone/refund.ts'

/** As documented for `GET /payments`. */
const SEARCHED_MAX = 60_000

export type PortoneOptions = {
  apiSecret: string
  storeId: string
  channelKeys: ChannelKeys
  /** Origins of the payment gateways' scripts, for the page that pays. */
  gatewayOrigins: readonly string[]
  /** The base URL of PortOne's API; tests use their own. */
  apiUrl: string
  /** For a whole operation; past it the outcome is unknown. */
  timeoutMs: number
  connectionsMax: number
  listedMax: number
  /** How many payments one search may list; tests use their own. */
  searchedMax?: number
  now: Clock
}

/**
 * PortOne V2, which stands before Korea's payment gateways. A charge registers our payment's ID with its amount; the fan
 * pays in PortOne's window on our page, and the outcome is what PortOne's own record says: of this store, of a channel
 * that is ours, of amount and currency. The payment's ID is also the charge's, and a payment succeeds at most once.
 */
export function createPortoneProvider(options: PortoneOptions): {
  provider: PaymentProvider
  close: () => Promise<void>
} {
  const { storeId, channelKeys, listedMax, now, searchedMax = SEARCHED_MAX } = options
  const limits = { listedMax, searchedMax }
  const { begin, close } = openPortone(options)
  const operation = (): Operation => ({ call: begin(), storeId })
  const charges = () => ({ ...operation(), channelKeys })
  const provider: PaymentProvider = {
    checkout: checkoutOf(options),
    charge: (request) => orUnknown(charge(charges(), request)),
    findCharge: (key, attempt) => orUnknown(findCharge(charges(), key, attempt)),
    abandon: (attempt) => orUnknown(abandon(charges(), attempt)),
    refund: (request) => orUnknown(refund(operation(), request)),
    findReversals: ({ key }) => orUnknown(findReversals(operation(), key)),
    listCharges: ({ since }) => listCharges({ begin: operation, now, since, ...limits }),
    listReversed: ({ since }) => listReversed({ begin: operation, now, since, ...limits }),
  }
  return { provider, close }
}

/** An operation that fails, as without an answer in time, has an unknown outcome. */
async function orUnknown<T>(work: Promise<T>): Promise<T | { status: 'unknown'; cause: unknown }> {
  try {
    return await work
  } catch (cause) {
    return { status: 'unknown', cause }
  }
}
