import { randomUUID } from 'node:crypto'
import type { Clock } from '../../../shared/runtime/clock.ts'
import type { Behaviour, Dials } from './dials.ts'
import type { Ledger } from './ledger.ts'
import { type Attempt, createOnce, type Once, type OnceResult } from './once.ts'
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

type Processor = ChargesDeps & { charges: Once<ChargeOrder, ChargeRecord>; reversals: Reversals }

/**
 * The card processor: decides charges and refunds by the dials, once per key, and returns no decision before it is in
 * the ledger on disk. It starts from the ledger's contents.
 */
export function createCharges(deps: ChargesDeps): Charges {
  const charges = createOnce<ChargeOrder, ChargeRecord>(isSameCharge)
  const refunds = createOnce<RefundOrder, RefundRecord>(isSameRefund)
  const reversals = createReversals()
  const processor = { ...deps, charges, reversals }

  for (const record of deps.ledger.records) {
    if (record.kind === 'charge') charges.remember(record.key, record)
    else reversals.note(record)
    if (record.kind === 'refund') {
      refunds.remember(record.key, record)
      reversals.addRefunded(record.chargeKey, record.amountMinor)
    }
  }

  return {
    charge: (key, order) => charges.run(key, order, () => makeCharge(processor, key, order)),
    lookup: (key) => charges.find(key),
    reverse: (order) => makeReversal(processor, order),
    reversals: reversals.of,
    refund: (key, order) => refunds.run(key, order, () => makeRefund(processor, key, order)),
  }
}

/** The refunds and disputes of each charge, and how much of it is refunded or about to be. */
type Reversals = {
  of(chargeKey: string): (RefundRecord | DisputeRecord)[]
  note(record: RefundRecord | DisputeRecord): void
  refundedOf(chargeKey: string): number
  addRefunded(chargeKey: string, amountMinor: number): void
}

function createReversals(): Reversals {
  const refundedMinor = new Map<string, number>()
  const reversed = new Map<string, Map<string, RefundRecord | DisputeRecord>>()
  const refundedOf = (chargeKey: string) => refundedMinor.get(chargeKey) ?? 0
  return {
    of: (chargeKey) => [...(reversed.get(chargeKey)?.values() ?? [])],
    note(record) {
      const ofCharge = reversed.get(record.chargeKey) ?? new Map<string, RefundRecord | DisputeRecord>()
      reversed.set(record.chargeKey, ofCharge.set(record.id, record))
    },
    refundedOf,
    addRefunded(chargeKey, amountMinor) {
      refundedMinor.set(chargeKey, refundedOf(chargeKey) + amountMinor)
    },
  }
}

async function makeCharge(
  processor: Processor,
  key: string,
  order: ChargeOrder,
): Promise<Attempt<ChargeRecord>> {
  const { ledger, now } = processor
  const behaviour = await nextBehaviour(processor)
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
  processor: Processor,
  key: string,
  { chargeKey, amountMinor }: RefundOrder,
): Promise<Attempt<RefundRecord>> {
  const { ledger, now, charges, reversals } = processor
  const charge = await charges.find(chargeKey)
  if (charge === undefined) return { status: 'charge-unknown' }
  const behaviour = await nextBehaviour(processor)
  if (behaviour.fails) return { status: 'failed' }

  // No await from here to the append: concurrent refunds of one charge must see each other.
  const detail = whyNotRefundable(charge, amountMinor, reversals.refundedOf(chargeKey))
  if (detail !== undefined) return { status: 'not-refundable', detail }
  if (ledger.isFull()) return { status: 'ledger-full' }
  reversals.addRefunded(chargeKey, amountMinor)
  const at = new Date(now()).toISOString()
  const made: RefundRecord = { kind: 'refund', id: `re_${randomUUID()}`, key, chargeKey, amountMinor, at }
  await ledger.append(made)
  reversals.note(made)
  return { status: 'made', made, answerLost: behaviour.losesAnswer }
}

async function makeReversal(
  processor: Processor,
  order: OutsideOrder,
): Promise<Attempt<RefundRecord | DisputeRecord>> {
  const { ledger, now, charges, reversals } = processor
  const { chargeKey, amountMinor } = order
  const charge = await charges.find(chargeKey)
  if (charge === undefined) return { status: 'charge-unknown' }
  const isRefund = order.kind === 'refund'
  const detail = whyNotRefundable(charge, amountMinor, isRefund ? reversals.refundedOf(chargeKey) : 0)
  if (detail !== undefined) return { status: 'not-refundable', detail }
  if (ledger.isFull()) return { status: 'ledger-full' }
  const at = new Date(now()).toISOString()
  if (isRefund) reversals.addRefunded(chargeKey, amountMinor)
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
  reversals.note(made)
  return { status: 'made', made, answerLost: false }
}

async function nextBehaviour({ dials, wait }: Processor): Promise<Behaviour> {
  const behaviour = dials.draw()
  if (behaviour.latencyMs >= 1) await wait(behaviour.latencyMs)
  return behaviour
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
