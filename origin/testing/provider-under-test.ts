import { randomUUID } from 'node:crypto'
import type { ChargeRequest, PaymentAction, PaymentProvider } from '../payments/provider.ts'
import { testCharge } from './payments.ts'

/** How an action ends on the other side. */
export type ActionEnd = 'approve' | 'decline' | 'expire'

/** A provider, and the other side's ledger to check it against. */
export type ProviderUnderTest = {
  provider: PaymentProvider
  methods: { good: string; declined: string }
  /** A method that asks the fan for an action of a kind; missing where the provider has none. */
  actionMethod?(kind: PaymentAction['kind']): string
  /** Does what the fan would do; false when nothing waits under the key any more. */
  decide?(key: string, end: ActionEnd): Promise<boolean>
  /** Makes the other side's record of a charge differ from what was requested. */
  misrecord?(key: string, as: { amountMinor: number } | { currency: string }): Promise<void>
  /** Successful charges under a key, in the other side's ledger. */
  countCharges(key: string): Promise<number>
  refundedMinor(key: string): Promise<number>
  /** The next charge: it succeeds and its response is lost; it succeeds too late for us; it fails without effect. */
  nextCharge(fault: 'answer-lost' | 'too-late' | 'fails'): Promise<void>
  /** Ends what `nextCharge` began. */
  recover(): Promise<void>
}

export type OpenProvider = () => Promise<ProviderUnderTest>

export const newRequest = (method: string): ChargeRequest =>
  testCharge({ key: randomUUID(), amountMinor: 132_000, method })
