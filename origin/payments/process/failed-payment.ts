import { roomKeys } from '../../../shared/redis/keys.ts'
import { describeFailure, isOwnFailure } from '../failure.ts'
import { fieldsOf, type QueuedPayment } from '../payment-entry.ts'
import type { MakerContext } from './maker-context.ts'
import { moveToDeadLetters } from './move-to-dead-letters.ts'

/** Permanent failures after which a payment is moved to the dead letters. */
export const PAYMENT_ATTEMPTS_MAX = 12

/** Only permanent failures count towards the dead letters: an unavailable store affects no single payment. */
export async function noteFailure(
  context: MakerContext,
  { entry, payment }: QueuedPayment,
  error: unknown,
): Promise<void> {
  const { redis, room, rememberSeconds, log, countOutcome } = context
  const own = isOwnFailure(error)
  countOutcome(own ? 'failed' : 'delayed')
  log[own ? 'error' : 'warn'](
    { err: error, payment: payment.id },
    'a payment could not be ended; it will be tried again',
  )
  if (!own) return
  try {
    const attempts = await redis.paymentFailed(roomKeys(room).payment(payment.id), rememberSeconds)
    if (attempts < context.attemptsMax) return
    const reason = describeFailure(error)
    await deadLetterEntry(context, { entry, fields: fieldsOf(payment), reason, attempts })
  } catch (failure) {
    log.error(
      { err: failure, payment: payment.id },
      'a payment could not be dead-lettered; it stays in the stream',
    )
  }
}

/** Moves an entry of the stream to the dead letters, which the organiser sees. */
export async function deadLetterEntry(
  { db, room, now, log, removeEntry, countOutcome }: MakerContext,
  deadLetter: { entry: string; fields: Record<string, string>; reason: string; attempts: number },
): Promise<void> {
  await moveToDeadLetters(db, { room, at: new Date(now()), ...deadLetter })
  await removeEntry(deadLetter.entry, deadLetter.fields['payment'] ?? '')
  countOutcome('dead-letter')
  log.error(
    { entry: deadLetter.entry, reason: deadLetter.reason },
    'a payment was dead-lettered for the organiser',
  )
}
