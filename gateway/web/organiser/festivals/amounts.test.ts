import { describe, expect, it } from 'vitest'
import { toMajor, toMinor, toWhole } from './amounts.ts'

describe('an amount', () => {
  it.each([
    ['12.50', 'EUR', 1250],
    ['12.5', 'EUR', 1250],
    ['8', 'EUR', 800],
    ['8.', 'EUR', 800],
    ['1,000', 'EUR', 100_000],
    ['1 234 567.89', 'EUR', 123_456_789],
    ['1\u00a0000', 'KRW', 1000],
    ['70,000', 'KRW', 70_000],
    ['1.234', 'KWD', 1234],
    ['1,234.5', 'KWD', 1_234_500],
  ])('is read from %s in %s', (text, currency, amountMinor) => {
    expect(toMinor(text, currency)).toBe(amountMinor)
  })

  it.each([
    ['12,50', 'EUR'],
    ['1,2', 'EUR'],
    ['1,23,45', 'EUR'],
    ['1,0000', 'KRW'],
    ['1.000,50', 'EUR'],
    ['1,000 000', 'EUR'],
    ['0,500', 'EUR'],
    [',500', 'EUR'],
    ['1000,000', 'EUR'],
    ['1,234', 'KWD'],
    ['12.345', 'EUR'],
    ['12.5', 'KRW'],
    ['-1', 'EUR'],
    ['1e3', 'EUR'],
    ['', 'EUR'],
    ['1,000,000,000', 'KRW'],
  ])('is not guessed from %s in %s', (text, currency) => {
    expect(toMinor(text, currency)).toBeUndefined()
  })

  it('is shown in the form in which it is read', () => {
    for (const [amountMinor, currency] of [
      [5, 'EUR'],
      [1250, 'EUR'],
      [70_000, 'KRW'],
      [1, 'KWD'],
    ] as const) {
      expect(toMinor(toMajor(amountMinor, currency), currency)).toBe(amountMinor)
    }
  })
})

it('of whole units accepts the same groups, and no decimals', () => {
  expect(['100', '1,000', '1 000 000'].map(toWhole)).toEqual([100, 1000, 1_000_000])
  expect(['1,00', '1.0', '1.000', '', 'x', '10000,000'].map(toWhole)).toEqual(Array(6).fill(undefined))
})
