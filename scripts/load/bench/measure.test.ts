import { expect, it } from 'vitest'
import { alternate, busyOf, perCpuSecond, ratiosOf, summarise } from './measure.ts'

it('measures in turn, so that all candidates meet the same conditions', async () => {
  const order: string[] = []
  const contender = (name: string) => async () => {
    order.push(name)
    return { value: order.length }
  }
  const measured = await alternate(2, { a: contender('a'), b: contender('b') })
  expect(order).toEqual(['a', 'b', 'a', 'b'])
  expect(measured).toEqual({ a: [{ value: 1 }, { value: 3 }], b: [{ value: 2 }, { value: 4 }] })
})

it.each([
  [[3, 1, 2], { runs: 3, median: 2, min: 1, max: 3 }],
  [[4, 1, 2, 30], { runs: 4, median: 3, min: 1, max: 30 }],
  [[5], { runs: 1, median: 5, min: 5, max: 5 }],
])('summarises %j', (values, summary) => {
  expect(summarise(values)).toEqual(summary)
})

it('has no median of nothing', () => {
  expect(() => summarise([])).toThrow('nothing')
})

it("compares each run with the baseline's run next to it", () => {
  expect(ratiosOf([5, 30], [10, 20])).toEqual([0.5, 1.5])
  expect(() => ratiosOf([5], [10, 20])).toThrow('baseline')
})

it('reports the median utilisation of each side, where it is known', () => {
  const busy = (server: number, redis?: number) => ({
    value: 1,
    busy: { server, client: undefined, redis },
  })
  expect(busyOf([busy(0.9, 0.1), busy(1), busy(0.8, 0.3)])).toEqual({
    server: 0.9,
    client: undefined,
    redis: 0.2,
  })
  expect(busyOf([{ value: 1 }])).toBeUndefined()
})

it('extrapolates from part of a core to a whole one', () => {
  const busy = { server: 0.5, client: 0.1, redis: undefined }
  expect(perCpuSecond([{ value: 100, busy }])).toEqual([{ value: 200, busy }])
  expect(perCpuSecond([{ value: 100, busy }, { value: 100 }])).toBeUndefined()
})
