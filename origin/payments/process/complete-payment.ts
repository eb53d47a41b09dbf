import QuickLRU from 'quick-lru'
import type { Clock } from '../../../shared/runtime/clock.ts'
import { pause } from '../../../shared/runtime/loop.ts'
import type { PaymentStatus } from '../payment.ts'
import type { ReadPayment } from '../payment-reader.ts'
import type { ResolvePaymentResult } from './resolve-payment.ts'

type OfFan = { room: string; payment: string; account: string }

type LeavePaymentResult =
  /** Nothing is charged any more; what it was to pay for is held for another payment. */
  | { status: 'left' }
  /** It does not wait for the fan: its state, as after it was paid. */
  | { status: 'ended'; payment: PaymentStatus }
  /** The provider does not say whether it was paid. */
  | { status: 'unknown' }
  | { status: 'missing' }

/** What a fan who comes back from the provider can do with their payment. */
export type PaymentCompletion = {
  /**
   * Asks the provider what became of what the fan had to do, and returns the payment's state after that. A payment that
   * does not wait for its fan is only read.
   */
  complete(input: OfFan): Promise<PaymentStatus | undefined>
  /** Gives up a payment that waits for its fan. */
  leave(input: OfFan): Promise<LeavePaymentResult>
}

/**
 * An origin asks the provider about one payment at most once in this time, however often its fan requests it: providers
 * limit the requests of an account, which all fans share.
 */
const COMPLETION_INTERVAL_MS = 1000
/** A payment that is forgotten earlier may be looked up once more. */
const RECENT_MAX = 10_000

type CompletionDeps = {
  read: ReadPayment
  resolve: (payment: string) => Promise<ResolvePaymentResult>
  /** Ends a payment that waits for its fan, at the provider first. */
  giveUp: (payment: string) => Promise<ResolvePaymentResult>
  now: Clock
  intervalMs?: number
}

export function createPaymentCompletion(deps: CompletionDeps): PaymentCompletion {
  const { read } = deps
  const resolve = createPaced(deps, deps.resolve)
  const giveUp = createPaced(deps, deps.giveUp)
  return {
    async complete(input) {
      const status = await read(input)
      if (status?.state !== 'action') return status
      await resolve(input.payment)
      return await read(input)
    },
    async leave(input) {
      const status = await read(input)
      if (status === undefined) return { status: 'missing' }
      if (status.state !== 'action') return { status: 'ended', payment: status }
      const left = await giveUp(input.payment)
      if (left.status === 'unknown') return { status: 'unknown' }
      if (left.status === 'ended' && left.state === 'expired') return { status: 'left' }
      const payment = await read(input)
      return payment === undefined ? { status: 'missing' } : { status: 'ended', payment }
    },
  }
}

/**
 * Concurrent requests for one payment share one run; one that comes too soon after it waits, so that it still learns
 * what has happened since.
 */
function createPaced<T>(
  { now, intervalMs = COMPLETION_INTERVAL_MS }: Pick<CompletionDeps, 'now' | 'intervalMs'>,
  run: (payment: string) => Promise<T>,
): (payment: string) => Promise<T> {
  /** Bounded by the number of concurrent requests. */
  const underWay = new Map<string, Promise<T>>()
  const begunAt = new QuickLRU<string, number>({ maxSize: RECENT_MAX })

  async function begin(payment: string): Promise<T> {
    const waitMs = (begunAt.get(payment) ?? 0) + intervalMs - now()
    // A clock that was set back makes nobody wait longer.
    if (waitMs > 0) await pause(Math.min(waitMs, intervalMs))
    begunAt.set(payment, now())
    return await run(payment)
  }

  return (payment) => {
    const running = underWay.get(payment) ?? begin(payment).finally(() => underWay.delete(payment))
    underWay.set(payment, running)
    return running
  }
}
