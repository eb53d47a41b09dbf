import { expect, it } from 'vitest'
import { pricesOf } from './ticket-prices.ts'

const orderOf = (amountMinor: number, ...types: number[]) => ({
  amountMinor,
  tickets: types.map((type) => ({ type })),
})

const typesOf = (...prices: number[]) => prices.map((priceMinor, id) => ({ id, priceMinor }))

it('returns the price of each ticket of one type, whatever the type costs now', () => {
  expect(pricesOf(orderOf(3000, 0, 0), typesOf(9999)).get(0)).toBe(1500)
  expect(pricesOf(orderOf(0, 0), undefined).get(0)).toBe(0)
})

it('returns the prices of tickets of several types while these add up to the amount paid', () => {
  const prices = pricesOf(orderOf(4000, 0, 1, 1), typesOf(2000, 1000))
  expect([prices.get(0), prices.get(1)]).toEqual([2000, 1000])
  expect(pricesOf(orderOf(4000, 0, 1, 1), typesOf(2000, 1001)).size).toBe(0)
  expect(pricesOf(orderOf(4000, 0, 7), typesOf(4000)).size).toBe(0)
  expect(pricesOf(orderOf(4000, 0, 1), undefined).size).toBe(0)
})
