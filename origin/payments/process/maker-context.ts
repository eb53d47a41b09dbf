import pLimit, { type LimitFunction } from 'p-limit'
import type { Database } from '../../../drizzle/database.ts'
import type { Redis } from '../../../shared/redis/client.ts'
import type { Clock } from '../../../shared/runtime/clock.ts'
import { createGroupCommit } from '../../../shared/runtime/group-commit.ts'
import type { Logger } from '../../../shared/runtime/log.ts'
import type { QueueEmails } from '../../email/queue-emails.ts'
import { isOwnFailure } from '../failure.ts'
import { chargeAttemptOf, type Payment } from '../payment.ts'
import { entryAt } from '../payment-entry.ts'
import type { ActionRequired, PaymentProvider } from '../provider.ts'
import type { RecordedWaiting } from '../recorded-waiting.ts'
import { retryUntilStored } from '../retry-until-stored.ts'
import type { PaymentRecorder } from './payment-recorder.ts'
import { boundedAction, recordWaiting } from './record-waiting.ts'
import { type SettleResult, settleApart } from './settle-apart.ts'
import { type ChargedPayment, settlePayments } from './settle-payments.ts'

export type PaymentMakerDeps = {
  redis: Redis
  db: Database
  provider: PaymentProvider
  now: Clock
  /** The gateway's, to whose pages the provider sends fans back. */
  publicUrl: string
  /** Writes e-mails to buyers; missing where none are sent. */
  queueEmails?: QueueEmails | undefined
  log: Logger
  /** Waits for payments that this process is recording now; missing where it accepts none. */
  untilRecorded?: PaymentRecorder['untilRecorded'] | undefined
  /** Counts payments by how they ended, or why they are still open. */
  countOutcome: (outcome: string) => void
  batchMax: number
  chargeConcurrency: number
  /** Permanent failures after which a payment is moved to the dead letters. */
  attemptsMax: number
  /** Maximum age in the stream at which a charge may still be begun. */
  expireMs: number
  /**
   * A recorded payment expires this long after the last moment at which its charge could be begun, if the provider
   * still does not know it. Longer than a charge may take, including all retries.
   */
  expireMarginMs: number
  rememberSeconds: number
  /** How long a step waits for a store that is unavailable before it leaves its payments in the stream. */
  storeWaitMs: number
}

type ActionOf = { payment: Payment; required: ActionRequired }
type WaitingResult = { recorded: RecordedWaiting | undefined } | { failed: unknown }

/** What all steps of a room's payments use. */
export type MakerContext = PaymentMakerDeps & {
  room: string
  /** Runs a step, and again while a store is unavailable, for `storeWaitMs` or until the worker stops. */
  untilStored: <T>(step: () => Promise<T>) => Promise<T>
  limitCharges: LimitFunction
  /** Settles a payment in one transaction with all that were charged while the last one ran. */
  settle: (charged: ChargedPayment) => Promise<SettleResult>
  /** Records that a payment waits for its fan, with all that do since the last time. */
  recordWaiting: (waiting: ActionOf) => Promise<WaitingResult>
  /** Removes an entry from the stream once it is stored in another place. */
  removeEntry: (entry: string, payment: string) => Promise<void>
}

/** One settling transaction writes at most this many units and tickets. */
const UNITS_PER_BATCH_MAX = 5000

export function createMakerContext(
  deps: PaymentMakerDeps,
  room: string,
  signal: AbortSignal,
  removeEntry: MakerContext['removeEntry'],
): MakerContext {
  const { db, now } = deps
  const untilStored = <T>(step: () => Promise<T>) =>
    retryUntilStored({ now, forMs: deps.storeWaitMs, signal }, step)
  const settling = createGroupCommit<ChargedPayment, SettleResult>(deps.batchMax, (batch) =>
    settleApart(batch, UNITS_PER_BATCH_MAX, (part) =>
      untilStored(() => settlePayments(db, part, new Date(now()), deps.queueEmails)),
    ),
  )
  const recording = createGroupCommit<ActionOf, WaitingResult>(deps.batchMax, (batch) =>
    recordApart(batch, (part) =>
      untilStored(() => {
        const waiting = part.map(({ payment, required }) => ({
          payment,
          required: boundedAction(required, chargeAttemptOf(payment, now)),
        }))
        return recordWaiting(db, waiting, new Date(now()))
      }),
    ),
  )
  return {
    ...deps,
    room,
    log: deps.log.child({ room }),
    untilStored,
    limitCharges: pLimit(deps.chargeConcurrency),
    settle: settling.add,
    recordWaiting: (waiting) => recording.add(waiting),
    removeEntry,
  }
}

/** If values are rejected, one by one, so that an invalid action does not delay the others. */
async function recordApart(
  batch: readonly ActionOf[],
  record: (part: readonly ActionOf[]) => Promise<Map<string, RecordedWaiting>>,
): Promise<WaitingResult[]> {
  try {
    const recorded = await record(batch)
    return batch.map(({ payment }) => ({ recorded: recorded.get(payment.id) }))
  } catch (failed) {
    if (batch.length <= 1 || !isOwnFailure(failed)) return batch.map(() => ({ failed }))
  }
  const results: WaitingResult[] = []
  for (const each of batch) results.push(...(await recordApart([each], record)))
  return results
}

/** Whether the charge of a payment may not be begun any more, by the age of its entry. */
export function isOverdue({ now, expireMs }: Pick<MakerContext, 'now' | 'expireMs'>, entry: string): boolean {
  return now() - entryAt(entry) > expireMs
}
