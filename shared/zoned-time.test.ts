import { describe, expect, it } from 'vitest'
import { aroundGap, instantsOf, isRepeated, readTimeZone, withOffset } from './zoned-time.ts'

const NEW_YORK = 'America/New_York'
const iso = (ms: number) => new Date(ms).toISOString()

describe('the clocks of a time zone (M8)', () => {
  it.each([
    ['Asia/Seoul', '2027-06-05T01:00:00.000Z', '2027-06-05T10:00:00+09:00'],
    ['America/New_York', '2027-11-07T05:30:00.000Z', '2027-11-07T01:30:00-04:00'],
    ['America/New_York', '2027-11-07T06:30:00.000Z', '2027-11-07T01:30:00-05:00'],
    ['Asia/Kathmandu', '2027-01-01T00:00:00.250Z', '2027-01-01T05:45:00.250+05:45'],
    ['UTC', '2027-01-01T00:00:00.000Z', '2027-01-01T00:00:00+00:00'],
  ])('in %s show an instant with their offset: %s', (zone, instant, local) => {
    expect(withOffset(instant, zone)).toBe(local)
    expect(new Date(local).toISOString()).toBe(instant)
  })

  it('show a time once as a rule, twice when they are put back and never when they are put forward', () => {
    expect(instantsOf(Date.parse('2027-07-01T12:00Z'), NEW_YORK).map(iso)).toEqual([
      '2027-07-01T16:00:00.000Z',
    ])
    expect(instantsOf(Date.parse('2027-11-07T01:30Z'), NEW_YORK).map(iso)).toEqual([
      '2027-11-07T05:30:00.000Z',
      '2027-11-07T06:30:00.000Z',
    ])
    expect(instantsOf(Date.parse('2027-03-14T02:30Z'), NEW_YORK)).toEqual([])
  })

  it('give both candidates for a time that they jump over: by the clocks before the jump and after it', () => {
    const around = aroundGap(Date.parse('2027-03-14T02:30Z'), NEW_YORK)
    expect(around.map((ms) => withOffset(iso(ms), NEW_YORK))).toEqual([
      '2027-03-14T01:30:00-05:00',
      '2027-03-14T03:30:00-04:00',
    ])
  })

  it('repeat one hour when they are put back, and no other', () => {
    const at = (instant: string) => isRepeated(Date.parse(instant), NEW_YORK)
    expect(['05:00', '05:59', '06:00', '06:59'].map((time) => at(`2027-11-07T${time}:00.007Z`))).toEqual(
      Array.from({ length: 4 }, () => true),
    )
    expect(at('2027-11-07T04:59:59.000Z')).toBe(false)
    expect(at('2027-11-07T07:00:00.000Z')).toBe(false)
    expect(isRepeated(Date.parse('2027-11-07T05:30:00Z'), 'Asia/Seoul')).toBe(false)
  })

  it('are found by the names of zones, in any case, and by nothing else', () => {
    expect(readTimeZone('america/new_york')).toBe(NEW_YORK)
    for (const none of [
      '',
      'Asia/Nowhere',
      '+09:00',
      'GMT+9',
      'Seoul time',
      `${'A'.repeat(70)}`,
      'Asia/Seoul\n',
    ])
      expect(readTimeZone(none)).toBeUndefined()
  })
})
