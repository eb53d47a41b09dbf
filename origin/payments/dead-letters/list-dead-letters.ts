import { and, desc, eq, isNotNull, isNull, lt, or, type SQL, sql } from 'drizzle-orm'
import type { Database } from '../../../drizzle/database.ts'
import { festivals } from '../../../drizzle/schema/catalogue.ts'
import { deadLetters, type PaymentState, payments } from '../../../drizzle/schema/purchases.ts'

/** A dead letter, as the organiser sees it. */
export type DeadLetter = {
  id: number
  entry: string
  payment: string | null
  /** The payment's state in MySQL; null when it was never recorded. */
  state: PaymentState | null
  fields: Record<string, string>
  reason: string
  attempts: number
  at: Date
  resolvedAt: Date | null
}

/** The last one of the previous page. */
export type DeadLetterCursor = { open: boolean; id: number }

/** A room's dead letters, at most `limit`: open ones first, newest first within each group. */
export async function listDeadLetters(
  db: Database,
  { room, after, limit }: { room: string; after?: DeadLetterCursor | undefined; limit: number },
): Promise<DeadLetter[]> {
  return await db
    .select({
      id: deadLetters.id,
      entry: deadLetters.entry,
      payment: deadLetters.paymentId,
      state: payments.state,
      fields: deadLetters.fields,
      reason: deadLetters.reason,
      attempts: deadLetters.attempts,
      at: deadLetters.at,
      resolvedAt: deadLetters.resolvedAt,
    })
    .from(deadLetters)
    .leftJoin(payments, eq(payments.id, deadLetters.paymentId))
    .where(and(eq(deadLetters.festivalId, room), after && isAfter(after)))
    .orderBy(sql`${deadLetters.resolvedAt} is null desc`, desc(deadLetters.id))
    .limit(limit)
}

/** An entry that waits for a decision, as operators see it: without any data of the buyer. */
export type OpenDeadLetter = Pick<DeadLetter, 'id' | 'payment' | 'reason' | 'attempts' | 'at'> & {
  festival: { id: string; name: string }
}

/** The open entries of all festivals, newest first: at most `limit`, starting after the one with the ID `before`. */
export async function listOpenDeadLetters(
  db: Database,
  { before, limit }: { before: number | undefined; limit: number },
): Promise<OpenDeadLetter[]> {
  return await db
    .select({
      id: deadLetters.id,
      festival: { id: festivals.id, name: festivals.name },
      payment: deadLetters.paymentId,
      reason: deadLetters.reason,
      attempts: deadLetters.attempts,
      at: deadLetters.at,
    })
    .from(deadLetters)
    .innerJoin(festivals, eq(festivals.id, deadLetters.festivalId))
    .where(and(isNull(deadLetters.resolvedAt), before === undefined ? undefined : lt(deadLetters.id, before)))
    .orderBy(desc(deadLetters.id))
    .limit(limit)
}

function isAfter({ open, id }: DeadLetterCursor): SQL | undefined {
  const older = lt(deadLetters.id, id)
  return open
    ? or(and(isNull(deadLetters.resolvedAt), older), isNotNull(deadLetters.resolvedAt))
    : and(isNotNull(deadLetters.resolvedAt), older)
}
