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

/** Concurrent requests for one payment share one look-up at the provider. */
export function createPaymentCompletion(deps: {
  read: ReadPayment
  resolve: (payment: string) => Promise<ResolvePaymentResult>
  /** Ends a payment that waits for its fan, at the provider first. */
  giveUp: (payment: string) => Promise<ResolvePaymentResult>
}): PaymentCompletion {
  const { read, resolve, giveUp } = deps
  /** Bounded by the number of concurrent requests. */
  const underWay = new Map<string, Promise<ResolvePaymentResult>>()

  async function once(payment: string): Promise<ResolvePaymentResult> {
    const resolving = underWay.get(payment) ?? resolve(payment).finally(() => underWay.delete(payment))
    underWay.set(payment, resolving)
    return await resolving
  }

  return {
    async complete(input) {
      const status = await read(input)
      if (status?.state !== 'action') return status
      await once(input.payment)
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
