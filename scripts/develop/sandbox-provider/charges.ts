import { randomUUID } from 'node:crypto'
import type { Clock } from '../../../shared/runtime/clock.ts'
import { type Actions, createActions, openedRecord } from './actions.ts'
import { type ChargeStates, createChargeStates } from './charge-states.ts'
import type { Behaviour, Dials } from './dials.ts'
import type { Ledger } from './ledger.ts'
import { type Attempt, createOnce, type Once, type OnceResult } from './once.ts'
import {
  type Charge,
  type ChargeOrder,
  type ChargeRecord,
  type DisputeRecord,
  isActionMethod,
  type OpenedRecord,
  type OutsideOrder,
  type RefundOrder,
  type RefundRecord,
} from './records.ts'

export type Charges = {
  charge(key: string, order: ChargeOrder): Promise<OnceResult<Charge>>
  /** The charge created under the key. One still being created is waited for, at most as long as the latency cap. */
  lookup(key: string): Promise<Charge | undefined>
  /** Ends a charge that is open, and leaves any other as it is; undefined when there is none. */
  abandon(key: string): Promise<Charge | undefined>
  refund(key: string, order: RefundOrder): Promise<OnceResult<RefundRecord>>
  /** Refunds or disputes a charge as in the provider's dashboard: the shop is not involved. */
  reverse(order: OutsideOrder): Promise<Attempt<RefundRecord | DisputeRecord>>
  /** Refunds and disputes of a charge; of a dispute, its present state. */
  reversals(chargeKey: string): (RefundRecord | DisputeRecord)[]
  actions: Actions
  states: Pick<ChargeStates, 'read' | 'opened' | 'newest'>
}

export type ChargesDeps = {
  ledger: Pick<Ledger, 'records' | 'isFull' | 'append'>
  dials: Pick<Dials, 'draw'>
  now: Clock
  wait: (ms: number) => Promise<unknown>
  /** How long a charge may stay open, whatever its order says. */
  actionMsMax?: number | undefined
}

type Made = OpenedRecord | ChargeRecord
type Processor = ChargesDeps & {
  charges: Once<ChargeOrder, Made>
  states: ChargeStates
  reversals: Reversals
}

/**
 * The card processor: decides charges and refunds by the dials, once per key, and returns no decision before it is in
 * the ledger on disk. It starts from the ledger's contents.
 */
