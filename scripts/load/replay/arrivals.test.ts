import { describe, expect, it } from 'vitest'
import { createRandom } from '../../develop/sandbox-provider/dials.ts'
import { parseSale, spreadArrivals } from './arrivals.ts'

const HEADER = 'second,reservations\n'

describe('a recorded sale', () => {
  it('is read from its CSV', () => {
    expect(parseSale(`${HEADER}0,7\n2,18\n`)).toEqual([
      { second: 0, reservations: 7 },
      { second: 2, reservations: 18 },
    ])
  })

  it('may have a byte order mark, CRLF, spaces and empty lines', () => {
    expect(parseSale('\uFEFFsecond,reservations\r\n\r\n 0 , 7 \r\n')).toEqual([
      { second: 0, reservations: 7 },
    ])
  })

  it.each([
    ['', 'Line 1: the columns must be second,reservations'],
    ['0,7\n', 'Line 1: the columns must be second,reservations'],
    ['second,reservations,more\n0,7,1\n', 'Line 1: the columns must be second,reservations'],
    [`${HEADER}0,7\n1,seven\n`, 'Line 3: reservations must be a whole number from 0 to 1000000, not "seven"'],
    [`${HEADER}0,7\n\n-1,7\n`, 'Line 4: second must be a whole number from 0 to 86400, not "-1"'],
    [`${HEADER}0,1.5\n`, 'Line 2: reservations must be'],
    [`${HEADER}0,\n`, 'Line 2: reservations must be'],
    [`${HEADER}1,7\n1,8\n`, 'Line 3: second 1 comes after second 1'],
    [`${HEADER}0\n`, 'line 2'],
    [`${HEADER}0,"7\n`, 'line 2'],
  ])('that is wrong is refused with the line at fault: %j', (text, message) => {
    expect(() => parseSale(text)).toThrow(message)
  })
})

describe('arrivals', () => {
  const sale = [
    { second: 0, reservations: 3 },
    { second: 5, reservations: 2 },
  ]

  it('are as many in each second as recorded, times over, in order', () => {
    const arrivals = spreadArrivals(sale, 4, createRandom(1))
    expect(Map.groupBy(arrivals, (ms) => Math.floor(ms / 1000))).toSatisfy(
      (bySecond: Map<number, number[]>) => bySecond.get(0)?.length === 12 && bySecond.get(5)?.length === 8,
    )
    expect(arrivals).toEqual(arrivals.toSorted((a, b) => a - b))
  })

  it('are the same for the same seed, and differ for another', () => {
    const arrivals = (seed: number) => spreadArrivals(sale, 1, createRandom(seed))
    expect(arrivals(7)).toEqual(arrivals(7))
    expect(arrivals(7)).not.toEqual(arrivals(8))
  })

  it('are refused when there are none, or too many', () => {
    expect(() => spreadArrivals([{ second: 0, reservations: 0 }], 1, Math.random)).toThrow('no arrivals')
    expect(() => spreadArrivals([{ second: 0, reservations: 2000 }], 1000, Math.random)).toThrow(
      '2000000 fans',
    )
  })
})
