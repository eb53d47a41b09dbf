import { expect, it } from 'vitest'
import type { Verdict } from '../../staff-verdict.ts'
import { createScanQueue, type Scanned } from './ticket-queue.ts'

const AT = '2026-07-01T10:00:00.000Z'
const scanOf = (text: string): Scanned => ({ text, confirmed: [], at: AT })
const admitted: Verdict = { result: 'admitted' }

/** A queue whose scans are evaluated when the test resolves them. */
function makeQueue(limits: { queuedMax: number; concurrencyMax: number }) {
  const started: string[] = []
  const told: [string, Verdict['result']][] = []
  const open = new Map<string, { resolve: (verdict: Verdict) => void; reject: (error: Error) => void }>()
  const queue = createScanQueue({
    ...{ ...limits, verdictMs: 60 },
    async evaluate({ text }) {
      started.push(text)
      const answer = new Promise<Verdict>((resolve, reject) => open.set(text, { resolve, reject }))
      return { id: text, verdict: await answer }
    },
    onVerdict: ({ text }, { verdict }) => void told.push([text, verdict.result]),
  })
  return {
    ...{ queue, started, told },
    add: (...texts: string[]) => texts.map((text) => queue.add(scanOf(text))),
    answer: (text: string, verdict = admitted) => open.get(text)?.resolve(verdict),
    fail: (text: string) => open.get(text)?.reject(new Error('no answer')),
  }
}

it('H3: shows verdicts in the order of scanning, whichever is evaluated first', async () => {
  const { add, answer, started, told } = makeQueue({ queuedMax: 10, concurrencyMax: 3 })
  add('a', 'b', 'c', 'd')
  expect(started).toEqual(['a', 'b', 'c'])
  answer('c', { result: 'void' })
  await expect.poll(() => started).toEqual(['a', 'b', 'c', 'd'])
  answer('d')
  answer('b')
  expect(told).toEqual([])
  answer('a')
  await expect.poll(() => told.length).toBe(4)
  expect(told).toEqual([
    ['a', 'admitted'],
    ['b', 'admitted'],
    ['c', 'void'],
    ['d', 'admitted'],
  ])
})

it('H3: evaluates two scans of one ticket one after the other, also when one of them is typed', async () => {
  const { add, answer, started } = makeQueue({ queuedMax: 10, concurrencyMax: 3 })
  add('12-345-ABC123', '12 345 abc123', '12-346-ABC123')
  expect(started).toEqual(['12-345-ABC123', '12-346-ABC123'])
  answer('12-345-ABC123')
  await expect.poll(() => started.at(-1)).toBe('12 345 abc123')
})

it('H3: refuses scans beyond its limit, and accepts them again once there is capacity', async () => {
  const { add, answer, queue, told } = makeQueue({ queuedMax: 2, concurrencyMax: 1 })
  expect(add('a', 'b', 'c')).toEqual([true, true, false])
  answer('a')
  await expect.poll(() => told.length).toBe(1)
  expect(add('d')).toEqual([true])
  expect(queue.size()).toBe(2)
})

it('H3: gives a scan whose evaluating failed a separate verdict, and continues', async () => {
  const { add, answer, fail, told } = makeQueue({ queuedMax: 10, concurrencyMax: 2 })
  add('a', 'b')
  fail('a')
  answer('b')
  await expect
    .poll(() => told)
    .toEqual([
      ['a', 'failed'],
      ['b', 'admitted'],
    ])
})

it('H3: shows each verdict for a while before the next, even if both are ready', async () => {
  const { add, answer, told } = makeQueue({ queuedMax: 10, concurrencyMax: 2 })
  add('a', 'b')
  answer('b')
  answer('a')
  await expect.poll(() => told.length, { interval: 1 }).toBe(1)
  await expect.poll(() => told.length).toBe(2)
})
