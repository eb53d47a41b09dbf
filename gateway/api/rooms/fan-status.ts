import type { Purchase } from '../../../shared/api/orders.ts'

/**
 * What a fan has in a sale, apart from a place in the queue:
 * - `bought`    tickets, and nothing else in progress
 * - `paying`    a payment without an outcome yet, whether or not the pass has ended
 * - `admitted`    a pass in this browser
 * - `elsewhere` a pass that this browser does not have yet
 * - `over`, `restored`  a pass that has ended, and nothing bought
 * - `unknown`   the shop does not report whether there are tickets
 */
export type Fan =
  | { status: 'elsewhere' | 'over' | 'restored' }
  | { status: 'admitted'; until: string }
  | Buyer

/** The same, ignoring passes. */
export type Buyer =
  | { status: 'none' | 'unknown' }
  | { status: 'paying'; payment: string; purchase: Purchase }
  | { status: 'bought'; purchase: Purchase }
