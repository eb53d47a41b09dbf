import { describe, expect, it } from 'vitest'
import type { Sale } from '../../../../../shared/api/sale.ts'
import {
  columnsOf,
  nextPollMs,
  originsIn,
  readSamples,
  SAMPLES_MAX,
  type Sample,
  sampleOf,
  soldPerMinute,
  withSample,
} from './live-samples.ts'

const sampleAt = (at: number, more: Partial<Sample> = {}): Sample => ({
  ...{ at, waiting: 0, called: 0, active: 0, held: 0, sold: 0, declined: 0, errors: 0, load: {} },
  ...more,
})

const sale: Sale = {
  ...{
    room: 'r',
    epoch: 1,
    at: '2036-01-01T00:00:00.400Z',
    phase: 'open',
    entries: 9,
    serving: 3,
    waiting: 5,
  },
  draw: { participants: 0, overNetworkLimit: 0, overDomainLimit: 0, awaitsBeacon: false },
  ...{ called: 2, turnsRetained: 0, active: 1, maxActive: 10, version: 1, ratePerSecond: 5, health: 1 },
  ticketTypes: [
    { type: 1, name: 'A', quantity: 10, free: 5, held: 3, sold: 2 },
    { type: 2, name: 'B', quantity: 10, free: 8, held: 1, sold: 1 },
  ],
  origins: [
    {
      ...{ name: 'o1', lastSeenMsAgo: 10, health: 1 },
      load: { loopBusyShare: 0.426, loopDelayMs: 1, processCpuShare: 0, machineCpuShare: 0, queueShare: 0 },
    },
    { name: 'o2', lastSeenMsAgo: 10, health: 1 },
  ],
  payments: {
    ...{ waiting: 0, confirmed: 3, declined: 2, errors: 1 },
    ...{ deadLetters: 0, acceptedLong: 0, chargingLong: 0, refundingLong: 0, reversed: 0 },
  },
}

describe('a sample', () => {
  it('has what charts need, over all tickets and for each origin with a heartbeat', () => {
    expect(sampleOf(sale)).toEqual({
      ...{ at: 2_082_758_400, waiting: 5, called: 2, active: 1, held: 4, sold: 3 },
      ...{ declined: 2, errors: 1, load: { o1: 43 } },
    })
  })
})

describe('samples', () => {
  it('are stored for a quarter of an hour and no longer', () => {
    let samples: readonly Sample[] = []
    for (let at = 0; at < SAMPLES_MAX + 10; at += 1) samples = withSample(samples, sampleAt(at))
    expect(samples).toHaveLength(SAMPLES_MAX)
    expect(samples[0]?.at).toBe(10)
  })

  it('are one a second, and never go back', () => {
    const samples = [sampleAt(1), sampleAt(2, { sold: 1 })]
    expect(withSample(samples, sampleAt(2, { sold: 5 }))).toEqual([sampleAt(1), sampleAt(2, { sold: 5 })])
    expect(withSample(samples, sampleAt(1, { sold: 9 }))).toBe(samples)
  })

  it('are restored after a visit to another page, unless they are outdated or invalid', () => {
    const stored = [sampleAt(100), sampleAt(950), sampleAt(2000)]
    expect(readSamples(JSON.stringify(stored), 1000)).toEqual([sampleAt(950)])
    for (const json of [null, '', '{', '{}', '7', '[1, null, {}]', '[{"at":"x"}]']) {
      expect(readSamples(json, 1000)).toEqual([])
    }
  })
})

describe('columns', () => {
  it('have a row for each sample and a column for each series', () => {
    const samples = [sampleAt(1, { waiting: 7 }), sampleAt(2, { waiting: 8, sold: 1 })]
    expect(columnsOf(samples, [({ waiting }) => waiting, ({ sold }) => sold])).toEqual([
      [1, 2],
      [7, 8],
      [0, 1],
    ])
    expect(columnsOf([], [({ sold }) => sold])).toEqual([[], []])
  })

  it('show a period without samples as a gap', () => {
    const samples = [sampleAt(1), sampleAt(5), sampleAt(60)]
    expect(columnsOf(samples, [({ sold }) => sold])).toEqual([
      [1, 5, 6, 60],
      [0, 0, null, 0],
    ])
  })
})

describe('the pace', () => {
  it('is what was sold in the minute before', () => {
    const samples = [sampleAt(0), sampleAt(30, { sold: 20 }), sampleAt(90, { sold: 50 })]
    expect(soldPerMinute(samples, 2)).toBe(30)
  })

  it('is extrapolated from less than a minute where no more is known', () => {
    const samples = [sampleAt(0), sampleAt(15, { sold: 10 })]
    expect(soldPerMinute(samples, 1)).toBe(40)
    expect(soldPerMinute(samples, 0)).toBeNull()
    expect(soldPerMinute(samples, 2)).toBeNull()
  })

  it('is never negative, when more units come back than go', () => {
    expect(soldPerMinute([sampleAt(0, { sold: 9 }), sampleAt(10, { sold: 4 })], 1)).toBe(0)
  })
})

it('names every origin with a sample', () => {
  expect(originsIn([sampleAt(1, { load: { b: 1 } }), sampleAt(2, { load: { a: 1, b: 2 } })])).toEqual([
    'a',
    'b',
  ])
})

it('polls once a second, and less often after each failure', () => {
  expect([0, 1, 2, 3, 4, 5, 1000].map(nextPollMs)).toEqual([1000, 2000, 4000, 8000, 16_000, 30_000, 30_000])
})
