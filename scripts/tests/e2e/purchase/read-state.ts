import { and, eq, isNull } from 'drizzle-orm'
import { payments, paymentsAside } from '../../../../drizzle/schema/purchases.ts'
import { parseHold } from '../../../../origin/holds/hold.ts'
import { isSettled, type RoomFacts, type SalesFacts } from '../../../operate/audit/facts.ts'
import { readCancelled } from '../../../operate/audit/read-cancelled.ts'
import { readCounts } from '../../../operate/audit/read-positions.ts'
import { readRoom } from '../../../operate/audit/read-room.ts'
import { readSales } from '../../../operate/audit/read-sales.ts'
import type { Recorded, Sale, State } from './model.ts'

/** Reads both stores and the provider's books. */
export async function readState(sale: Sale): Promise<State> {
  const { redis, room, keys, books, accepted } = sale
  const [after, counts, holds, shown, recorded] = await Promise.all([
    readRoom(redis, room),
    readCounts(redis, room),
    redis.hgetall(keys.hold),
    Promise.all([...accepted.keys()].map(async (id) => [id, await redis.hgetall(keys.payment(id))] as const)),
    sale.recorded ?? readRecorded(sale),
  ])
  sale.recorded = recorded
  const { sales, returning, asideIds: aside } = recorded
  return {
    facts: {
      before: after,
      after,
      sales,
      charges: books.facts(),
      counts,
      positions: { log: Buffer.alloc(0), claimed: Buffer.alloc(0), records: new Map() },
      lost: findLost(sales, after, aside),
      aside,
      returning,
    },
    holds: new Map(Object.entries(holds).map(([id, json]) => [id, parseHold(json)])),
    shown: new Map(shown),
    holdOf: recorded.holdOf,
    aside: recorded.aside,
  }
}

async function readRecorded({ db, room }: Sale): Promise<Recorded> {
  const [sales, holdOf, cancelled, aside] = await Promise.all([
    readSales(db, room),
    db.select({ id: payments.id, hold: payments.holdId }).from(payments).where(eq(payments.festivalId, room)),
    readCancelled(db, room),
    db
      .select({ id: paymentsAside.id, payment: paymentsAside.paymentId })
      .from(paymentsAside)
      .where(and(eq(paymentsAside.festivalId, room), isNull(paymentsAside.resolvedAt))),
  ])
  return {
    sales,
    holdOf: new Map(holdOf.map(({ id, hold }) => [id, hold])),
    returning: new Set([...cancelled].filter(([, isBack]) => !isBack).map(([order]) => order)),
    aside: aside.map(({ id }) => id),
    asideIds: new Set(aside.flatMap(({ payment }) => payment ?? [])),
  }
}

/** Payments that have not ended, and that no worker will find. */
function findLost(sales: SalesFacts, after: RoomFacts | undefined, aside: ReadonlySet<string>): Set<string> {
  const hasOrder = new Set([...sales.orders.values()].map(({ payment }) => payment))
  const isFound = (id: string) => after?.stream.has(id) === true || aside.has(id) || hasOrder.has(id)
  return new Set(
    [...sales.payments].filter(([id, { state }]) => !isSettled(state) && !isFound(id)).map(([id]) => id),
  )
}
