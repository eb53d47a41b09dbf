import { and, eq, isNull } from 'drizzle-orm'
import { deadLetters, payments } from '../../../../drizzle/schema/purchases.ts'
import { parseHold } from '../../../../origin/holds/hold.ts'
import { isSettled, type RoomFacts, type SalesFacts } from '../../../operate/audit/facts.ts'
import { readCancelled } from '../../../operate/audit/read-cancelled.ts'
import { readCounts } from '../../../operate/audit/read-positions.ts'
import { readRoom } from '../../../operate/audit/read-room.ts'
import { readSales } from '../../../operate/audit/read-sales.ts'
import type { Recorded, Sale, State } from './model.ts'

/** Reads both stores and the provider's ledger. */
export async function readState(sale: Sale): Promise<State> {
  const { redis, room, keys, ledger, accepted } = sale
  const [after, counts, holds, shown, recorded] = await Promise.all([
    readRoom(redis, room),
    readCounts(redis, room),
    redis.hgetall(keys.hold),
    Promise.all([...accepted.keys()].map(async (id) => [id, await redis.hgetall(keys.payment(id))] as const)),
    sale.recorded ?? readRecorded(sale),
  ])
  sale.recorded = recorded
  const { sales, returning, deadLetterIds: deadLetter } = recorded
  return {
    facts: {
      before: after,
      after,
      sales,
      charges: ledger.facts(),
      counts,
      positions: { log: Buffer.alloc(0), claimed: Buffer.alloc(0), records: new Map() },
      lost: findLost(sales, after, deadLetter),
      deadLetter,
      returning,
    },
    holds: new Map(Object.entries(holds).map(([id, json]) => [id, parseHold(json)])),
    shown: new Map(shown),
    holdOf: recorded.holdOf,
    deadLetter: recorded.deadLetter,
  }
}

async function readRecorded({ db, room }: Sale): Promise<Recorded> {
  const [sales, holdOf, cancelled, deadLetter] = await Promise.all([
    readSales(db, room),
    db.select({ id: payments.id, hold: payments.holdId }).from(payments).where(eq(payments.festivalId, room)),
    readCancelled(db, room),
    db
      .select({ id: deadLetters.id, payment: deadLetters.paymentId })
      .from(deadLetters)
      .where(and(eq(deadLetters.festivalId, room), isNull(deadLetters.resolvedAt))),
  ])
  return {
    sales,
    holdOf: new Map(holdOf.map(({ id, hold }) => [id, hold])),
    returning: new Set([...cancelled].filter(([, isBack]) => !isBack).map(([order]) => order)),
    deadLetter: deadLetter.map(({ id }) => id),
    deadLetterIds: new Set(deadLetter.flatMap(({ payment }) => payment ?? [])),
  }
}

/** Payments that are not settled, and that no worker will find. */
function findLost(
  sales: SalesFacts,
  after: RoomFacts | undefined,
  deadLetter: ReadonlySet<string>,
): Set<string> {
  const hasOrder = new Set([...sales.orders.values()].map(({ payment }) => payment))
  const isFound = (id: string) => after?.stream.has(id) === true || deadLetter.has(id) || hasOrder.has(id)
  return new Set(
    [...sales.payments].filter(([id, { state }]) => !isSettled(state) && !isFound(id)).map(([id]) => id),
  )
}
