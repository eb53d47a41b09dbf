import pLimit, { type LimitFunction } from 'p-limit'
import type { Database } from '../../../drizzle/database.ts'
import type { Redis } from '../../../shared/redis/client.ts'
import type { Clock } from '../../../shared/runtime/clock.ts'
import { createGroupCommit } from '../../../shared/runtime/group-commit.ts'
import type { Logger } from '../../../shared/runtime/log.ts'
import type { QueueEmails } from '../../email/queue-emails.ts'
import { entryAt } from '../payment-entry.ts'
import type { PaymentProvider } from '../provider.ts'
import { retryUntilStored } from '../retry-until-stored.ts'
import type { PaymentRecorder } from './payment-recorder.ts'
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

/** What all steps of a room's payments use. */
export type MakerContext = PaymentMakerDeps & {
  room: string
  /** Runs a step, and again while a store is unavailable, for `storeWaitMs` or until the worker stops. */
  untilStored: <T>(step: () => Promise<T>) => Promise<T>
  limitCharges: LimitFunction
  /** Settles a payment in one transaction with all that were charged while the last one ran. */
  settle: (charged: ChargedPayment) => Promise<SettleResult>
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
  return {
    ...deps,
    room,
    log: deps.log.child({ room }),
    untilStored,
    limitCharges: pLimit(deps.chargeConcurrency),
    settle: settling.add,
    removeEntry,
  }
}

/** Whether the charge of a payment may not be begun any more, by the age of its entry. */
export function isOverdue({ now, expireMs }: Pick<MakerContext, 'now' | 'expireMs'>, entry: string): boolean {
  return now() - entryAt(entry) > expireMs
}
