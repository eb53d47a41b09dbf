import pLimit from 'p-limit'
import type { Database } from '../../../drizzle/database.ts'
import type { Redis } from '../../../shared/redis/client.ts'
import { roomKeys } from '../../../shared/redis/keys.ts'
import type { Clock } from '../../../shared/runtime/clock.ts'
import { createGroupCommit } from '../../../shared/runtime/group-commit.ts'
import type { Logger } from '../../../shared/runtime/log.ts'
import type { QueueEmails } from '../../email/queue-emails.ts'
import { describeFailure, isNonsense, isOwnFailure } from '../failure.ts'
import { chargeRequestOf, isOpen, type Payment, type ShownState } from '../payment.ts'
import { entryAt, fieldsOf, type QueuedPayment, type UnreadableEntry } from '../payment-entry.ts'
import type { ChargeOutcome, PaymentProvider } from '../provider.ts'
import { refundPayment } from '../refund-payment.ts'
import { retryUntilStored } from '../retry-until-stored.ts'
import { showPayment } from '../show-payment.ts'
import { abandonCharge } from './abandon-charge.ts'
import { beginPayment } from './begin-payment.ts'
import { type Begun, beginTogether } from './begin-together.ts'
import { evaluateDecline } from './declines.ts'
import { finishPayment, type PaymentEnd } from './finish-payment.ts'
import { moveToDeadLetters } from './move-to-dead-letters.ts'
import type { PaymentRecorder } from './payment-recorder.ts'
import { beginPayments, expirePayment, NOT_HELD, NOT_IN_TIME } from './record-payments.ts'
import { type SettleResult, settleApart } from './settle-apart.ts'
import { type ChargedPayment, type SettledPayment, settlePayments } from './settle-payments.ts'

/** Permanent failures after which a payment is moved to the dead letters. */
export const PAYMENT_ATTEMPTS_MAX = 12

