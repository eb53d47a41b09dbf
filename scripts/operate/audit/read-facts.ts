import { and, eq, gte, inArray, isNotNull, isNull, or } from 'drizzle-orm'
import type { Database } from '../../../drizzle/database.ts'
import { deadLetters, orders, payments } from '../../../drizzle/schema/purchases.ts'
import { type Facts, isSettled, type PaymentFacts, type RoomFacts } from './facts.ts'
import { readCancelled, readRefundedInPart } from './read-cancelled.ts'
import { readCharges } from './read-ledger.ts'
import { readCounts, readPositions } from './read-positions.ts'
import { readRoom } from './read-room.ts'
import { readSales } from './read-sales.ts'
import type { Stores } from './stores.ts'

const IDS_PER_QUERY = 1000

/**
 * Reads all about a festival while it may be selling. No snapshot spans the stores, so the order carries the proof.
 * A payment goes stream → MySQL → provider → MySQL → Redis, each step after the last is durable. Hence:
 * - what Redis had sold `before`, MySQL owns; what MySQL owns is `after` sold in Redis or held by a payment;
 * - what MySQL has settled is in the ledger, which is read after it.
 *
 * A cancelled order goes MySQL → Redis, and MySQL says when it is there; so does a refund of tickets. Units of one that
 * was not there before all this, and is cancelled or refunded after it, may be on either side meanwhile.
 */
export async function readFacts({ db, redis, fetchLedger }: Stores, festival: string): Promise<Facts> {
  const beganAt = new Date()
  const cancelledBefore = await readCancelled(db, festival)
  const refundedBefore = await readRefundedInPart(db, festival)
  const before = await readRoom(redis, festival)
  const sales = await readSales(db, festival)
  const charges = fetchLedger === undefined ? undefined : await readCharges(fetchLedger, sales.payments)
  const positions = await readPositions(redis, festival)
  const counts = await readCounts(redis, festival)
  const after = await readRoom(redis, festival)
  const deadLetter = await readDeadLetter(db, festival, beganAt)
  const lost = await findLost(db, sales.payments, after, deadLetter)
  const cancelled = await readCancelled(db, festival)
  const refunded = await readRefundedInPart(db, festival)
  const returning = new Set([
    ...[...cancelled.keys()].filter((order) => cancelledBefore.get(order) !== true),
    ...[...refunded].flatMap(([id, { order }]) =>
      refundedBefore.get(id)?.isFinished === true ? [] : [order],
    ),
  ])
  return { before, sales, charges, positions, counts, after, lost, deadLetter, returning }
}

/**
 * Unsettled payments that were in no stream `after`, and are unsettled still: a payment leaves the stream settled. One
 * with an order was settled, and is given back since that is cancelled.
 */
async function findLost(
  db: Database,
  known: ReadonlyMap<string, PaymentFacts>,
  after: RoomFacts | undefined,
  deadLetter: ReadonlySet<string>,
): Promise<Set<string>> {
  const suspects = [...known]
    .filter(([id, { state }]) => !isSettled(state) && after?.stream.has(id) !== true && !deadLetter.has(id))
    .map(([id]) => id)
  const lost = new Set<string>()
  for (let i = 0; i < suspects.length; i += IDS_PER_QUERY) {
    const rows = await db
      .select({ id: payments.id, state: payments.state })
      .from(payments)
      .leftJoin(orders, eq(orders.paymentId, payments.id))
      .where(and(inArray(payments.id, suspects.slice(i, i + IDS_PER_QUERY)), isNull(orders.id)))
    for (const { id, state } of rows) if (!isSettled(state)) lost.add(id)
  }
  return lost
}

/** Written to MySQL before it leaves the stream, and requeued in the stream before that is written. */
async function readDeadLetter(db: Database, festival: string, beganAt: Date): Promise<Set<string>> {
  const rows = await db
    .select({ payment: deadLetters.paymentId })
    .from(deadLetters)
    .where(
      and(
        eq(deadLetters.festivalId, festival),
        isNotNull(deadLetters.paymentId),
        or(isNull(deadLetters.resolvedAt), gte(deadLetters.resolvedAt, beganAt)),
      ),
    )
  return new Set(rows.flatMap(({ payment }) => payment ?? []))
}
