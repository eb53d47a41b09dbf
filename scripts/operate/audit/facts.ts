import { isDeepStrictEqual } from 'node:util'
import type {
  BasketLine,
  OrderState,
  PaymentState,
  RefundedTicket,
  RefundState,
} from '../../../drizzle/schema/purchases.ts'

/** A count that is missing in Redis is NaN. */
export type TypeStock = { quantity: number; free: number; held: number; sold: number }

type HoldFacts = { account: string; basket: readonly BasketLine[]; payment: string | undefined }

/** A room in Redis at one instant. */
export type RoomFacts = {
  nowMs: number
  epoch: string
  /** Whether the draw has taken place; undefined in a room with arrival order. */
  isDrawn: boolean | undefined
  ratePerSecond: number
  maxActive: number
  /** By ticket type. */
  stock: ReadonlyMap<number, TypeStock>
  holds: ReadonlyMap<string, HoldFacts>
  /** Holds that have an expiry. */
  expiring: ReadonlySet<string>
  /** Payments that a worker will find. */
  stream: ReadonlySet<string>
  /** Account → when its pass expires; expired ones may still be there. */
  passEnds: ReadonlyMap<string, number>
  /** Account → position that its pass was claimed with. */
  passPositions: ReadonlyMap<string, number>
  serving: number
  /** The last position whose grace has passed. */
  missedThrough: number
  entryBytes: number
  /** Places left before they were called, and not skipped yet. */
  left: number
  /**
   * In order of position; a slot is the end of a quarter of a second, rounded up. Places that were left before their
   * turn are skipped without a call.
   */
  calls: readonly { slotMs: number; last: number; passed: number }[]
  /** The slot in which a rebuilt room called fans again, whose first calls were within the budget. */
  recalledSlotMs?: number | undefined
  /** Slot → called fans not resolved. */
  unresolved: ReadonlyMap<number, number>
  unresolvedTotal: number
  /** Positions whose turn is kept, and those that have an expiry of it. */
  turns: ReadonlySet<number>
  turnEnds: ReadonlySet<number>
}

export type TypeFacts = {
  quantity: number
  accountLimit: number
  /** The rows of its units. */
  rows: number
  firstNumber: number
  lastNumber: number
  owned: number
}
export type PaymentFacts = {
  account: string
  basket: readonly BasketLine[]
  amountMinor: number
  currency: string
  state: PaymentState
  chargeId: string | null
  /** The end of a payment that waits for its fan and should have been ended long ago. */
  overdueSince?: Date
  /** The part of the charge recorded as refunded outside Naru. */
  reversedMinor?: number
}
export type OrderFacts = {
  payment: string
  account: string
  amountMinor: number
  currency: string
  state: OrderState
}
/** The refund of a part of an order. */
export type RefundFacts = {
  id: string
  order: string
  payment: string
  amountMinor: number
  state: RefundState
  tickets: readonly RefundedTicket[]
}
export type UnitFacts = { type: number; number: number; order: string }
export type TicketFacts = UnitFacts & { id: string; isVoid: boolean }
/** `isLive` prevents a second check-in; `isUndone` is whether it was undone. */
export type CheckInFacts = { id: string; ticket: string; gate: string; isLive: boolean; isUndone: boolean }

/** A festival in MySQL at one instant. */
export type SalesFacts = {
  types: ReadonlyMap<number, TypeFacts>
  payments: ReadonlyMap<string, PaymentFacts>
  orders: ReadonlyMap<string, OrderFacts>
  ownedUnits: readonly UnitFacts[]
  tickets: readonly TicketFacts[]
  checkIns: readonly CheckInFacts[]
  refunds: readonly RefundFacts[]
}

/** A successful charge, and how much of it was refunded. */
export type ChargeFacts = { id: string; amountMinor: number; currency: string; refundedMinor: number }

export type PositionFacts = {
  /** The log of entries, 16 bytes each. */
  log: Buffer
  claimed: Buffer
  /** Entry key in base64url → index that a repeated entry is given. */
  records: ReadonlyMap<string, number>
}

/**
 * All facts about one festival. `read-facts.ts` documents the order in which they are read, and what follows from it.
 */
export type Facts = {
  /** Undefined when Redis does not know the room. */
  before: RoomFacts | undefined
  sales: SalesFacts
  /** Payment → its successful charges; undefined where the provider does not list them. */
  charges: ReadonlyMap<string, readonly ChargeFacts[]> | undefined
  /** `account:type` → units that Redis counts against the account's limit. */
  counts: ReadonlyMap<string, number>
  positions: PositionFacts
  after: RoomFacts | undefined
  /** Payments that are not settled and that no worker will find. */
  lost: ReadonlySet<string>
  /** Payments that were dead-lettered, in no stream until the organiser decides. */
  deadLetter: ReadonlySet<string>
  /** Orders that were being cancelled or refunded in part, or may have been, at some time while the facts were read. */
  returning: ReadonlySet<string>
}

export function isSettled(state: PaymentState): boolean {
  return state !== 'accepted' && state !== 'charging' && state !== 'refunding'
}

/** Payments and cancellations in flight while the facts were read. */
export function inFlight({ sales, before, after, lost, deadLetter, returning }: Facts): Set<string> {
  const unsettled = [...sales.payments].filter(([id, { state }]) => !isSettled(state) && !lost.has(id))
  const undecided = [...deadLetter].filter((id) => !isSettled(sales.payments.get(id)?.state ?? 'charging'))
  const givenBack = [...returning].flatMap((order) => sales.orders.get(order)?.payment ?? [])
  return new Set([
    ...(before?.stream ?? []),
    ...(after?.stream ?? []),
    ...unsettled.map(([id]) => id),
    ...undecided,
    ...givenBack,
  ])
}

/**
 * True when nothing was in flight and nothing moved while the facts were read, so that the stores must agree exactly.
 * Holds are allowed: Redis accounts for them alone, and MySQL does not know of them.
 */
export function isQuiet(facts: Facts): boolean {
  const { before, after } = facts
  return (
    inFlight(facts).size === 0 &&
    isDeepStrictEqual(before?.stock, after?.stock) &&
    isDeepStrictEqual(before?.holds, after?.holds)
  )
}
