import { eq } from 'drizzle-orm'
import type { Database } from '../../drizzle/database.ts'
import { checkIns } from '../../drizzle/schema/purchases.ts'
import type { Clock } from '../../shared/clock.ts'
import { orderTransaction } from '../orders/transaction.ts'

export type UndoCheckInResult = { status: 'undone'; undoneAt: Date } | { status: 'missing' }

/** Takes a check-in back, so that the ticket can be used again; who did it stays written. Safe to repeat. */
export async function undoCheckIn(
  { db, now }: { db: Database; now: Clock },
  { id, account }: { id: string; account: string },
): Promise<UndoCheckInResult> {
  return await orderTransaction(db, async (tx) => {
    const [row] = await tx
      .select({ undoneAt: checkIns.undoneAt })
      .from(checkIns)
      .where(eq(checkIns.id, id))
      .for('update')
    if (row === undefined) return { status: 'missing' }
    if (row.undoneAt !== null) return { status: 'undone', undoneAt: row.undoneAt }
    const undoneAt = new Date(now())
    await tx.update(checkIns).set({ undoneAt, undoneBy: account, live: null }).where(eq(checkIns.id, id))
    return { status: 'undone', undoneAt }
  })
}
