import { expect, it } from 'vitest'
import type { PaymentProvider } from '../provider.ts'
import { freeOfCharge } from './free-of-charge.ts'

const asked: string[] = []
const provider = freeOfCharge({
  charge: async ({ key }) => {
    asked.push(`charge ${key}`)
    return { status: 'declined', reason: 'no' }
  },
  findCharge: async (key) => {
    asked.push(`find ${key}`)
    return { status: 'succeeded', chargeId: 'ch' }
  },
  refund: async ({ key }) => {
    asked.push(`refund ${key}`)
    return { status: 'unknown', cause: undefined }
  },
} satisfies PaymentProvider)
const request = (amountMinor: number) => ({
  ...{ key: 'k', amountMinor, currency: 'KRW', method: 'card', reference: 'k' },
})

it('lets free baskets succeed, and forwards all other charges to the provider', async () => {
  expect(await provider.charge(request(0))).toEqual({ status: 'succeeded', chargeId: 'free-k' })
  expect(await provider.findCharge('k', request(0))).toEqual({ status: 'none' })
  expect(await provider.refund({ key: 'r', chargeKey: 'k', amountMinor: 0 })).toEqual({ status: 'refunded' })
  expect(asked).toEqual([])
  expect(await provider.charge(request(1))).toEqual({ status: 'declined', reason: 'no' })
  expect(await provider.findCharge('k', request(1))).toEqual({ status: 'succeeded', chargeId: 'ch' })
  expect(await provider.findCharge('k')).toEqual({ status: 'succeeded', chargeId: 'ch' })
  expect(await provider.refund({ key: 'r', chargeKey: 'k', amountMinor: 1 })).toMatchObject({
    status: 'unknown',
  })
  expect(asked).toEqual(['charge k', 'find k', 'find k', 'refund r'])
})

it('lists charges only where the provider can', () => {
  expect(provider.listCharges).toBeUndefined()
})
