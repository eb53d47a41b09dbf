import type { BasketLine } from '../../drizzle/schema/purchases.ts'

/** A basket of units reserved for one pass, whose ID it has. */
export type Hold = {
  account: string
  basket: BasketLine[]
  amountMinor: number
  /** Identifies content and price: a payment must state it. Empty where an older version of Naru wrote the hold. */
  version: string
  expiresAt: Date
  /** The payment in process for it; while there is one, the hold does not expire. */
  payment: string | undefined
}

/** A hold by its pass, and the epoch of that pass; undefined in passes issued before they had one. */
export type NamedHold = { room: string; passId: string; epoch?: number | undefined }

/** Parses a hold as the scripts store it (`lua/lib/hold.lua`). */
export function parseHold(json: string): Hold {
  const stored = JSON.parse(json) as {
    account: string
    basket: BasketLine[]
    amount: number
    expires: number
    version?: string
    payment?: string
  }
  return {
    account: stored.account,
    basket: stored.basket,
    amountMinor: stored.amount,
    version: stored.version ?? '',
    expiresAt: new Date(stored.expires),
    payment: stored.payment,
  }
}
