import type { Clock } from '../../shared/runtime/clock.ts'
import { hasEnded, type PaymentStatus } from './payment.ts'
import type { PaymentChanges } from './payment-changes.ts'

export type FollowInput = {
  payment: string
  /** How long to wait for a change. */
  waitMs: number
  /** Whether the caller knows this already; without it, the state found at first is known, unless it is final. */
  isKnown: ((status: PaymentStatus) => boolean) | undefined
  /** Aborted when the caller has disconnected. */
  signal: AbortSignal
}

/** `waited` is false when too many callers wait already, and the response is immediate. */
export type FollowResult = { status: PaymentStatus | undefined; waited: boolean }

/**
 * Returns a payment's state as soon as it differs from what the caller knows, or after `waitMs`. Watching begins before
 * the first read, so that no change falls between the two.
 */
export async function followPayment(
  deps: { changes: PaymentChanges; now: Clock; read: () => Promise<PaymentStatus | undefined> },
  { payment, waitMs, isKnown, signal }: FollowInput,
): Promise<FollowResult> {
  const until = deps.now() + waitMs
  const watch = deps.changes.watch(payment)
  if (watch === undefined) return { status: await deps.read(), waited: false }
  try {
    const first = await deps.read()
    const isSame = isKnown ?? (({ state }) => state === first?.state && !hasEnded(state))
    let status = first
    while (status !== undefined && isSame(status)) {
      const leftMs = until - deps.now()
      if (leftMs <= 0 || signal.aborted || watch.closed()) break
      await watch.next(leftMs, signal)
      status = await deps.read()
    }
    return { status, waited: true }
  } finally {
    watch.close()
  }
}
