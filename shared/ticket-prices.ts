/**
 * The price of each ticket of an order, in minor units by its type. Orders only record the total paid, and a type's
 * price may have changed since: the price is known for tickets of one type, and for several when today's prices add up
 * to the total.
 */
export function pricesOf(
  order: { amountMinor: number; tickets: readonly { type: number }[] },
  ticketTypes: readonly { id: number; priceMinor: number }[] = [],
): ReadonlyMap<number, number> {
  const types = new Set(order.tickets.map(({ type }) => type))
  const each = order.amountMinor / order.tickets.length
  if (types.size === 1 && Number.isInteger(each)) return new Map([...types].map((type) => [type, each]))
  const prices = new Map(ticketTypes.map(({ id, priceMinor }) => [id, priceMinor]))
  const amount = order.tickets.reduce((sum, { type }) => sum + (prices.get(type) ?? Number.NaN), 0)
  return amount === order.amountMinor ? prices : new Map()
}
