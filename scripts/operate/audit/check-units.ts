import type { BasketLine } from '../../../drizzle/schema/purchases.ts'
import { isOpen } from '../../../origin/payments/payment.ts'
import type { Facts, RoomFacts, TypeFacts, TypeStock } from './facts.ts'
import type { Finding, Verdict } from './finding.ts'

/**
 * Invariant 1: for each ticket type, quantity = free + held + sold, in Redis and in MySQL, and both agree. In flight
 * they agree within bounds that close when nothing is: Redis' sold units before ≤ MySQL's owned units ≤ Redis' sold
 * units after and those held by payments; on both sides, units of orders being cancelled are allowed for.
 */
export function checkUnits(facts: Facts): Verdict {
  const { sales, after } = facts
  const units = [...sales.types.values()].reduce((sum, { rows }) => sum + rows, 0)
  return {
    checked: { ticketTypes: sales.types.size, units },
    findings: [
      ...[...sales.types].flatMap(([id, type]) => checkRows(id, type)),
      ...(after === undefined ? [] : [...checkStock(facts, after), ...checkHolds(facts, after)]),
    ],
  }
}

/** A type's rows are numbered 1 to its quantity; the primary key keeps the numbers apart. */
function checkRows(id: number, { quantity, rows, firstNumber, lastNumber }: TypeFacts): Finding[] {
  if (rows === quantity && (rows === 0 || (firstNumber === 1 && lastNumber === quantity))) return []
  return [
    {
      breach: 'the units in MySQL are not 1 to the quantity',
      id: `type ${id}`,
      detail: `quantity ${quantity}, ${rows} rows from ${firstNumber} to ${lastNumber}`,
    },
  ]
}

function checkStock(facts: Facts, after: RoomFacts): Finding[] {
  const { types } = facts.sales
  const held = unitsOf([...after.holds.values()].flatMap(({ basket }) => basket))
  const unknown = [...after.stock.keys(), ...held.keys()].filter((id) => !types.has(id))
  return [
    ...[...new Set(unknown)].map((id) => ({
      breach: 'Redis has a ticket type that MySQL has not',
      id: `type ${id}`,
    })),
    ...[...types].flatMap(([id, type]) => {
      const stock = after.stock.get(id)
      if (stock === undefined) return [{ breach: 'Redis has no stock of a ticket type', id: `type ${id}` }]
      return [...checkSums(id, type, stock, held.get(id) ?? 0), ...checkOwned(facts, id, type.owned, stock)]
    }),
  ]
}

function checkSums(id: number, type: TypeFacts, stock: TypeStock, inHolds: number): Finding[] {
  const { quantity, free, held, sold } = stock
  const findings: Finding[] = []
  const add = (breach: string, detail: string) => findings.push({ breach, id: `type ${id}`, detail })
  const counted = `quantity ${quantity}, free ${free}, held ${held}, sold ${sold}`
  if (![quantity, free, held, sold].every((count) => Number.isSafeInteger(count) && count >= 0)) {
    add('a count in Redis is negative or no whole number', counted)
  }
  if (quantity !== free + held + sold) add('quantity is not free + held + sold in Redis', counted)
  if (quantity !== type.quantity) {
    add('Redis and MySQL have different quantities', `Redis ${quantity}, MySQL ${type.quantity}`)
  }
  if (held !== inHolds) add('what is held is not what the holds hold', `held ${held}, in holds ${inHolds}`)
  return findings
}

function checkOwned(facts: Facts, id: number, owned: number, { sold }: TypeStock): Finding[] {
  const { before, after } = facts
  const soldBefore = before?.stock.get(id)?.sold ?? 0
  const returning = unitsOf(unitsReturning(facts)).get(id) ?? 0
  const least = soldBefore - (unitsOf(unitsMoveToDeadLetters(facts)).get(id) ?? 0) - returning
  const paying = [...(after?.holds.values() ?? [])].filter(({ payment }) => payment !== undefined)
  const most = sold + (unitsOf(paying.flatMap(({ basket }) => basket)).get(id) ?? 0) + returning
  if (owned >= least && owned <= most) return []
  const range = least === most ? `${most}` : `${least} to ${most}, with payments in flight`
  return [
    {
      breach: 'Redis and MySQL disagree on what is sold',
      id: `type ${id}`,
      detail: `Redis ${range}; MySQL ${owned}`,
    },
  ]
}

/** They become free in MySQL first, and in Redis soon after. */
function unitsReturning({ sales, returning }: Facts): BasketLine[] {
  return [...returning].flatMap((order) => {
    const payment = sales.orders.get(order)?.payment
    return payment === undefined ? [] : [...(sales.payments.get(payment)?.basket ?? [])]
  })
}

/** After Redis was lost, a room begins with the units of payments in flight as sold, and without their holds. */
function unitsMoveToDeadLetters({ sales, before, after }: Facts): BasketLine[] {
  const holds = [...(before?.holds.values() ?? []), ...(after?.holds.values() ?? [])]
  const paying = new Set(holds.map(({ payment }) => payment))
  return [...sales.payments].flatMap(([id, { state, basket }]) =>
    isOpen(state) && !paying.has(id) ? basket : [],
  )
}

/**
 * Every hold can end: it has an expiry or, while it is being paid for, a payment that a worker or the organiser will
 * find, or that waits for its fan.
 */
function checkHolds(
  { sales, before, deadLetter, lost }: Facts,
  { holds, expiring, stream }: RoomFacts,
): Finding[] {
  const findings: Finding[] = []
  const hasEnd = (id: string, payment: string) =>
    stream.has(payment) || deadLetter.has(payment) || waits(id, payment)
  // One that began to wait while this was read was being charged when MySQL was, or was not there yet.
  const waits = (id: string, payment: string) => {
    const state = sales.payments.get(payment)?.state
    if (state !== undefined) return isOpen(state) && !lost.has(payment)
    return before !== undefined && before.holds.get(id)?.payment !== payment
  }
  for (const [id, { payment }] of holds) {
    if (!expiring.has(id)) findings.push({ breach: 'a hold has no expiry', id })
    if (payment !== undefined && !hasEnd(id, payment)) {
      findings.push({ breach: 'a hold is kept for a payment that is not in the stream', id: payment })
    }
  }
  for (const id of expiring) {
    if (!holds.has(id)) findings.push({ breach: 'an expiry is of no hold', id })
  }
  return findings
}

function unitsOf(basket: readonly BasketLine[]): Map<number, number> {
  const units = new Map<number, number>()
  for (const { type, quantity } of basket) units.set(type, (units.get(type) ?? 0) + quantity)
  return units
}
