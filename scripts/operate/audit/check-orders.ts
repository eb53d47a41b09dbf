import type { BasketLine } from '../../../drizzle/schema/purchases.ts'
import type { Facts, OrderFacts, TicketFacts, UnitFacts } from './facts.ts'
import type { Finding, Verdict } from './finding.ts'

/**
 * Invariant 2: a unit belongs to at most one order, and an order owns exactly the units it paid for, with one ticket
 * for each; one that is cancelled owns nothing, and its tickets are void. MySQL is read as one snapshot, so this is exact
 * whatever is in flight.
 */
export function checkOrders({ sales }: Facts): Verdict {
  const { ownedUnits, tickets, orders } = sales
  const live = tickets.filter(({ isVoid }) => !isVoid)
  return {
    checked: { orders: orders.size, units: ownedUnits.length, tickets: tickets.length },
    findings: [
      ...ownersOf(ownedUnits, orders),
      ...checkTickets(ownedUnits, live, orders),
      ...checkVoid(tickets, orders),
      ...checkBaskets(sales),
    ],
  }
}

function ownersOf(units: readonly UnitFacts[], orders: { has(order: string): boolean }): Finding[] {
  return units
    .filter(({ order }) => !orders.has(order))
    .map((unit) => ({
      breach: 'a unit belongs to an order that the festival has not',
      id: nameOf(unit),
      detail: `order ${unit.order}`,
    }))
}

type Orders = ReadonlyMap<string, OrderFacts>

/**
 * Exactly one ticket for every owned unit, of the order that owns it. An order being cancelled owns units without
 * tickets.
 */
function checkTickets(
  units: readonly UnitFacts[],
  tickets: readonly TicketFacts[],
  orders: Orders,
): Finding[] {
  const findings: Finding[] = []
  const left = new Map(units.map((unit) => [nameOf(unit), unit.order]))
  const seen = new Set<string>()
  for (const ticket of tickets) {
    const name = nameOf(ticket)
    const owner = left.get(name)
    const detail = `${name}, order ${ticket.order}`
    if (seen.has(name)) findings.push({ breach: 'a unit has a second ticket', id: ticket.id, detail })
    else if (owner === undefined)
      findings.push({ breach: 'a ticket is of a unit that nobody owns', id: ticket.id, detail })
    else if (owner !== ticket.order) {
      findings.push({
        breach: 'a ticket is of a unit that another order owns',
        id: ticket.id,
        detail: `${detail}, owned by ${owner}`,
      })
    }
    seen.add(name)
  }
  for (const [name, order] of left) {
    if (!seen.has(name) && orders.get(order)?.state !== 'cancelling')
      findings.push({ breach: 'an owned unit has no ticket', id: name, detail: `order ${order}` })
  }
  return findings
}

/** A ticket is void if and only if its order is cancelled or being cancelled. */
function checkVoid(tickets: readonly TicketFacts[], orders: Orders): Finding[] {
  return tickets.flatMap(({ id, order, isVoid }) => {
    const state = orders.get(order)?.state
    if (state === undefined || isVoid === (state !== 'owned')) return []
    const breach = isVoid
      ? 'a ticket is void, and its order stands'
      : 'a ticket of a cancelled order is not void'
    return [{ breach, id, detail: `order ${order}` }]
  })
}

function checkBaskets({ orders, payments, ownedUnits }: Facts['sales']): Finding[] {
  const unitsOf = Map.groupBy(ownedUnits, ({ order }) => order)
  return [...orders].flatMap(([id, order]) => {
    const payment = payments.get(order.payment)
    // An order without a payment breaks invariant 3.
    if (payment === undefined) return []
    const owned = inWords((unitsOf.get(id) ?? []).map(({ type }) => ({ type, quantity: 1 })))
    const paid = inWords(payment.basket)
    const findings: Finding[] = []
    if (order.state === 'cancelled') {
      if (unitsOf.has(id))
        findings.push({ breach: 'a cancelled order owns units', id, detail: `owns ${owned}` })
    } else if (owned !== paid) {
      findings.push({
        breach: 'an order does not own what it paid for',
        id,
        detail: `owns ${owned}, paid for ${paid}`,
      })
    }
    if (order.account !== payment.account) {
      findings.push({ breach: 'an order is not of the account that paid', id, detail: order.account })
    }
    return findings
  })
}

/** A basket in a canonical form, such as `2 of type 1, 1 of type 3`. */
function inWords(basket: readonly BasketLine[]): string {
  const units = new Map<number, number>()
  for (const { type, quantity } of basket) units.set(type, (units.get(type) ?? 0) + quantity)
  const lines = [...units].sort(([a], [b]) => a - b).map(([type, quantity]) => `${quantity} of type ${type}`)
  return lines.length === 0 ? 'nothing' : lines.join(', ')
}

function nameOf({ type, number }: { type: number; number: number }): string {
  return `type ${type} unit ${number}`
}
