import { isDeepStrictEqual } from 'node:util'
import type { PaymentState } from '../../../../drizzle/schema/purchases.ts'
import type { Hold } from '../../../../origin/holds/hold.ts'
import { INVARIANTS } from '../../../operate/audit/evaluate.ts'
import { type Facts, isQuiet } from '../../../operate/audit/facts.ts'
import type { Sale, State } from './model.ts'

const OURS = INVARIANTS.filter(({ number }) => number <= 4)

/** The invariants at every instant, whatever is in flight. Returns the violations, in words. */
export function breachesNow(sale: Sale, state: State, before: State | undefined): string[] {
  // A payment that its worker records after Redis was wiped and built again is in no stream, until reconciling finds it.
  const lost = sale.wasWiped ? new Set<string>() : state.facts.lost
  return [
    ...breachesOf({ ...state.facts, lost, charges: withoutLate(state.facts) }),
    ...checkCharged(state),
    ...checkAccepted(sale, state),
    ...checkShown(state),
    ...checkOrders(sale, state),
    ...(before === undefined ? [] : [...checkPaid(sale, state, before), ...checkOwned(sale, state, before)]),
  ]
}

/** The invariants once nothing is in flight, everything that can expire has, and reconciling has run. */
export function breachesAtEnd(sale: Sale, state: State): string[] {
  return [
    ...breachesOf(state.facts),
    ...checkNothingLeft(state),
    ...checkAnswers(sale, state),
    ...checkCancelled(sale, state),
  ]
}

function checkNothingLeft({ facts, holds, deadLetter }: State): string[] {
  const { after } = facts
  const counted = [...(after?.stock.values() ?? [])].reduce((sum, { held }) => sum + held, 0)
  const left = { holds: holds.size, held: counted, deadLetter: deadLetter.length, stream: after?.stream.size }
  if (isQuiet(facts) && isDeepStrictEqual(left, { holds: 0, held: 0, deadLetter: 0, stream: 0 })) return []
  return [`something is left: ${JSON.stringify(left)}`]
}

/**
 * Every payment that was accepted has an end, and its owner is shown that one. Where Redis was wiped under a process that
 * was about to show an order as confirmed, it may be shown so for as long as Redis remembers payments, though the order
 * was cancelled meanwhile.
 */
function checkAnswers(sale: Sale, { facts: { sales }, shown }: State): string[] {
  return [...sale.accepted].flatMap(([id, { mayBeLost }]) => {
    const ended = sales.payments.get(id)?.state
    if (ended === undefined) return mayBeLost ? [] : [`${id} was accepted, and is not in MySQL`]
    const seen = shown.get(id)?.['state'] ?? ended
    if (seen === ended || (sale.wasWiped && seen === 'confirmed' && ended === 'refunded')) return []
    return [`${id} is shown as ${seen}, and is ${ended}`]
  })
}

function checkCancelled(sale: Sale, { facts: { sales } }: State): string[] {
  return [...sale.cancellations].flatMap(([id, { isConfirmed }]) => {
    const state = sales.orders.get(id)?.state
    return !isConfirmed || state === 'cancelled'
      ? []
      : [`${id} is ${state}, and its owner was told that it is cancelled`]
  })
}

function breachesOf(facts: Facts): string[] {
  return OURS.flatMap(({ number, check }) =>
    check(facts).findings.map(
      ({ breach, id, detail }) => `invariant ${number}: ${breach}: ${id} ${detail ?? ''}`,
    ),
  )
}

/** A charge that appears after its payment was abandoned is found and refunded by reconciling, at the latest. */
function withoutLate({ charges, sales }: Facts): Facts['charges'] {
  return new Map([...(charges ?? [])].filter(([id]) => sales.payments.get(id)?.state !== 'expired'))
}

/** No charge without a durable record. */
function checkCharged({ facts: { charges, sales } }: State): string[] {
  return [...(charges ?? new Map()).keys()]
    .filter((id) => !sales.payments.has(id))
    .map((id) => `${id} was charged, and is not recorded`)
}

/** An accepted payment is in the stream, or in MySQL. */
function checkAccepted(sale: Sale, { facts: { after, sales, deadLetter } }: State): string[] {
  const isStored = (id: string) =>
    sales.payments.has(id) || deadLetter.has(id) || after?.stream.has(id) === true
  return [...sale.accepted]
    .filter(([id, { mayBeLost }]) => !mayBeLost && !isStored(id))
    .map(([id]) => `${id} was accepted and is nowhere`)
}

/**
 * The states in MySQL for a settled state that a fan is shown: MySQL has it first, and differs later only by a refund.
 */
const BEHIND: Record<string, readonly PaymentState[]> = {
  confirmed: ['confirmed', 'refunding', 'refunded'],
  declined: ['declined', 'refunding', 'refunded'],
  expired: ['expired', 'refunding', 'refunded'],
  refunding: ['refunding', 'refunded'],
  refunded: ['refunded'],
}

function checkShown({ shown, facts: { sales } }: State): string[] {
  return [...shown].flatMap(([id, { state = '', order }]) => {
    const recorded = sales.payments.get(id)?.state
    const allowed = BEHIND[state]
    if (allowed === undefined) return []
    if (recorded === undefined || !allowed.includes(recorded))
      return [`${id} is shown as ${state} and is ${recorded}`]
    if (state !== 'confirmed' || (order !== undefined && sales.orders.get(order)?.payment === id)) return []
    return [`${id} is shown as confirmed, and its order is ${order}`]
  })
}

/** A hold becomes one order, and an order stays valid until it is cancelled. */
function checkOrders(sale: Sale, { facts: { sales }, holdOf }: State): string[] {
  const breaches: string[] = []
  const holds = new Set<string>()
  for (const [id, { payment, state }] of sales.orders) {
    const hold = holdOf.get(payment) ?? ''
    if (holds.has(hold)) breaches.push(`${hold} became two orders`)
    holds.add(hold)
    if (state !== 'owned' && !sale.cancellations.has(id))
      breaches.push(`${id} is ${state}, and nobody asked for it`)
  }
  return breaches
}

/** A hold being paid for stays unchanged until MySQL has the payment's outcome. */
function checkPaid(sale: Sale, state: State, before: State): string[] {
  return [...before.holds].flatMap(([id, hold]) => {
    const { payment } = hold
    if (payment === undefined || isDeepStrictEqual(state.holds.get(id), hold)) return []
    const recorded = state.facts.sales.payments.get(payment)?.state
    const isEnded = recorded !== undefined && recorded !== 'charging' && recorded !== 'accepted'
    return isEnded || sale.isWiped ? [] : [`${id} changed while ${payment} is ${recorded}`]
  })
}

/** A fan keeps a hold until it expires, or they release, change or buy it. */
function checkOwned(sale: Sale, state: State, before: State): string[] {
  return [...before.holds].flatMap(([id, hold]) => {
    const isStored = hold.payment !== undefined || hold.expiresAt.getTime() <= sale.now || sale.isWiped
    if (isStored || sale.touched.has(id) || isSameBasket(state.holds.get(id), hold)) return []
    return [`${id} was lost in time`]
  })
}

function isSameBasket(a: Hold | undefined, b: Hold): boolean {
  return isDeepStrictEqual(a?.basket, b.basket) && a?.account === b.account
}
