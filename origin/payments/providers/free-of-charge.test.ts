import { expect, it } from 'vitest'
import { testCharge } from '../../testing/payments.ts'
import type { PaymentProvider } from '../provider.ts'
import { freeOfCharge } from './free-of-charge.ts'
import { SANDBOX_CHECKOUT } from './sandbox.ts'

const asked: string[] = []
const provider = freeOfCharge({
  checkout: SANDBOX_CHECKOUT,
  charge: async ({ key }) => {
    asked.push(`charge ${key}`)
    return { status: 'declined', reason: 'no' }
  },
  findCharge: async (key) => {
    asked.push(`find ${key}`)
    return { status: 'succeeded', chargeId: 'ch' }
  },
  abandon: async ({ key }) => {
    asked.push(`abandon ${key}`)
    return { status: 'abandoned' }
  },
  refund: async ({ key }) => {
    asked.push(`refund ${key}`)
    return { status: 'unknown', cause: undefined }
  },
} satisfies PaymentProvider)
const request = (amountMinor: number) => testCharge({ key: 'k', amountMinor })
const refund = (amountMinor: number) => ({ key: 'r', chargeKey: 'k', amountMinor, currency: 'KRW' })

it('lets free baskets succeed, and forwards all other charges to the provider', async () => {
  expect(await provider.charge(request(0))).toEqual({ status: 'succeeded', chargeId: 'free-k' })
  expect(await provider.findCharge('k', request(0))).toEqual({ status: 'none' })
  expect(await provider.refund(refund(0))).toEqual({ status: 'refunded' })
  expect(await provider.abandon(request(0))).toEqual({ status: 'abandoned' })
  expect(asked).toEqual([])
  expect(await provider.charge(request(1))).toEqual({ status: 'declined', reason: 'no' })
  expect(await provider.findCharge('k', request(1))).toEqual({ status: 'succeeded', chargeId: 'ch' })
  expect(await provider.findCharge('k')).toEqual({ status: 'succeeded', chargeId: 'ch' })
  expect(await provider.abandon(request(1))).toEqual({ status: 'abandoned' })
  expect(await provider.refund(refund(1))).toMatchObject({
    status: 'unknown',
  })
  expect(asked).toEqual(['charge k', 'find k', 'find k', 'abandon k', 'refund r'])
})

it('lists charges only where the provider can', () => {
  expect(provider.listCharges).toBeUndefined()
})
