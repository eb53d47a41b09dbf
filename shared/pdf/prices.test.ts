import { expect, it } from 'vitest'
import { testFestival } from '../testing/catalogue.ts'
import { pricesOf } from './prices.ts'
import type { PrintedOrder } from './print-tickets.ts'

const at = '2030-05-01T01:00:00.000Z'

const orderOf = (amountMinor: number, ...types: number[]): PrintedOrder => ({
  ...{
    number: 'K7MP-3XQ2',
    festival: 'fest',
    amountMinor,
    currency: 'KRW',
    createdAt: at,
    holder: 'Haneul Kim',
    state: 'owned',
  },
  tickets: types.map((type) => ({
    ...{ id: 'ticket', type, typeName: 'A', number: 1, qr: '', typed: '', void: false },
  })),
})

const festivalOf = (...prices: number[]) =>
  testFestival('fest', {
    ticketTypes: prices.map((priceMinor, id) => ({
      ...{ id, name: '', priceMinor, accountLimit: 1, saleFrom: at, saleTo: at, refundUntil: at },
    })),
  })

it('returns the price of each ticket of one type, whatever the type costs now', () => {
  expect(pricesOf(orderOf(3000, 0, 0), festivalOf(9999)).get(0)).toBe(1500)
  expect(pricesOf(orderOf(0, 0), undefined).get(0)).toBe(0)
})

it('returns the prices of tickets of several types while these add up to the amount paid', () => {
  const prices = pricesOf(orderOf(4000, 0, 1, 1), festivalOf(2000, 1000))
  expect([prices.get(0), prices.get(1)]).toEqual([2000, 1000])
  expect(pricesOf(orderOf(4000, 0, 1, 1), festivalOf(2000, 1001)).size).toBe(0)
  expect(pricesOf(orderOf(4000, 0, 7), festivalOf(4000)).size).toBe(0)
  expect(pricesOf(orderOf(4000, 0, 1), undefined).size).toBe(0)
})
