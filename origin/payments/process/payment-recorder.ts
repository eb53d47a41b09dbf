import type { Database } from '../../../drizzle/database.ts'
import type { Clock } from '../../../shared/runtime/clock.ts'
import { DeadlineExceeded, withinDeadline } from '../../../shared/runtime/deadline.ts'
import { createGroupCommit } from '../../../shared/runtime/group-commit.ts'
import { isOwnFailure } from '../failure.ts'
import type { Payment } from '../payment.ts'
import { acceptPayments, withdrawAccepted } from './record-payments.ts'

/** Makes accepted payments durable before they are confirmed to their fans. */
export type PaymentRecorder = {
  /**
   * Resolves with the ID under which MySQL has it: another one's, when its request was accepted before. Rejects with
   * `DeadlineExceeded` when MySQL does not respond within `recordMsMax`; it may have it nevertheless, or get it later.
   */
  record(payment: Payment): Promise<string>
  /** Expires a payment that MySQL has, that no worker has begun, and that Redis lost permanently. */
  withdraw(id: string): Promise<void>
  /** Resolves once none of these is being recorded by this process. Never rejects. */
  untilRecorded(ids: readonly string[]): Promise<void>
}

type Outcome = { id: string } | { failed: unknown }

/**
 * The longest time that a fan waits; a healthy MySQL needs a hundredth of it. Shorter than restoring a room minus a
 * round of the catalogue: a payment that is answered with 202 is in MySQL when a lost room reads it for the last time.
 */
const RECORD_MS_MAX = 3000
/** Payments per recording statement, and per settling transaction. */
export const PAYMENT_BATCH_MAX = 500

/**
 * Records in groups: a lone payment immediately, and in a rush all that were accepted while the last group was written,
 * at most `batchMax` in one statement. A group to which MySQL does not respond does not block those after it.
 */
export function createPaymentRecorder(deps: {
  db: Database
  now: Clock
  batchMax?: number
  recordMsMax?: number
}): PaymentRecorder {
  const { recordMsMax = RECORD_MS_MAX, batchMax = PAYMENT_BATCH_MAX } = deps
  const group = createGroupCommit<Payment, Outcome>(batchMax, recordTogether)
  /** Bounded by the number of concurrent requests. */
  const underWay = new Map<string, Promise<unknown>>()

  /** If values are rejected, one by one, so that an invalid payment does not delay the others. */
  async function recordTogether(batch: readonly Payment[]): Promise<Outcome[]> {
    // The same payment may be there twice, from a fan who repeats the request.
    const once = [...new Map(batch.map((payment) => [payment.id, payment])).values()]
    try {
      const ids = await withinDeadline(recordMsMax, () => acceptPayments(deps.db, once, new Date(deps.now())))
      return batch.map(({ id: own }) => {
        const id = ids.get(own)
        return id === undefined
          ? { failed: new Error('a payment that was recorded is not in MySQL') }
          : { id }
      })
    } catch (failed) {
      if (batch.length <= 1 || failed instanceof DeadlineExceeded || !isOwnFailure(failed))
        return batch.map(() => ({ failed }))
    }
    const outcomes: Outcome[] = []
    for (const each of batch) outcomes.push(...(await recordTogether([each])))
    return outcomes
  }

  return {
    async record(payment) {
      const recording = withinDeadline(recordMsMax, () => group.add(payment))
      underWay.set(payment.id, recording)
      try {
        const outcome = await recording
        if ('failed' in outcome) throw outcome.failed
        return outcome.id
      } finally {
        if (underWay.get(payment.id) === recording) underWay.delete(payment.id)
      }
    },
    withdraw: (id) => withdrawAccepted(deps.db, id, new Date(deps.now())),
    async untilRecorded(ids) {
      await Promise.allSettled(ids.map((id) => underWay.get(id)))
    },
  }
}
