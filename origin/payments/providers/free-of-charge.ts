import type { PaymentProvider } from '../provider.ts'

/**
 * Wraps a provider so that free baskets never reach it: they are processed like all payments, and no provider accepts a
 * charge of 0. A charge of 0 always succeeds, so nothing has to be stored for it.
 */
export function freeOfCharge(provider: PaymentProvider): PaymentProvider {
  const { listCharges, findReversals, listReversed } = provider
  return {
    checkout: provider.checkout,
    charge: async (request) =>
      request.amountMinor === 0
        ? { status: 'succeeded', chargeId: `free-${request.key}` }
        : await provider.charge(request),
    findCharge: async (key, request) =>
      request?.amountMinor === 0 ? { status: 'none' } : await provider.findCharge(key, request),
    abandon: async (attempt) =>
      attempt.amountMinor === 0 ? { status: 'abandoned' } : await provider.abandon(attempt),
    refund: async (request) =>
      request.amountMinor === 0 ? { status: 'refunded' } : await provider.refund(request),
    ...(findReversals === undefined
      ? {}
      : { findReversals: (charge) => findReversals.call(provider, charge) }),
    ...(listReversed === undefined
      ? {}
      : { listReversed: (options) => listReversed.call(provider, options) }),
    ...(listCharges === undefined ? {} : { listCharges: (options) => listCharges.call(provider, options) }),
  }
}
