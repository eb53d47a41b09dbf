import { describe, expect, it } from 'vitest'
import { PAYMENT_STATES } from '../../../drizzle/schema/purchases.ts'
import type { ListedCharge } from '../provider.ts'
import { type ChargedFor, evaluateCharge } from './evaluate-charge.ts'

const CHARGE: ListedCharge = {
  key: 'payment',
  chargeId: 'charge',
  amountMinor: 1000,
  currency: 'KRW',
  status: 'succeeded',
  refundedMinor: 0,
  createdAt: new Date(0),
}
const PAYMENT: ChargedFor = {
  id: 'payment',
  state: 'confirmed',
  amountMinor: 1000,
  currency: 'KRW',
  chargeId: 'charge',
  order: 'order',
  refundedInPartMinor: 0,
}

const judge = (charge: Partial<ListedCharge>, payment: Partial<ChargedFor>) => {
  const wrong = evaluateCharge({ ...CHARGE, ...charge }, { ...PAYMENT, ...payment })
  return wrong === undefined ? 'right' : `${wrong.found}: ${wrong.action}`
}

describe('a charge and its payment', () => {
  it.each([
    ['not given back', 0],
    ['given back in part', 400],
    ['given back', 1000],
  ])('are evaluated in every state, when it was %s', (_, refundedMinor) => {
    const judged = PAYMENT_STATES.map((state) => [
      state,
      judge({ refundedMinor }, { state, ...(state === 'expired' ? { chargeId: null } : {}) }),
    ])
    expect(Object.fromEntries(judged)).toEqual(
      {
        0: {
          accepted: 'right',
          charging: 'right',
          waiting: 'right',
          confirmed: 'right',
          declined: 'charge-of-ended-payment: resolve',
          refunding: 'right',
          refunded: 'charge-of-ended-payment: refund',
          expired: 'charge-of-ended-payment: resolve',
        },
        400: {
          accepted: 'refunded-outside: list',
          charging: 'refunded-outside: list',
          waiting: 'refunded-outside: list',
          confirmed: 'right',
          declined: 'refunded-in-part: list',
          refunding: 'refunded-in-part: list',
          refunded: 'refunded-in-part: list',
          expired: 'refunded-in-part: list',
        },
        1000: {
          accepted: 'refunded-outside: list',
          charging: 'refunded-outside: list',
          waiting: 'refunded-outside: list',
          confirmed: 'right',
          declined: 'right',
          refunding: 'cancellation-unfinished: note-refund',
          refunded: 'right',
          expired: 'right',
        },
      }[refundedMinor],
    )
  })

  it.each([
    ['is right: the cancellation refunds the rest', 400, 'right'],
    ['is listed when more was given back', 401, 'refunded-in-part: list'],
    ['is to be finished when all was given back', 1000, 'cancellation-unfinished: note-refund'],
  ])('of a cancelled order that was refunded in part %s', (_, refundedMinor, expected) => {
    expect(judge({ refundedMinor }, { state: 'refunding', refundedInPartMinor: 400 })).toBe(expected)
  })

  it('are a refund to finish when the payment never became an order', () => {
    const refunding = judge({ refundedMinor: 1000 }, { state: 'refunding', order: null })
    expect(refunding).toBe('refund-unfinished: note-refund')
  })

  it.each([{ amountMinor: 999 }, { currency: 'USD' }])('are listed when it is of %j', (other) => {
    expect(judge(other, {})).toBe('charge-differs: list')
    // A refund of the wrong amount is not issued automatically either.
    expect(judge(other, { state: 'declined' })).toBe('charge-differs: list')
  })

  it.each([
    [{}, 'second-charge: refund'],
    [{ refundedMinor: 1000 }, 'right'],
    [{ refundedMinor: 1 }, 'refunded-in-part: list'],
  ])('are distinguished when the payment names another one, and this has %j', (given, expected) => {
    expect(judge({ chargeId: 'another', ...given }, {})).toBe(expected)
    expect(judge({ chargeId: 'another', ...given }, { state: 'refunded' })).toBe(expected)
  })

  it('are listed when an order exists on a charge that did not succeed', () => {
    expect(judge({ status: 'declined' }, {})).toBe('order-not-charged: list')
    expect(judge({ status: 'declined', chargeId: 'another' }, {})).toBe('right')
    expect(judge({ status: 'declined' }, { state: 'declined', chargeId: null })).toBe('right')
    expect(judge({ status: 'open' }, { state: 'charging', chargeId: null })).toBe('right')
  })
})

describe('an attempt that is open at the provider', () => {
  it('is abandoned when its payment has expired, and left alone while a worker may charge it', () => {
    const judged = PAYMENT_STATES.map((state) => [
      state,
      judge({ status: 'open' }, { state, chargeId: null }),
    ])
    expect(Object.fromEntries(judged)).toMatchObject({
      charging: 'right',
      waiting: 'right',
      declined: 'right',
      expired: 'attempt-left-open: abandon',
    })
  })
})

describe('a charge without a payment', () => {
  it.each([
    [{}, 'charge-without-payment'],
    [{ refundedMinor: 999 }, 'charge-without-payment'],
    [{ refundedMinor: 1000 }, undefined],
    [{ status: 'declined' as const }, undefined],
  ])('is listed unless all of it was refunded: %j', (given, expected) => {
    expect(evaluateCharge({ ...CHARGE, ...given }, undefined)?.found).toBe(expected)
  })
})
