import type { PrintedFestival, PrintedOrder } from './print-tickets.ts'

/**
 * What each ticket of an order cost, in minor units by its type. Orders say only what was paid for all, and a type's price
 * may have changed since: it is known for tickets of one type, and of several when today's prices make the same amount.
 */
export function pricesOf(
  order: PrintedOrder,
  festival: PrintedFestival | undefined,
): ReadonlyMap<number, number> {
  const types = new Set(order.tickets.map(({ type }) => type))
  const each = order.amountMinor / order.tickets.length
  if (types.size === 1 && Number.isInteger(each)) return new Map([...types].map((type) => [type, each]))
  const prices = new Map(festival?.ticketTypes.map(({ id, priceMinor }) => [id, priceMinor]))
  const amount = order.tickets.reduce((sum, { type }) => sum + (prices.get(type) ?? Number.NaN), 0)
  return amount === order.amountMinor ? prices : new Map()
}
