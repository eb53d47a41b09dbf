import { and, eq, isNull, sql } from 'drizzle-orm'
import { z } from 'zod'
import type { Database } from '../../../drizzle/database.ts'
import { deadLetters } from '../../../drizzle/schema/purchases.ts'
import { cutText } from '../../../shared/text.ts'
import type { Payment } from '../payment.ts'
import { fieldsOf } from '../payment-entry.ts'

const FIELDS_MAX = 32
const VALUE_CHARACTERS_MAX = 8192
const REASON_CHARACTERS_MAX = 500

/**
 * Records an entry that no worker can end, where the organiser sees it, before it is removed from the stream. Safe to
 * repeat: an entry is recorded once.
 */
export async function moveToDeadLetters(
  db: Database,
  deadLetter: {
    room: string
    entry: string
    fields: Readonly<Record<string, string>>
    reason: string
    attempts: number
    at: Date
  },
): Promise<void> {
  const payment = z.uuid().safeParse(deadLetter.fields['payment'])
  await db
    .insert(deadLetters)
    .values({
      festivalId: deadLetter.room,
      entry: deadLetter.entry,
      ...(payment.success ? { paymentId: payment.data } : {}),
      fields: Object.fromEntries(
        Object.entries(deadLetter.fields)
          .slice(0, FIELDS_MAX)
          .map(([name, value]) => [name, cutText(value, VALUE_CHARACTERS_MAX)]),
      ),
      reason: cutText(deadLetter.reason, REASON_CHARACTERS_MAX),
      attempts: deadLetter.attempts,
      at: deadLetter.at,
    })
    .onDuplicateKeyUpdate({ set: { id: sql`${deadLetters.id}` } })
}

/** Why a payment is in the list whose refund the provider refuses; the provider's own words follow. */
export function refusedRefund(reason: string): string {
  return `refund-refused: ${reason}`
}

/** Records a payment whose refund was refused and that is in no stream, unless the organiser sees it already. */
export async function listRefusedRefund(
  db: Database,
  payment: Payment,
  reason: string,
  at: Date,
): Promise<void> {
  const [open] = await db
    .select({ id: deadLetters.id })
    .from(deadLetters)
    .where(
      and(
        eq(deadLetters.festivalId, payment.room),
        isNull(deadLetters.resolvedAt),
        eq(deadLetters.paymentId, payment.id),
      ),
    )
    .limit(1)
  if (open !== undefined) return
  await moveToDeadLetters(db, {
    ...{ room: payment.room, entry: `refund-${payment.id}`, fields: fieldsOf(payment) },
    ...{ reason: refusedRefund(reason), attempts: 1, at },
  })
}