export function createCharges(deps: ChargesDeps): Charges {
  const charges = createOnce<ChargeOrder, Made>(isSameCharge)
  const refunds = createOnce<RefundOrder, RefundRecord>(isSameRefund)
  const states = createChargeStates(deps.now)
  const reversals = createReversals()
  const processor = { ...deps, charges, states, reversals }
  const actions = createActions({ ...deps, states })

  for (const record of deps.ledger.records) {
    if (record.kind === 'charge' || record.kind === 'opened') {
      // The order is in the first record of a key: money may arrive in other amounts.
      if (states.read(record.key) === undefined) charges.remember(record.key, record)
      states.note(record)
    } else reversals.note(record)
    if (record.kind === 'refund') {
      refunds.remember(record.key, record)
      reversals.addRefunded(record.chargeKey, record.amountMinor)
    }
  }

  async function lookup(key: string): Promise<Charge | undefined> {
    await charges.find(key)
    return states.read(key)
  }

  return {
    async charge(key, order) {
      const result = await charges.run(key, order, () => makeCharge(processor, key, order))
      if (result.status !== 'made' && result.status !== 'repeated') return result
      const made = states.read(key)
      if (made === undefined) throw new Error(`The charge ${key} has no state`)
      return { ...result, made }
    },
    lookup,
    async abandon(key) {
      if ((await lookup(key)) === undefined) return undefined
      const ended = await actions.end(key, { outcome: 'declined', reason: 'cancelled' })
      return 'charge' in ended ? ended.charge : states.read(key)
    },
    reverse: (order) => makeReversal(processor, order),
    reversals: reversals.of,
    refund: (key, order) => refunds.run(key, order, () => makeRefund(processor, key, order)),
    actions,
    states,
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

async function makeCharge(processor: Processor, key: string, order: ChargeOrder): Promise<Attempt<Made>> {
  const { ledger, states } = processor
  const behaviour = await nextBehaviour(processor)
  if (behaviour.fails) return { status: 'failed' }
  if (ledger.isFull()) return { status: 'ledger-full' }
  const made = chargeRecord(processor, key, order, behaviour.declines)
  await ledger.append(made)
  states.note(made)
  return { status: 'made', made, answerLost: behaviour.losesAnswer }
}

function chargeRecord(
  { now, actionMsMax = Number.POSITIVE_INFINITY }: ChargesDeps,
  key: string,
  order: ChargeOrder,
  declines: boolean,
): Made {
  const nowMs = now()
  const at = new Date(nowMs).toISOString()
  const { amountMinor, currency, method, reference, until = at } = order
  if (isActionMethod(method)) {
    const end = method === 'deposit' ? (order.depositUntil ?? until) : until
    const endMs = Math.min(Date.parse(end), nowMs + actionMsMax)
    return openedRecord(key, { ...order, method }, { until: new Date(endMs).toISOString(), at })
  }
  const declined = method === 'card-declined' || declines
  return {
    ...{ kind: 'charge', id: `ch_${randomUUID()}`, key, amountMinor, currency, method, reference },
    ...(declined ? { outcome: 'declined', reason: 'card-declined' } : { outcome: 'succeeded' }),
    at,
  }
}

async function makeRefund(
  processor: Processor,
  key: string,
  order: RefundOrder,
): Promise<Attempt<RefundRecord>> {
  const { ledger, now, charges, states, reversals } = processor
  const { chargeKey } = order
  if ((await charges.find(chargeKey)) === undefined) return { status: 'charge-unknown' }
  const behaviour = await nextBehaviour(processor)
  if (behaviour.fails) return { status: 'failed' }

  // No await from here to the append: concurrent refunds of one charge must see each other.
  const charge = states.read(chargeKey)
  if (charge === undefined) return { status: 'charge-unknown' }
  const refundedMinor = reversals.refundedOf(chargeKey)
  const amountMinor = order.amountMinor ?? Math.max(1, charge.amountMinor - refundedMinor)
  const detail = whyNotRefundable(charge, amountMinor, refundedMinor)
  if (detail !== undefined) return { status: 'not-refundable', detail }
  if (ledger.isFull()) return { status: 'ledger-full' }
  reversals.addRefunded(chargeKey, amountMinor)
  const at = new Date(now()).toISOString()
  const made: RefundRecord = {
    ...{ kind: 'refund', id: `re_${randomUUID()}`, key, chargeKey, amountMinor, at },
    ...(order.amountMinor === undefined ? { whole: true } : {}),
  }
  await ledger.append(made)
  reversals.note(made)
  return { status: 'made', made, answerLost: behaviour.losesAnswer }
}

async function makeReversal(
  processor: Processor,
  order: OutsideOrder,
): Promise<Attempt<RefundRecord | DisputeRecord>> {
  const { ledger, now, charges, states, reversals } = processor
  const { chargeKey, amountMinor } = order
  await charges.find(chargeKey)
  const charge = states.read(chargeKey)
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

function whyNotRefundable(charge: Charge, amountMinor: number, refundedMinor: number): string | undefined {
  if (charge.outcome === 'declined') return 'The charge was declined, so there is nothing to refund'
  if (charge.outcome === 'open') return 'The charge is open, so there is nothing to refund'
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

/** An order without an amount, or a record of one, is for all that remained. */
type RefundTerms = RefundOrder & { whole?: true | undefined }

function isSameRefund(a: RefundTerms, b: RefundTerms): boolean {
  if (a.chargeKey !== b.chargeKey) return false
  return isWhole(a) || isWhole(b) ? isWhole(a) === isWhole(b) : a.amountMinor === b.amountMinor
}

function isWhole({ amountMinor, whole }: RefundTerms): boolean {
  return amountMinor === undefined || whole === true
}
