import { and, desc, eq, isNotNull, isNull, lt, or, type SQL, sql } from 'drizzle-orm'
import type { Database } from '../../../drizzle/database.ts'
import { festivals } from '../../../drizzle/schema/catalogue.ts'
import { type PaymentState, payments, paymentsAside } from '../../../drizzle/schema/purchases.ts'

/** An entry that was set aside, as the organiser sees it. */
export type Aside = {
  id: number
  entry: string
  payment: string | null
  /** How MySQL has the payment; null when it was never recorded. */
  state: PaymentState | null
  fields: Record<string, string>
  reason: string
  attempts: number
  at: Date
  resolvedAt: Date | null
}

/** The last one seen, for those after it. */
export type AsideCursor = { open: boolean; id: number }

/** A room's entries that were set aside, at most `limit`: open ones first, and of each kind the newest first. */
export async function listAsides(
  db: Database,
  { room, after, limit }: { room: string; after?: AsideCursor | undefined; limit: number },
): Promise<Aside[]> {
  return await db
    .select({
      id: paymentsAside.id,
      entry: paymentsAside.entry,
      payment: paymentsAside.paymentId,
      state: payments.state,
      fields: paymentsAside.fields,
      reason: paymentsAside.reason,
      attempts: paymentsAside.attempts,
      at: paymentsAside.at,
      resolvedAt: paymentsAside.resolvedAt,
    })
    .from(paymentsAside)
    .leftJoin(payments, eq(payments.id, paymentsAside.paymentId))
    .where(and(eq(paymentsAside.festivalId, room), after && isAfter(after)))
    .orderBy(sql`${paymentsAside.resolvedAt} is null desc`, desc(paymentsAside.id))
    .limit(limit)
}

/** An entry that waits for a decision, as operators see it: nothing of who paid. */
export type OpenAside = Pick<Aside, 'id' | 'payment' | 'reason' | 'attempts' | 'at'> & {
  festival: { id: string; name: string }
}

/** The open entries of all festivals, the newest first: at most `limit`, of those before the one with the ID `before`. */
export async function listOpenAsides(
  db: Database,
  { before, limit }: { before: number | undefined; limit: number },
): Promise<OpenAside[]> {
  return await db
    .select({
      id: paymentsAside.id,
      festival: { id: festivals.id, name: festivals.name },
      payment: paymentsAside.paymentId,
      reason: paymentsAside.reason,
      attempts: paymentsAside.attempts,
      at: paymentsAside.at,
    })
    .from(paymentsAside)
    .innerJoin(festivals, eq(festivals.id, paymentsAside.festivalId))
    .where(
      and(isNull(paymentsAside.resolvedAt), before === undefined ? undefined : lt(paymentsAside.id, before)),
    )
    .orderBy(desc(paymentsAside.id))
    .limit(limit)
}

function isAfter({ open, id }: AsideCursor): SQL | undefined {
  const older = lt(paymentsAside.id, id)
  return open
    ? or(and(isNull(paymentsAside.resolvedAt), older), isNotNull(paymentsAside.resolvedAt))
    : and(isNotNull(paymentsAside.resolvedAt), older)
}
