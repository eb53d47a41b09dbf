import { describe, expect, it } from 'vitest'
import { clockInZone, days, moment, momentInZone, money, period, zoneName } from './format.ts'

const SEOUL = { timeZone: 'Asia/Seoul' }
const LONDON = { timeZone: 'Europe/London' }
const NEW_YORK = { timeZone: 'America/New_York' }

describe('formatting the times of a festival (M8)', () => {
  it("uses the festival's own zone, whatever zone the server is in", () => {
    const instant = '2027-06-05T21:30:00.000Z'
    expect(moment(instant, LONDON, 'en')).toBe('Sat 5 June 2027, 22:30')
    expect(moment(instant, SEOUL, 'ko')).toBe('2027.06.06(일) 06:30')
    expect(momentInZone(instant, NEW_YORK, 'en')).toBe('Sat 5 June 2027, 17:30 (New York time)')
    expect(momentInZone(instant, NEW_YORK, 'ko')).toBe('2027.06.05(토) 17:30 (뉴욕 시간)')
    expect(clockInZone(instant, LONDON, 'en')).toBe('22:30 (United Kingdom time)')
  })

  it('tells the two apart when clocks show a time twice', () => {
    expect(moment('2027-11-07T05:30:00.000Z', NEW_YORK, 'en')).toBe(
      'Sun 7 November 2027, 01:30 (Eastern Daylight Time)',
    )
    expect(momentInZone('2027-11-07T06:30:00.000Z', NEW_YORK, 'en')).toBe(
      'Sun 7 November 2027, 01:30 (Eastern Standard Time)',
    )
    expect(moment('2027-11-07T05:30:00.000Z', NEW_YORK, 'ko')).toBe(
      '2027.11.07(일) 01:30 (미 동부 하계 표준시)',
    )
  })

  it('names a zone by words that are right all year', () => {
    const name = (timeZone: string) => zoneName('2027-07-01T00:00:00.000Z', { timeZone }, 'en')
    expect(['Europe/Berlin', 'Asia/Kolkata', 'UTC'].map(name)).toEqual([
      'Central European time',
      'India time',
      'UTC',
    ])
  })
})

describe('formatting the days of a festival (M8)', () => {
  it.each([
    ['2027-06-05T09:00:00Z', '2027-06-06T21:00:00Z', 'Sat 5 – Sun 6 June 2027', '2027.06.05(토) – 06.06(일)'],
    [
      '2027-07-31T09:00:00Z',
      '2027-08-01T21:00:00Z',
      'Sat 31 July – Sun 1 August 2027',
      '2027.07.31(토) – 08.01(일)',
    ],
    [
      '2027-12-31T09:00:00Z',
      '2028-01-01T21:00:00Z',
      'Fri 31 December 2027 – Sat 1 January 2028',
      '2027.12.31(금) – 2028.01.01(토)',
    ],
    ['2027-06-05T09:00:00Z', '2027-06-05T21:00:00Z', 'Sat 5 June 2027', '2027.06.05(토)'],
  ])('from %s to %s are written as people write them', (from, to, english, korean) => {
    expect(days(from, to, LONDON, 'en')).toBe(english)
    expect(days(from, to, LONDON, 'ko')).toBe(korean)
  })

  it("counts days in the festival's own zone: a weekend in London does not last until Monday in Seoul", () => {
    const [from, to] = ['2027-06-05T09:00:00Z', '2027-06-06T22:00:00Z']
    expect(days(from, to, LONDON, 'en')).toBe('Sat 5 – Sun 6 June 2027')
    expect(days(from, to, SEOUL, 'en')).toBe('Sat 5 – Mon 7 June 2027')
  })

  it.each([
    ['2027-06-05T17:00:00Z', '2027-06-05T23:00:00Z', 'Sat 5 June 2027', 'until midnight'],
    ['2027-06-05T17:00:00Z', '2027-06-06T04:00:00Z', 'Sat 5 June 2027', 'until five in the morning'],
    ['2027-06-05T22:30:00Z', '2027-06-06T05:00:00Z', 'Sat 5 June 2027', 'from half past eleven to six'],
    ['2027-06-05T23:30:00Z', '2027-06-06T03:00:00Z', 'Sun 6 June 2027', 'after midnight alone'],
    ['2027-06-05T17:00:00Z', '2027-06-06T09:00:00Z', 'Sat 5 – Sun 6 June 2027', 'until ten in the morning'],
  ])('from %s to %s are %s: a night belongs to its evening (%s)', (from, to, words) => {
    expect(days(from, to, LONDON, 'en')).toBe(words)
  })

  it('counts one evening as one day also when clocks are put back in its night', () => {
    const night = ['2027-11-06T22:00:00Z', '2027-11-07T08:00:00Z'] as const
    expect(days(...night, NEW_YORK, 'en')).toBe('Sat 6 November 2027')
    expect(period(...night, NEW_YORK, 'en')).toBe('Sat 6 November 2027, 18:00 – 03:00')
  })

  it('writes the days with the times at which the festival begins and ends', () => {
    expect(period('2027-06-05T17:00:00Z', '2027-06-05T22:00:00Z', LONDON, 'en')).toBe(
      'Sat 5 June 2027, 18:00 – 23:00',
    )
    expect(period('2027-06-05T17:00:00Z', '2027-06-06T21:00:00Z', LONDON, 'ko')).toBe(
      '2027.06.05(토) 18:00 – 2027.06.06(일) 22:00',
    )
    expect(period('2027-11-06T22:00:00Z', '2027-11-07T06:30:00Z', NEW_YORK, 'en')).toBe(
      'Sat 6 November 2027, 18:00 – Sun 7 November 2027, 01:30 (Eastern Standard Time)',
    )
  })
})

describe('formatting amounts of money', () => {
  it.each([
    [180_000, 'KRW', '₩180,000', '180,000원'],
    [0, 'KRW', '₩0', '0원'],
    [1250, 'USD', 'US$12.50', 'US$12.50'],
    [5000, 'JPY', 'JP¥5,000', 'JP¥5,000'],
  ])('of %i %s are written %s in English and %s in Korean', (amountMinor, currency, english, korean) => {
    expect(money(amountMinor, currency, 'en')).toBe(english)
    expect(money(amountMinor, currency, 'ko')).toBe(korean)
  })
})