export type PaymentMakerDeps = {
  redis: Redis
  db: Database
  provider: PaymentProvider
  now: Clock
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

/** One settling transaction writes at most this many units and tickets. */
const UNITS_PER_BATCH_MAX = 5000

/** Why a payment expires whose request MySQL has under another payment: Redis had lost that one. */
const ACCEPTED_TWICE = 'its request was accepted before, as another payment'

/** @param removeEntry - removes an entry from the stream once it is stored in another place */
export function createPaymentMaker(
  deps: PaymentMakerDeps,
  room: string,
  signal: AbortSignal,
  removeEntry: (entry: string, payment: string) => Promise<void>,
): PaymentMaker {
  const { redis, db, provider, now, countOutcome } = deps
  const log = deps.log.child({ room })
  const limitCharges = pLimit(deps.chargeConcurrency)
  const untilStored = <T>(step: () => Promise<T>) =>
    retryUntilStored({ now, forMs: deps.storeWaitMs, signal }, step)

  const settling = createGroupCommit<ChargedPayment, SettleResult>(deps.batchMax, (batch) =>
    settleApart(batch, UNITS_PER_BATCH_MAX, (part) =>
      untilStored(() => settlePayments(db, part, new Date(now()), deps.queueEmails)),
    ),
  )

  return {
    async make(queued, done) {
      const begun = await beginAll(queued)
      await Promise.all(
        queued.map(async (each) => {
          try {
            await makeOne(each, begun.get(each.payment.id))
          } catch (error) {
            await noteFailure(each, error)
          } finally {
            done(each.entry)
          }
        }),
      )
    },

    async reject({ entry, fields }) {
      try {
        await giveUpOn({ entry, fields, reason: 'the entry cannot be read', attempts: 1 })
      } catch (error) {
        log.error({ err: error, entry }, 'an entry that cannot be read could not be dead-lettered; it stays')
      }
    },
  }

  async function beginAll(queued: readonly QueuedPayment[]): Promise<Map<string, Begun>> {
    const paymentsOf = (list: readonly QueuedPayment[]) => list.map(({ payment }) => payment)
    await deps.untilRecorded?.(queued.map(({ payment }) => payment.id))
    const inTime = paymentsOf(queued.filter(({ entry }) => !isOverdue(entry)))
    const overdue = paymentsOf(queued.filter(({ entry }) => isOverdue(entry)))
    return new Map([...(await begin(inTime)), ...(await begin(overdue, NOT_IN_TIME))])
  }

  async function begin(batch: readonly Payment[], expiredBecause?: string): Promise<Map<string, Begun>> {
    return await beginTogether(batch, (part) =>
      untilStored(() => beginPayments(db, part, new Date(now()), expiredBecause)),
    )
  }

  async function makeOne(queued: QueuedPayment, begun: Begun | undefined): Promise<void> {
    const { payment } = queued
    if (begun === undefined) return end(queued, { payment, state: 'expired', reason: ACCEPTED_TWICE })
    if ('failed' in begun) throw begun.failed
    const { state, again } = begun
    if (!isOpen(state)) return end(queued, { payment, ...begun, state })
    await chargeAndSettle(queued, again)
  }

  /**
   * A payment without a hold in Redis is not charged: it was read before Redis was lost. While its hold may be restored
   * with its room (origin/rooms/restore-payments.ts) it waits; otherwise it expires.
   */
  async function chargeAndSettle(queued: QueuedPayment, again: boolean): Promise<void> {
    const { entry, payment } = queued
    const begun = await untilStored(() => beginPayment(redis, payment))
    if (begun === 'lost' && !isOverdue(entry)) return countOutcome('lost')
    if (begun === 'gone' && !again) return withdraw(queued)
    const outcome = await limitCharges(() => charge(queued, { again, mayBegin: begun === 'begun' }))
    if (outcome.status === 'none') return isOverdue(entry) ? giveUp(queued) : countOutcome('lost')
    if (outcome.status === 'unknown') return wait(payment, outcome.cause)
    if (outcome.status === 'succeeded') show(payment, 'paid')
    await settle(queued, outcome)
  }

  /** No charge of it was begun, and none will be. */
  async function withdraw(queued: QueuedPayment): Promise<void> {
    const { payment } = queued
    const isGivenUp = await untilStored(() => expirePayment(db, payment.id, new Date(now()), NOT_HELD))
    if (!isGivenUp) return countOutcome('lost')
    await end(queued, { payment, state: 'expired', reason: NOT_HELD })
  }

  async function settle(queued: QueuedPayment, outcome: ChargedPayment['outcome']): Promise<void> {
    const { payment } = queued
    const result = await settling.add({ payment, outcome })
    if (result.status === 'failed') throw result.error
    if (result.settled === undefined) throw new Error('a recorded payment is not in MySQL')
    await end(queued, result.settled)
  }

  /**
   * A payment that may have been attempted before is looked up first. `none`: it has not been charged, and it is too
   * late to begin, or not allowed.
   */
  async function charge(
    { entry, payment }: QueuedPayment,
    { again, mayBegin }: { again: boolean; mayBegin: boolean },
  ): Promise<ChargeOutcome | { status: 'none' }> {
    const request = chargeRequestOf(payment)
    if (again) {
      const found = await provider.findCharge(payment.id, request)
      if (found.status !== 'none') return found
    }
    if (!mayBegin || isOverdue(entry)) return { status: 'none' }
    return provider.charge(request)
  }

  function isOverdue(entry: string): boolean {
    return now() - entryAt(entry) > deps.expireMs
  }

  /**
   * No worker begins the charge any more. Once one that was begun at the last moment must have reached the provider,
   * and the provider does not know it, the payment has expired. Should it be charged nevertheless (a worker stalled
   * between its check of the clock and its request), settling finds the payment expired and refunds it.
   */
  async function giveUp(queued: QueuedPayment): Promise<void> {
    const { entry, payment } = queued
    if (now() - entryAt(entry) <= deps.expireMs + deps.expireMarginMs) return countOutcome('overdue')
    const found = await provider.findCharge(payment.id, chargeRequestOf(payment))
    if (found.status === 'unknown') return wait(payment, found.cause)
    if (found.status !== 'none') return countOutcome('overdue')
    await untilStored(() => expirePayment(db, payment.id, new Date(now())))
    const left = await untilStored(() => abandonCharge({ db, provider }, payment))
    if (left.status === 'succeeded') return settle(queued, left)
    if (left.status === 'unknown') {
      log.warn({ err: left.cause, payment: payment.id }, 'an attempt stays open until reconciling finds it')
      countOutcome('not-abandoned')
    }
    const recorded = (await untilStored(() => beginPayments(db, [payment], new Date(now())))).get(payment.id)
    if (recorded === undefined || isOpen(recorded.state)) return countOutcome('overdue')
    await end(queued, { payment, ...recorded, state: recorded.state })
  }

  /** The units stay held until the outcome is known. */
  function wait(payment: Payment, cause: unknown): void {
    // Without the cause, whose properties mark a failing provider, which is not what is reported here.
    if (isNonsense(cause)) throw new Error(`the provider's answer is of no use: ${describeFailure(cause)}`)
    log.warn({ err: cause, payment: payment.id }, 'the outcome of a charge is unknown; asking again later')
    countOutcome('unknown')
  }

  async function end(queued: QueuedPayment, settled: SettledPayment): Promise<void> {
    const ended = await endOf(settled)
    if (ended === undefined) return countOutcome('unknown-refund')
    if (ended.state === 'declined') {
      ended.decline = await untilStored(() => evaluateDecline(db, queued.payment, new Date(now())))
      if (ended.decline.endsTurn) countOutcome('turn-ended')
    }
    await untilStored(() => finishPayment(redis, queued, ended, deps.rememberSeconds))
    // The payment of a cancelled order; Redis may have lost that state.
    if (settled.orderId !== undefined && settled.state !== 'confirmed') show(settled.payment, settled.state)
    countOutcome(ended.state)
  }

  async function endOf(settled: SettledPayment): Promise<PaymentEnd | undefined> {
    const { state, orderId } = settled
    // Its order was cancelled meanwhile: the hold was sold, and the cancellation refunds the money and frees the units.
    if (orderId !== undefined) return { state: 'confirmed', orderId }
    return state === 'refunding' ? await refund(settled) : { ...settled, state }
  }

  async function refund({ payment, reason }: SettledPayment): Promise<PaymentEnd | undefined> {
    log.error({ payment: payment.id, reason }, 'a charge has to be given back')
    show(payment, 'refunding', reason)
    const refunded = await refundPayment({ db, provider }, payment)
    if (refunded.status === 'refunded')
      return { state: 'refunded', ...(reason === undefined ? {} : { reason }) }
    wait(payment, refunded.cause)
    return undefined
  }

  /** No step depends on it, and the next published state replaces it. */
  function show(payment: Payment, state: ShownState, reason?: string): void {
    showPayment(redis, payment, state, reason).catch((error: unknown) => {
      log.debug({ err: error, payment: payment.id }, 'a state could not be shown')
    })
  }

  /** Only permanent failures count towards the dead letters: an unavailable store affects no single payment. */
  async function noteFailure({ entry, payment }: QueuedPayment, error: unknown): Promise<void> {
    const own = isOwnFailure(error)
    countOutcome(own ? 'failed' : 'delayed')
    log[own ? 'error' : 'warn'](
      { err: error, payment: payment.id },
      'a payment could not be ended; it will be tried again',
    )
    if (!own) return
    try {
      const key = roomKeys(room).payment(payment.id)
      const attempts = await redis.paymentFailed(key, deps.rememberSeconds)
      if (attempts < deps.attemptsMax) return
      await giveUpOn({ entry, fields: fieldsOf(payment), reason: describeFailure(error), attempts })
    } catch (failure) {
      log.error(
        { err: failure, payment: payment.id },
        'a payment could not be dead-lettered; it stays in the stream',
      )
    }
  }

  async function giveUpOn(deadLetter: {
    entry: string
    fields: Record<string, string>
    reason: string
    attempts: number
  }): Promise<void> {
    await moveToDeadLetters(db, { room, at: new Date(now()), ...deadLetter })
    await removeEntry(deadLetter.entry, deadLetter.fields['payment'] ?? '')
    countOutcome('dead-letter')
    log.error(
      { entry: deadLetter.entry, reason: deadLetter.reason },
      'a payment was dead-lettered for the organiser',
    )
  }
}
