import { and, asc, eq, gt, inArray, isNotNull, lte, or } from 'drizzle-orm'
import pLimit from 'p-limit'
import type { Database } from '../../../drizzle/database.ts'
import { PAYMENT_STATES, payments } from '../../../drizzle/schema/purchases.ts'
import type { Redis } from '../../../shared/redis/client.ts'
import { ACTIONS_TURN_KEY } from '../../../shared/redis/keys.ts'
import type { Clock } from '../../../shared/runtime/clock.ts'
import type { Logger } from '../../../shared/runtime/log.ts'
import { isOpen } from '../payment.ts'
import type { ResolvePaymentResult } from './resolve-payment.ts'

export type WaitingSweepDeps = {
  db: Database
  now: Clock
  /** Ends a payment whose time is over, at the provider first. */
  end: (payment: string) => Promise<ResolvePaymentResult>
  /** Ends in Redis a payment that MySQL has as settled. */
  finish: (payment: string) => Promise<ResolvePaymentResult>
  countOutcome: (outcome: string) => void
  log: Logger
  rowsMax?: number
  concurrencyMax?: number
}

/** Payments per run; the next run continues after them, so that some that cannot be ended delay no others. */
const ROWS_MAX = 200
const CONCURRENCY_MAX = 8
/** Of all origins together. */
const SWEEP_EVERY_MS = 2000
/** A payment that was settled this recently is being finished by who settled it. */
const SETTLED_REST_MS = 10_000

/** A refund may be pending for days: reconciling asks for it, at longer intervals. */
const ENDED_STATES = PAYMENT_STATES.filter((state) => !isOpen(state) && state !== 'refunding')

/**
 * Ends the payments whose fans did not do in time what the provider asks, and finishes in Redis those that were settled
 * while their origin died or Redis was unavailable: nothing else would find them, since they are in no stream. May run
 * on several origins concurrently.
 */
export function createWaitingSweep(deps: WaitingSweepDeps): () => Promise<void> {
  const { rowsMax = ROWS_MAX, concurrencyMax = CONCURRENCY_MAX } = deps
  let after = ''
  return async () => {
    const rows = await readOverdue(deps.db, { after, at: deps.now(), rowsMax })
    after = rows.length < rowsMax ? '' : (rows.at(-1)?.id ?? '')
    const limit = pLimit(concurrencyMax)
    await Promise.all(rows.map((row) => limit(() => endOne(deps, row))))
  }
}

/** Whether this origin is the one to sweep now, so that only one of them asks the provider. */
export async function takeActionsTurn(redis: Redis, origin: string): Promise<boolean> {
  return (await redis.set(ACTIONS_TURN_KEY, origin, 'PX', SWEEP_EVERY_MS, 'NX')) === 'OK'
}

async function endOne(deps: WaitingSweepDeps, { id, isWaiting }: OverdueRow): Promise<void> {
  try {
    const { status } = await (isWaiting ? deps.end(id) : deps.finish(id))
    deps.countOutcome(status === 'ended' ? 'action-ended' : 'action-unknown')
  } catch (error) {
    deps.countOutcome('action-failed')
    deps.log.warn({ err: error, payment: id }, 'a payment that waits for its fan could not be ended')
  }
}

type OverdueRow = { id: string; isWaiting: boolean }

async function readOverdue(
  db: Database,
  { after, at, rowsMax }: { after: string; at: number; rowsMax: number },
): Promise<OverdueRow[]> {
  const isOverdue = and(eq(payments.state, 'waiting'), lte(payments.actionUntil, new Date(at)))
  const isUnfinished = and(
    inArray(payments.state, ENDED_STATES),
    isNotNull(payments.actionUntil),
    lte(payments.settledAt, new Date(at - SETTLED_REST_MS)),
  )
  const rows = await db
    .select({ id: payments.id, state: payments.state })
    .from(payments)
    .where(and(or(isOverdue, isUnfinished), gt(payments.id, after)))
    .orderBy(asc(payments.id))
    .limit(rowsMax)
  return rows.map(({ id, state }) => ({ id, isWaiting: state === 'waiting' }))
}
