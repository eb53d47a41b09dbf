import type { Redis } from 'ioredis'
import pLimit from 'p-limit'
import type { Database } from '../../drizzle/database.ts'
import type { Clock } from '../../shared/clock.ts'
import { createGroupCommit } from '../../shared/group-commit.ts'
import type { Logger } from '../../shared/log.ts'
import { pause } from '../../shared/loop.ts'
import { finishPayment, type PaymentEnd } from './finish-payment.ts'
import { createInFlight } from './in-flight.ts'
import type { Payment } from './payment.ts'
import { createPaymentStream, type QueuedPayment, type StreamBatch } from './payment-stream.ts'
import type { ChargeOutcome, PaymentProvider } from './provider.ts'
import { type RecordedPayment, recordPayments } from './record-payments.ts'
import { refundPayment } from './refund-payment.ts'
import { type ChargedPayment, type SettledPayment, settlePayments } from './settle-payments.ts'

export type PaymentWorkerDeps = {
  redis: Redis
  /** Opens a connection that this worker alone uses to wait for payments, and closes itself. */
  openBlockingRedis: () => Redis
  db: Database
  provider: PaymentProvider
  now: Clock
  log: Logger
  /** Counts payments by how they ended, or why they are still open. */
  countOutcome: (outcome: string) => void
  /** Its name in the consumer group. */
  consumer: string
  batchMax: number
  chargesAtOnceMax: number
  /** How long an entry rests before someone takes it up again. Longer than the provider's timeout. */
  retryMs: number
  rememberSeconds: number
}

export type PaymentWorker = {
  /** Ends reading and waits for what is under way; what is not finished by then stays in the stream. */
  stop(): Promise<void>
}

const BLOCK_MS_MAX = 1000
const AFTER_FAILURE_MS = 500

/**
 * Makes the payments of one room: read what is there → record it in MySQL → charge, concurrently → settle all that
 * was charged meanwhile in one transaction → finish in Redis → acknowledge. Whatever fails on the way leaves its
 * entry in the stream, where it is taken up again after `retryMs` by any worker. Every step may be repeated.
 */
