import type { BasketLine } from '../../../drizzle/schema/purchases.ts'
import type { Facts, OrderFacts, RefundFacts, TicketFacts, UnitFacts } from './facts.ts'
import type { Finding, Verdict } from './finding.ts'

/**
 * Invariant 2: a unit belongs to at most one order, and an order owns exactly the units it paid for, with one ticket
 * for each; one that is cancelled owns nothing, and its tickets are void. A ticket that was refunded alone is void, and
 * its unit is the order's until the refund is done. MySQL is read as one snapshot, so this is exact
 * whatever is in flight.
 */
export function checkOrders({ sales }: Facts): Verdict {
  const { ownedUnits, tickets, orders } = sales
  const refunded = refundsByTicket(sales)
  const live = tickets.filter(({ isVoid }) => !isVoid)
  return {
    checked: { orders: orders.size, units: ownedUnits.length, tickets: tickets.length },
    findings: [
      ...ownersOf(ownedUnits, orders),
      ...checkTickets(ownedUnits, live, { orders, withoutTicket: unitsOfPending(sales) }),
      ...checkVoid(tickets, orders, refunded),
      ...checkBaskets(sales),
    ],
  }
}

/** The refunds that made tickets void, by ticket: those that were not refused. */
function refundsByTicket({ refunds }: Facts['sales']): Map<string, RefundFacts> {
  return new Map(
    refunds
      .filter(({ state }) => state !== 'failed')
      .flatMap((refund) => refund.tickets.map(({ id }) => [id, refund] as const)),
  )
}

/** The units of tickets whose refund is not decided: owned, and without a valid ticket. */
function unitsOfPending({ refunds }: Facts['sales']): Set<string> {
  return new Set(
    refunds.filter(({ state }) => state === 'pending').flatMap((refund) => refund.tickets.map(nameOf)),
  )
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
  { orders, withoutTicket }: { orders: Orders; withoutTicket: ReadonlySet<string> },
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
      findings.push({ breach: 'a ticket is of a unit that no order owns', id: ticket.id, detail })
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
    if (!seen.has(name) && orders.get(order)?.state !== 'cancelling' && !withoutTicket.has(name))
      findings.push({ breach: 'an owned unit has no ticket', id: name, detail: `order ${order}` })
  }
  return findings
}

/** A ticket is void if and only if its order is cancelled or being cancelled, or it was refunded alone. */
function checkVoid(
  tickets: readonly TicketFacts[],
  orders: Orders,
  refunded: ReadonlyMap<string, RefundFacts>,
): Finding[] {
  return tickets.flatMap(({ id, order, isVoid }) => {
    const state = orders.get(order)?.state
    const isRefunded = refunded.get(id)?.order === order
    if (state === undefined || isVoid === (state !== 'owned' || isRefunded)) return []
    const breach = isVoid
      ? 'a ticket is void, and its order stands'
      : isRefunded
        ? 'a refunded ticket is not void'
        : 'a ticket of a cancelled order is not void'
    return [{ breach, id, detail: `order ${order}` }]
  })
}

function checkBaskets({ orders, payments, ownedUnits, refunds }: Facts['sales']): Finding[] {
  const returned = Map.groupBy(
    refunds.filter(({ state }) => state === 'done' || state === 'bounced'),
    ({ order }) => order,
  )
  const unitsOf = Map.groupBy(ownedUnits, ({ order }) => order)
  return [...orders].flatMap(([id, order]) => {
    const payment = payments.get(order.payment)
    // An order without a payment breaks invariant 3.
    if (payment === undefined) return []
    const owned = unitsOf.get(id) ?? []
    const refunded = (returned.get(id) ?? []).flatMap(({ tickets }) => tickets)
    const findings = checkOwned({ id, state: order.state }, { owned, refunded, paid: payment.basket })
    if (order.account !== payment.account) {
      findings.push({ breach: 'an order is not of the account that paid', id, detail: order.account })
    }
    return findings
  })
}

/** A cancelled order owns nothing; any other what it paid for, without what was refunded alone. */
function checkOwned(
  { id, state }: { id: string; state: OrderFacts['state'] },
  {
    owned,
    refunded,
    paid,
  }: { owned: readonly UnitFacts[]; refunded: RefundFacts['tickets']; paid: readonly BasketLine[] },
): Finding[] {
  if (state === 'cancelled') {
    if (owned.length === 0) return []
    return [{ breach: 'a cancelled order owns units', id, detail: `owns ${inWords(owned)}` }]
  }
  if (inWords([...owned, ...refunded]) === inWords(paid)) return []
  const more = refunded.length === 0 ? '' : `, ${inWords(refunded)} refunded`
  const detail = `owns ${inWords(owned)}, paid for ${inWords(paid)}${more}`
  return [{ breach: 'an order does not own what it paid for', id, detail }]
}

/** A basket in a canonical form, such as `2 of type 1, 1 of type 3`. */
function inWords(basket: readonly { type: number; quantity?: number }[]): string {
  const units = new Map<number, number>()
  for (const { type, quantity = 1 } of basket) units.set(type, (units.get(type) ?? 0) + quantity)
  const lines = [...units].sort(([a], [b]) => a - b).map(([type, quantity]) => `${quantity} of type ${type}`)
  return lines.length === 0 ? 'nothing' : lines.join(', ')
}

function nameOf({ type, number }: { type: number; number: number }): string {
  return `type ${type} unit ${number}`
}
