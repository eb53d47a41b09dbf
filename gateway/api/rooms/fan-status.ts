import type { Purchase } from '../../../shared/api/orders.ts'

/**
 * What a fan has in a sale besides a place in the queue:
 * - `bought`    tickets, and nothing else that is under way
 * - `paying`    a payment whose outcome is open, whether the pass has ended since or not
 * - `inside`    a pass that this browser has
 * - `elsewhere` a pass that this browser has not got yet
 * - `over`, `restored`  a pass that has ended, and nothing bought
 * - `unknown`   the shop does not say whether there are tickets
 */
export type Fan = { status: 'elsewhere' | 'over' | 'restored' } | { status: 'inside'; until: string } | Buyer

/** The same without regard to passes. */
export type Buyer =
  | { status: 'none' | 'unknown' }
  | { status: 'paying'; payment: string; purchase: Purchase }
  | { status: 'bought'; purchase: Purchase }
