import { expect, it } from 'vitest'
import { addressOf } from './route-path.ts'

it('encodes parameters, so that none can escape its segment of the path', () => {
  expect(addressOf('/rooms/{room}/payments/{payment}', { room: 'fest', payment: '../a b' })).toBe(
    '/api/rooms/fest/payments/..%2Fa%20b',
  )
})

it('appends the query in its order, without undefined values', () => {
  expect(addressOf('/orders', {}, { after: 5, before: undefined, q: 'a&b' })).toBe(
    '/api/orders?after=5&q=a%26b',
  )
})

it('takes a path without parameters as it is', () => {
  expect(addressOf('/check-ins/keys', {})).toBe('/api/check-ins/keys')
})
