import { and, eq, gt, sql } from 'drizzle-orm'
import type { Transaction } from '../../drizzle/database.ts'
import { units } from '../../drizzle/schema/catalogue.ts'

/** Rows per statement, so that a large type does not make a statement larger than MySQL takes. */
const UNITS_PER_INSERT = 5000

/** Creates the units `first` to `last` of a ticket type. */
export async function insertUnits(
  tx: Transaction,
  ticketTypeId: number,
  { first, last }: { first: number; last: number },
): Promise<void> {
  for (let from = first; from <= last; from += UNITS_PER_INSERT) {
    const count = Math.min(UNITS_PER_INSERT, last - from + 1)
    await tx
      .insert(units)
      .values(Array.from({ length: count }, (_, i) => ({ ticketTypeId, number: from + i })))
  }
}

/**
 * Locks every unit of a ticket type after `number`: waits for orders that are taking some of them, and prevents others
 * until the transaction ends. Returns the highest number among them that an order owns, or 0.
 */
export async function lockUnitsAfter(tx: Transaction, ticketTypeId: number, number: number): Promise<number> {
  const [row] = await tx
    .select({
      highestOwned: sql<number | null>`max(case when ${units.orderId} is not null then ${units.number} end)`,
    })
    .from(units)
    .where(and(eq(units.ticketTypeId, ticketTypeId), gt(units.number, number)))
    .for('update')
  return Number(row?.highestOwned ?? 0)
}

export async function deleteUnitsAfter(tx: Transaction, ticketTypeId: number, number: number): Promise<void> {
  await tx.delete(units).where(and(eq(units.ticketTypeId, ticketTypeId), gt(units.number, number)))
}
