import type { Payment } from '../payment.ts'
import type { QueuedPayment, UnreadableEntry } from '../payment-entry.ts'
import { type Begun, beginTogether } from './begin-together.ts'
import { deadLetterEntry, noteFailure } from './failed-payment.ts'
import { makePayment } from './make-payment.ts'
import { createMakerContext, isOverdue, type MakerContext, type PaymentMakerDeps } from './maker-context.ts'
import { beginPayments, NOT_IN_TIME } from './record-payments.ts'

export type PaymentMaker = {
  /**
   * Takes payments through as many steps as possible. Never rejects: one that could not be ended stays in the stream,
   * or is moved to the dead letters after too many permanent failures.
   *
   * @param done - called with each entry as soon as its processing here is over
   */
  make(queued: readonly QueuedPayment[], done: (entry: string) => void): Promise<void>
  /** Moves an entry that cannot be read to the dead letters. Never rejects. */
  reject(entry: UnreadableEntry): Promise<void>
}

/** @param removeEntry - removes an entry from the stream once it is stored in another place */
export function createPaymentMaker(
  deps: PaymentMakerDeps,
  room: string,
  signal: AbortSignal,
  removeEntry: (entry: string, payment: string) => Promise<void>,
): PaymentMaker {
  const context = createMakerContext(deps, room, signal, removeEntry)
  return {
    async make(queued, done) {
      const begun = await beginAll(context, queued)
      await Promise.all(
        queued.map(async (each) => {
          try {
            await makePayment(context, each, begun.get(each.payment.id))
          } catch (error) {
            await noteFailure(context, each, error)
          } finally {
            done(each.entry)
          }
        }),
      )
    },

    async reject({ entry, fields }) {
      try {
        await deadLetterEntry(context, { entry, fields, reason: 'the entry cannot be read', attempts: 1 })
      } catch (error) {
        context.log.error(
          { err: error, entry },
          'an entry that cannot be read could not be dead-lettered; it stays',
        )
      }
    },
  }
}

/** Records the payments in MySQL; those that are too late as expired. */
async function beginAll(
  context: MakerContext,
  queued: readonly QueuedPayment[],
): Promise<Map<string, Begun>> {
  const paymentsOf = (list: readonly QueuedPayment[]) => list.map(({ payment }) => payment)
  await context.untilRecorded?.(queued.map(({ payment }) => payment.id))
  const inTime = paymentsOf(queued.filter(({ entry }) => !isOverdue(context, entry)))
  const overdue = paymentsOf(queued.filter(({ entry }) => isOverdue(context, entry)))
  return new Map([...(await begin(context, inTime)), ...(await begin(context, overdue, NOT_IN_TIME))])
}

async function begin(
  { db, now, untilStored }: MakerContext,
  batch: readonly Payment[],
  expiredBecause?: string,
): Promise<Map<string, Begun>> {
  return await beginTogether(batch, (part) =>
    untilStored(() => beginPayments(db, part, new Date(now()), expiredBecause)),
  )
}
