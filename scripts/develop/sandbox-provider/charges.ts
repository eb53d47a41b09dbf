import { randomUUID } from 'node:crypto'
import type { Clock } from '../../../shared/runtime/clock.ts'
import type { Behaviour, Dials } from './dials.ts'
import type { Ledger } from './ledger.ts'
import { type Attempt, createOnce, type OnceResult } from './once.ts'
import type {
  ChargeOrder,
  ChargeRecord,
  DisputeRecord,
  OutsideOrder,
  RefundOrder,
  RefundRecord,
} from './records.ts'

export type Charges = {
  charge(key: string, order: ChargeOrder): Promise<OnceResult<ChargeRecord>>
  /** The charge created under the key. One still being created is waited for, at most as long as the latency cap. */
  lookup(key: string): Promise<ChargeRecord | undefined>
  refund(key: string, order: RefundOrder): Promise<OnceResult<RefundRecord>>
  /** Refunds or disputes a charge as in the provider's dashboard: the shop is not involved. */
  reverse(order: OutsideOrder): Promise<Attempt<RefundRecord | DisputeRecord>>
  /** Refunds and disputes of a charge; of a dispute, its present state. */
  reversals(chargeKey: string): (RefundRecord | DisputeRecord)[]
}

export type ChargesDeps = {
  ledger: Pick<Ledger, 'records' | 'isFull' | 'append'>
  dials: Pick<Dials, 'draw'>
  now: Clock
  wait: (ms: number) => Promise<unknown>
}

/**
 * The card processor: decides charges and refunds by the dials, once per key, and returns no decision before it is in
 * the ledger on disk. It starts from the ledger's contents.
 */
export function createCharges({ ledger, dials, now, wait }: ChargesDeps): Charges {
  const charges = createOnce<ChargeOrder, ChargeRecord>(isSameCharge)
  const refunds = createOnce<RefundOrder, RefundRecord>(isSameRefund)
  const refundedMinor = new Map<string, number>()

  const reversed = new Map<string, Map<string, RefundRecord | DisputeRecord>>()

  for (const record of ledger.records) {
    if (record.kind === 'charge') charges.remember(record.key, record)
    else noteReversal(record)
    if (record.kind === 'refund') {
      refunds.remember(record.key, record)
      refundedMinor.set(record.chargeKey, refundedOf(record.chargeKey) + record.amountMinor)
    }
  }

  async function makeCharge(key: string, order: ChargeOrder): Promise<Attempt<ChargeRecord>> {
    const behaviour = await nextBehaviour()
    if (behaviour.fails) return { status: 'failed' }
    if (ledger.isFull()) return { status: 'ledger-full' }
    const { amountMinor, currency, method, reference } = order
    const declined = method === 'card-declined' || behaviour.declines
    const made: ChargeRecord = {
      kind: 'charge',
      id: `ch_${randomUUID()}`,
      key,
      amountMinor,
      currency,
      method,
      reference,
      ...(declined ? { outcome: 'declined', reason: 'card-declined' } : { outcome: 'succeeded' }),
      at: new Date(now()).toISOString(),
    }
    await ledger.append(made)
    return { status: 'made', made, answerLost: behaviour.losesAnswer }
  }

  async function makeRefund(
    key: string,
    { chargeKey, amountMinor }: RefundOrder,
  ): Promise<Attempt<RefundRecord>> {
    const charge = await charges.find(chargeKey)
    if (charge === undefined) return { status: 'charge-unknown' }
    const behaviour = await nextBehaviour()
    if (behaviour.fails) return { status: 'failed' }

    // No await from here to the append: concurrent refunds of one charge must see each other.
    const detail = whyNotRefundable(charge, amountMinor, refundedOf(chargeKey))
    if (detail !== undefined) return { status: 'not-refundable', detail }
    if (ledger.isFull()) return { status: 'ledger-full' }
    refundedMinor.set(chargeKey, refundedOf(chargeKey) + amountMinor)
    const at = new Date(now()).toISOString()
    const made: RefundRecord = { kind: 'refund', id: `re_${randomUUID()}`, key, chargeKey, amountMinor, at }
    await ledger.append(made)
    noteReversal(made)
    return { status: 'made', made, answerLost: behaviour.losesAnswer }
  }

  async function makeReversal(order: OutsideOrder): Promise<Attempt<RefundRecord | DisputeRecord>> {
    const { chargeKey, amountMinor } = order
    const charge = await charges.find(chargeKey)
    if (charge === undefined) return { status: 'charge-unknown' }
    const isRefund = order.kind === 'refund'
    const detail = whyNotRefundable(charge, amountMinor, isRefund ? refundedOf(chargeKey) : 0)
    if (detail !== undefined) return { status: 'not-refundable', detail }
    if (ledger.isFull()) return { status: 'ledger-full' }
    const at = new Date(now()).toISOString()
    if (isRefund) refundedMinor.set(chargeKey, refundedOf(chargeKey) + amountMinor)
    const made: RefundRecord | DisputeRecord = isRefund
      ? {
          ...{ kind: 'refund', id: `re_${randomUUID()}`, key: `outside-${randomUUID()}` },
          ...{ chargeKey, amountMinor, at },
        }
      : {
          ...{ kind: 'dispute', id: order.id ?? `dp_${randomUUID()}` },
          ...{ chargeKey, amountMinor, status: order.status, at },
        }
    await ledger.append(made)
    noteReversal(made)
    return { status: 'made', made, answerLost: false }
  }

  function noteReversal(record: RefundRecord | DisputeRecord): void {
    const ofCharge = reversed.get(record.chargeKey) ?? new Map<string, RefundRecord | DisputeRecord>()
    reversed.set(record.chargeKey, ofCharge.set(record.id, record))
  }

  async function nextBehaviour(): Promise<Behaviour> {
    const behaviour = dials.draw()
    if (behaviour.latencyMs >= 1) await wait(behaviour.latencyMs)
    return behaviour
  }

  function refundedOf(chargeKey: string): number {
    return refundedMinor.get(chargeKey) ?? 0
  }

  return {
    charge: (key, order) => charges.run(key, order, () => makeCharge(key, order)),
    lookup: (key) => charges.find(key),
    reverse: makeReversal,
    reversals: (chargeKey) => [...(reversed.get(chargeKey)?.values() ?? [])],
    refund: (key, order) => refunds.run(key, order, () => makeRefund(key, order)),
  }
}

function whyNotRefundable(
  charge: ChargeRecord,
  amountMinor: number,
  refundedMinor: number,
): string | undefined {
  if (charge.outcome === 'declined') return 'The charge was declined, so there is nothing to refund'
  const leftMinor = charge.amountMinor - refundedMinor
  if (amountMinor <= leftMinor) return undefined
  return `Of the charge's ${charge.amountMinor}, ${refundedMinor} is refunded and ${leftMinor} is left; ${amountMinor} is more`
}

function isSameCharge(a: ChargeOrder, b: ChargeOrder): boolean {
  return (
    a.amountMinor === b.amountMinor &&
    a.currency === b.currency &&
    a.method === b.method &&
    a.reference === b.reference
  )
}

function isSameRefund(a: RefundOrder, b: RefundOrder): boolean {
  return a.chargeKey === b.chargeKey && a.amountMinor === b.amountMinor
}
