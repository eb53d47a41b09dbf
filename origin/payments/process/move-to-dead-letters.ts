import { sql } from 'drizzle-orm'
import { z } from 'zod'
import type { Database } from '../../../drizzle/database.ts'
import { deadLetters } from '../../../drizzle/schema/purchases.ts'
import { cutText } from '../../../shared/text.ts'

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
