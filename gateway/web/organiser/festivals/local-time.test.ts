import { describe, expect, it } from 'vitest'
import { readTimeZone } from '../../../../shared/zoned-time.ts'
import { fromLocal, toLocal, withSeconds } from './local-time.ts'

describe('local times', () => {
  it.each([
    ['Asia/Seoul', '2027-05-01T10:00:00', '2027-05-01T01:00:00.000Z'],
    ['Asia/Seoul', '2027-01-01T00:00:00', '2026-12-31T15:00:00.000Z'],
    ['Asia/Kathmandu', '2036-02-29T00:15:30', '2036-02-28T18:30:30.000Z'],
    ['America/New_York', '2027-07-01T09:00:00', '2027-07-01T13:00:00.000Z'],
    ['America/New_York', '2027-01-01T09:00:00', '2027-01-01T14:00:00.000Z'],
    ['UTC', '9998-12-31T23:59:59', '9998-12-31T23:59:59.000Z'],
  ])('in %s are instants, there and back: %s', (zone, local, instant) => {
    expect(fromLocal(local, zone)).toBe(instant)
    expect(toLocal(instant, zone)).toBe(local)
  })

  it('that occur twice are the first of the two, unless their offset selects the second', () => {
    expect(fromLocal('2027-11-07T01:30', 'America/New_York')).toBe('2027-11-07T05:30:00.000Z')
    expect(toLocal('2027-11-07T06:30:00.000Z', 'America/New_York')).toBe('2027-11-07T01:30:00-05:00')
    expect(fromLocal('2027-11-07T01:30-05:00', 'America/New_York')).toBe('2027-11-07T06:30:00.000Z')
    expect(fromLocal('2027-11-07T03:30-04:00', 'America/New_York')).toBe('2027-11-07T08:30:00.000Z')
  })

  it('that are skipped are undefined, while the first after them is valid', () => {
    expect(fromLocal('2027-03-14T02:30', 'America/New_York')).toBeUndefined()
    expect(fromLocal('2027-03-14T03:00', 'America/New_York')).toBe('2027-03-14T07:00:00.000Z')
  })

  it.each(['', 'tomorrow', '2027-02-30T10:00', '2027-13-01T10:00', '2027-01-01T24:01', '2027-01-01'])(
    'are undefined when no clock shows them: %s',
    (local) => {
      expect(fromLocal(local, 'Asia/Seoul')).toBeUndefined()
    },
  )

  it('are the same with and without zero seconds', () => {
    expect(withSeconds('2027-05-01T10:00')).toBe('2027-05-01T10:00:00')
    expect(withSeconds('2027-05-01T10:00:07.250')).toBe('2027-05-01T10:00:07')
  })

  it('need an existing time zone', () => {
    expect(readTimeZone('Asia/Seoul')).toBe('Asia/Seoul')
    expect(readTimeZone('Asia/Nowhere')).toBeUndefined()
  })
})
