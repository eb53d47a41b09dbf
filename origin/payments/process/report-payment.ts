import { describeFailure, isNonsense } from '../failure.ts'
import type { Payment, ShownState } from '../payment.ts'
import { showPayment } from '../show-payment.ts'
import type { MakerContext } from './maker-context.ts'

/** Logs and counts an unknown outcome. The units stay held until it is known. */
export function noteUnknown(
  { log, countOutcome }: Pick<MakerContext, 'log' | 'countOutcome'>,
  payment: Payment,
  cause: unknown,
): void {
  // Without the cause, whose properties mark a failing provider, which is not what is reported here.
  if (isNonsense(cause)) throw new Error(`the provider's answer is of no use: ${describeFailure(cause)}`)
  log.warn({ err: cause, payment: payment.id }, 'the outcome of a charge is unknown; asking again later')
  countOutcome('unknown')
}

/** Publishes a state to the payment's owner. No step depends on it, and the next published state replaces it. */
export function publishState(
  { redis, log }: Pick<MakerContext, 'redis' | 'log'>,
  payment: Payment,
  state: ShownState,
  reason?: string,
): void {
  showPayment(redis, payment, state, reason).catch((error: unknown) => {
    log.debug({ err: error, payment: payment.id }, 'a state could not be shown')
  })
}
