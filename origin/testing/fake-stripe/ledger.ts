import { randomBytes } from 'node:crypto'
import type { FakeDispute, FakeIntent, FakeRefund } from './fixtures.ts'

/** What the fan entered into the Payment Element, and the intent that it was used for. */
type FakeToken = { paymentMethod: string; intent?: string }

/** What the fake has charged, refunded and disputed. */
export type FakeLedger = {
  tokens: Map<string, FakeToken>
  intents: Map<string, FakeIntent>
  refunds: Map<string, FakeRefund>
  disputes: Map<string, FakeDispute>
}

export function createLedger(): FakeLedger {
  return { tokens: new Map(), intents: new Map(), refunds: new Map(), disputes: new Map() }
}

export function newId(prefix: string): string {
  return `${prefix}_${randomBytes(12).toString('hex')}`
}
