import { inArray } from 'drizzle-orm'
import type { Database } from '../../drizzle/database.ts'
import { payments } from '../../drizzle/schema/purchases.ts'
import { type Facts, isSettled, type PaymentFacts, type RoomFacts } from './facts.ts'
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
 */
export async function readFacts({ db, redis, fetchLedger }: Stores, festival: string): Promise<Facts> {
  const before = await readRoom(redis, festival)
  const sales = await readSales(db, festival)
  const charges = await readCharges(fetchLedger, sales.payments)
  const positions = await readPositions(redis, festival)
  const counts = await readCounts(redis, festival)
  const after = await readRoom(redis, festival)
  const lost = await findLost(db, sales.payments, after)
  return { before, sales, charges, positions, counts, after, lost }
}

/** Unsettled payments that were in no stream `after`, and are unsettled still: a payment leaves the stream settled. */
async function findLost(
  db: Database,
  known: ReadonlyMap<string, PaymentFacts>,
  after: RoomFacts | undefined,
): Promise<Set<string>> {
  const suspects = [...known]
    .filter(([id, { state }]) => !isSettled(state) && after?.stream.has(id) !== true)
    .map(([id]) => id)
  const lost = new Set<string>()
  for (let i = 0; i < suspects.length; i += IDS_PER_QUERY) {
    const rows = await db
      .select({ id: payments.id, state: payments.state })
      .from(payments)
      .where(inArray(payments.id, suspects.slice(i, i + IDS_PER_QUERY)))
    for (const { id, state } of rows) if (!isSettled(state)) lost.add(id)
  }
  return lost
}