export function startPaymentWorker(deps: PaymentWorkerDeps, room: string): PaymentWorker {
  const { redis, db, provider, now, countOutcome } = deps
  const log = deps.log.child({ room })
  const blockingRedis = deps.openBlockingRedis()
  const stream = createPaymentStream({ redis, blockingRedis, room, consumer: deps.consumer })
  const inFlight = createInFlight(deps.chargesAtOnceMax + deps.batchMax)
  const limitCharges = pLimit(deps.chargesAtOnceMax)
  const stopping = new AbortController()

  const settling = createGroupCommit<ChargedPayment, SettledPayment | undefined>(
    deps.batchMax,
    async (batch) => {
      const settled = await settlePayments(db, batch, new Date(now()))
      return batch.map(({ payment }) => settled.get(payment.id))
    },
  )

  let reclaimAt = 0
  /** How far this consumer's own leftovers have been read; undefined once there are no more. */
  let ownAfter: string | undefined = '0'
  const ended = run()
  return {
    async stop() {
      stopping.abort()
      blockingRedis.disconnect()
      await ended
      await inFlight.idle()
    },
  }

  async function run(): Promise<void> {
    let ready = false
    while (!stopping.signal.aborted) {
      try {
        if (!ready) await stream.ensure()
        ready = true
        await inFlight.roomFor(1)
        takeUp(await readSome())
      } catch (error) {
        if (stopping.signal.aborted) return
        log.warn({ err: error }, 'payments cannot be read; trying again')
        ready = false
        await pause(AFTER_FAILURE_MS, stopping.signal)
      }
    }
  }

  /** What this worker had under way when it was killed comes first, then what others left; then waits for new ones. */
  async function readSome(): Promise<StreamBatch> {
    const countMax = Math.min(deps.batchMax, inFlight.room())
    if (ownAfter !== undefined) {
      const own = await stream.readOwn(countMax, ownAfter)
      ownAfter = own.last
      if (own.last !== undefined) return own
    }
    if (now() >= reclaimAt) {
      const left = await stream.reclaim(countMax, deps.retryMs)
      if (left.last !== undefined) return left
      reclaimAt = now() + deps.retryMs / 4
    }
    return stream.readNew(countMax, Math.min(BLOCK_MS_MAX, deps.retryMs / 4))
  }

  function takeUp({ queued, unreadable }: StreamBatch): void {
    for (const entry of unreadable) log.error({ entry }, 'a payment in the stream cannot be read')
    // An entry that rested too long may still be under way here.
    const mine = queued.filter(({ entry }) => !inFlight.has(entry))
    if (mine.length === 0) return
    for (const { entry } of mine) inFlight.add(entry)
    void makeAll(mine)
  }

  async function makeAll(queued: readonly QueuedPayment[]): Promise<void> {
    const recorded = await recordAll(queued.map(({ payment }) => payment))
    await Promise.all(
      queued.map(async (each) => {
        try {
          await make(each, recorded.get(each.payment.id))
        } catch (error) {
          countOutcome('failed')
          log.error(
            { err: error, payment: each.payment.id },
            'a payment could not be finished; it will be taken up again',
          )
        } finally {
          inFlight.delete(each.entry)
        }
      }),
    )
  }

  /** One statement for all; if that fails, one for each, so that one bad payment does not hold up the rest. */
  async function recordAll(batch: readonly Payment[]): Promise<Map<string, RecordedPayment>> {
    const at = new Date(now())
    try {
      return await recordPayments(db, batch, at)
    } catch (error) {
      log.error({ err: error, payments: batch.length }, 'payments could not be recorded together')
    }
    const recorded = new Map<string, RecordedPayment>()
    for (const payment of batch) {
      try {
        for (const [id, state] of await recordPayments(db, [payment], at)) recorded.set(id, state)
      } catch (error) {
        log.error({ err: error, payment: payment.id }, 'a payment could not be recorded')
      }
    }
    return recorded
  }

  async function make(queued: QueuedPayment, recorded: RecordedPayment | undefined): Promise<void> {
    const { payment } = queued
    if (recorded === undefined) return countOutcome('unrecorded')
    if (recorded.state !== 'charging') return end(queued, { payment, ...recorded, state: recorded.state })

    const outcome = await limitCharges(() => charge(payment, recorded.again))
    if (outcome.status === 'unknown') {
      log.warn(
        { err: outcome.cause, payment: payment.id },
        'the outcome of a charge is unknown; asking again later',
      )
      return countOutcome('unknown')
    }
    const settled = await settling.add({ payment, outcome })
    if (settled === undefined) throw new Error('a recorded payment is not in MySQL')
    await end(queued, settled)
  }

  /** A payment that may have been tried before is asked about first. */
  async function charge(payment: Payment, again: boolean): Promise<ChargeOutcome> {
    if (again) {
      const found = await provider.findCharge(payment.id)
      if (found.status !== 'none') return found
    }
    return provider.charge({
      key: payment.id,
      amountMinor: payment.amountMinor,
      currency: payment.currency,
      method: payment.method,
      reference: payment.id,
    })
  }

  async function end(queued: QueuedPayment, settled: SettledPayment): Promise<void> {
    const ended = settled.state === 'refunding' ? await refund(settled) : { ...settled, state: settled.state }
    if (ended === undefined) return countOutcome('unknown-refund')
    await finishPayment(redis, queued, ended, deps.rememberSeconds)
    countOutcome(ended.state)
  }

  async function refund(settled: SettledPayment): Promise<PaymentEnd | undefined> {
    log.error({ payment: settled.payment.id }, 'a charged payment found no unit; giving the money back')
    const refunded = await refundPayment({ db, provider }, settled.payment)
    if (!refunded) return undefined
    return { state: 'refunded', ...(settled.reason === undefined ? {} : { reason: settled.reason }) }
  }
}
