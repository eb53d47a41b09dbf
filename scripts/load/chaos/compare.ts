import type { PaymentState } from '../../../drizzle/schema/purchases.ts'
import type { FanRecord, Outcome } from '../replay/fan-record.ts'
import { comparePasses } from './compare-passes.ts'
import type { Discrepancy } from './discrepancy.ts'
import type { ObservedPayment } from './observer.ts'
import type { ObservedPass } from './pass-observer.ts'
import type { StoredState } from './stored-state.ts'

export type CompareOptions = {
  records: readonly FanRecord[]
  observed: ReadonlyMap<string, ObservedPayment>
  passes: ReadonlyMap<string, ObservedPass>
  /** Payments that were returned for one Idempotency-Key. */
  keys: ReadonlyMap<string, ReadonlySet<string>>
  stored: StoredState
  /** The room's limit of live passes. */
  maxActive: number
  /** Addresses of fans who buy more than once; all others want one ticket. */
  collectors: ReadonlySet<string>
}

/** Compares what fans were told with MySQL and the provider's ledger. Empty when everything matches. */
export function compare(options: CompareOptions): Discrepancy[] {
  return [
    ...compareFans(options),
    ...comparePayments(options),
    ...compareKeys(options),
    ...compareLimits(options),
    ...comparePasses(options.passes, options.maxActive),
  ]
}

type Owned = StoredState['orders'][number]

function compareFans({ records, collectors, stored }: CompareOptions): Discrepancy[] {
  const ordersOf = Map.groupBy(stored.orders, ({ email }) => email)
  const retainedOf = new Map<string, string[]>()
  for (const [id, { email }] of stored.payments) {
    if ((stored.charged.get(id)?.retainedMinor ?? 0) > 0)
      retainedOf.set(email, [...(retainedOf.get(email) ?? []), id])
  }
  return records.flatMap((record) => {
    const { email } = record
    const owned = (ordersOf.get(email) ?? []).filter(({ state }) => state === 'owned')
    const retained = retainedOf.get(email) ?? []
    if (collectors.has(email))
      return [...withId(email, brokenWays(record)), ...compareRetained(email, owned, retained)]
    return [
      ...compareOwned(record, owned),
      ...compareChargedOnce(email, retained),
      ...compareRetained(email, owned, retained),
    ]
  })
}

function withId(id: string, found: readonly Found[]): Discrepancy[] {
  return found.map(([what, detail]) => ({ what, id, detail }))
}

function compareOwned(record: FanRecord, owned: readonly Owned[]): Discrepancy[] {
  const { email: id, outcome } = record
  const show = owned.map((each) => `${each.id} (${each.tickets.length} tickets)`).join(', ') || 'nothing'
  const found: Found[] = [...brokenWays(record)]
  if (owned.length > 1) found.push(['a fan owns more than one order', show])
  if (outcome === 'confirmed') found.push(...compareConfirmed(record, owned, show))
  if (EMPTY_HANDED.includes(outcome) && owned.length > 0) {
    found.push([`a fan who was told "${record.reason ?? outcome}" owns an order`, show])
  }
  return withId(id, found)
}

const EMPTY_HANDED: readonly Outcome[] = ['rejected', 'declined', 'refunded']

function compareConfirmed(record: FanRecord, [order]: readonly Owned[], show: string): Found[] {
  if (order === undefined || order.id !== record.orderId) {
    return [
      ['a fan who was told "confirmed" does not own that order', `told ${record.orderId}, owns ${show}`],
    ]
  }
  if (hasExactly(order, record.tickets)) return []
  return [['a fan who was told "confirmed" does not own exactly their tickets', `owns ${show}`]]
}

function brokenWays({ outcome, error }: FanRecord): Found[] {
  if (outcome === 'under-way' || outcome === 'stopped') return [['a fan was left in the middle', outcome]]
  if (error === undefined || outcome === 'refunded') return []
  return outcome === 'confirmed'
    ? [['a confirmed fan does not see what they own', inWords(error)]]
    : [['a fan saw an error that is not theirs', inWords(error)]]
}

/** Tickets are unknown when the fan was told of the order and could not see it then, which is reported separately. */
function hasExactly(order: Owned, observed: FanRecord['tickets']): boolean {
  if (order.units !== order.tickets.length) return false
  return (
    observed.length === 0 ||
    (observed.length === order.tickets.length && observed.every(({ id }) => order.tickets.includes(id)))
  )
}

function compareChargedOnce(id: string, retained: readonly string[]): Discrepancy[] {
  return retained.length > 1 ? [{ what: 'a fan was charged twice', id, detail: retained.join(', ') }] : []
}

function compareRetained(id: string, owned: readonly Owned[], retained: readonly string[]): Discrepancy[] {
  const paidFor = new Set(owned.map(({ payment }) => payment))
  const inVain = retained.filter((payment) => !paidFor.has(payment))
  const found: Discrepancy[] = []
  if (inVain.length > 0)
    found.push({ what: 'a fan was charged without an order', id, detail: inVain.join(', ') })
  for (const order of owned) {
    if (!retained.includes(order.payment)) {
      found.push({ what: 'a fan owns an order that was not charged', id, detail: order.id })
    }
  }
  return found
}

function compareKeys({ keys }: CompareOptions): Discrepancy[] {
  return [...keys].flatMap(([id, payments]) => {
    const what = 'one Idempotency-Key was answered with several payments'
    return payments.size > 1 ? [{ what, id, detail: [...payments].join(' and ') }] : []
  })
}

function compareLimits({ stored }: CompareOptions): Discrepancy[] {
  return stored.owned.flatMap(({ email: id, type, units, limit }) => {
    const detail = `${units} of ticket type ${type}, at most ${limit}`
    return units > limit ? [{ what: 'an account owns more than its limit', id, detail }] : []
  })
}

function comparePayments({ observed, stored }: CompareOptions): Discrepancy[] {
  const orderOf = new Map(stored.orders.map((order) => [order.payment, order.id]))
  return [...observed].flatMap(([id, what]) => {
    const state = stored.payments.get(id)?.state
    const charges = stored.charged.get(id)?.charges ?? 0
    const found = [
      ...contradictions(what),
      ...[...what.orders]
        .filter((order) => order !== orderOf.get(id))
        .map((order) => ['a payment was answered with an order that it is not', order] as const),
      ...[...what.ends]
        .filter((end) => end !== state)
        .map((end) => ['a payment ended otherwise than told', `told ${end}, is ${state}`] as const),
      ...(state !== undefined && what.ends.size === 0
        ? [['a fan was never told how a payment ended', `is ${state}`] as const]
        : []),
      ...(state === undefined ? unrecorded(charges) : recorded(state, charges, what.isDenied)),
    ]
    return found.map(([breach, detail]) => ({ what: breach, id, detail }))
  })
}

type Found = readonly [what: string, detail: string]

function contradictions({ ends, orders }: ObservedPayment): Found[] {
  const found: Found[] = []
  if (ends.size > 1) found.push(['a payment was answered with two different ends', [...ends].join(' and ')])
  if (orders.size > 1) found.push(['a payment was answered with two orders', [...orders].join(' and ')])
  return found
}

const UNDER_WAY: readonly PaymentState[] = ['accepted', 'charging', 'waiting', 'refunding']

function recorded(state: PaymentState, charges: number, isDenied: boolean): Found[] {
  const found: Found[] = []
  if (charges > 1) found.push(['a payment was charged twice', `${charges} charges`])
  if (isDenied) found.push(['a fan was told that there is no such payment, and there is', state])
  if (UNDER_WAY.includes(state)) found.push(['a payment never came to an end', state])
  return found
}

/** An accepted payment is in MySQL before its fan is told, whatever Redis loses. */
function unrecorded(charges: number): Found[] {
  return [['a payment that was accepted is gone', `${charges} charges`]]
}

function inWords({ step, status, code, detail }: NonNullable<FanRecord['error']>): string {
  return [step, status, code, detail]
    .filter((part) => part !== undefined)
    .join(' ')
    .slice(0, DETAIL_CHARACTERS_MAX)
}

const DETAIL_CHARACTERS_MAX = 400
