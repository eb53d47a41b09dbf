import { expect, it } from 'vitest'
import type { Summary } from '../../staff.ts'
import type { Scan } from './ticket-scan.ts'
import { createGateStats, type KnownStats } from './ticket-stats.ts'

const iso = (ms: number) => new Date(ms).toISOString()
const row = (id: string, ms: number, undoneAt: string | null = null) => ({
  ...{ id, at: iso(ms), gate: 'North', typeName: 'Day', number: 7, undoneAt },
})
const summaryOf = (atMs: number, inside: number, last: Summary['last'] = []): Summary => ({
  ...{ at: iso(atMs), in: inside, tickets: 100, last },
})
const scanOf = (id: string, ms: number, more: Partial<Scan> = {}): Scan => ({
  ...{ id, festival: 'f', qr: '', gate: 'East', at: iso(ms), hash: id, label: 'Day 8' },
  ...{ state: 'waiting', isUndone: false, ...more },
})

function makeStats(page: Summary, stored?: KnownStats) {
  let now = Date.parse(page.at)
  let last = stored
  const save = (known: KnownStats) => {
    last = known
  }
  const stats = createGateStats({ page, stored, save, nowMs: () => now })
  const pass = (ms: number) => {
    now += ms
  }
  return { stats, pass, stored: () => last }
}

it('M17: counts a check-in and an undo immediately, and not again once the server has counted them', () => {
  const { stats, pass } = makeStats(summaryOf(1000, 5))
  pass(100)
  stats.noteChange(1)
  stats.noteChange(1)
  stats.noteChange(-1)
  expect(stats.read([]).in).toBe(6)
  // Counted before.
  stats.noteSummary(summaryOf(1050, 5))
  expect(stats.read([]).in).toBe(6)
  stats.noteSummary(summaryOf(1200, 6))
  expect(stats.read([]).in).toBe(6)
  // A late response with an older count.
  stats.noteSummary(summaryOf(1050, 5))
  expect(stats.read([]).in).toBe(6)
})

it('M17: counts guests whom this device admitted offline, and lists them among the latest', () => {
  const { stats } = makeStats(summaryOf(9000, 5, [row('a', 3000), row('b', 1000)]))
  const scans = [
    scanOf('c', 2000),
    scanOf('d', 4000, { isUndone: true }),
    scanOf('e', 5000, { verdict: 'already-used' }),
    scanOf('f', 6000, { state: 'conflict' }),
    scanOf('a', 3000, { state: 'sent', isUndone: true }),
  ]
  const read = stats.read(scans)
  expect(read.in).toBe(6)
  expect(read.last.map(({ id, isUndone }) => [id, isUndone])).toEqual([
    ['a', true],
    ['c', false],
    ['b', false],
  ])
  expect(read.last[1]).toMatchObject({ label: 'Day 8', gate: 'East' })
})

it('M17: lists what was just sent until the server has counted it', () => {
  const { stats } = makeStats(summaryOf(9000, 5, [row('a', 3000)]))
  const sent = [scanOf('b', 9500, { state: 'sent' }), scanOf('c', 2000, { state: 'sent' })]
  expect(stats.read(sent).last.map(({ id }) => id)).toEqual(['b', 'a'])
  stats.noteSummary(summaryOf(9600, 6, [row('b', 9500), row('a', 3000)]))
  expect(stats.read(sent).last.map(({ id }) => id)).toEqual(['b', 'a'])
})

it('lists a queued scan once although the server has it, when the response was lost', () => {
  const { stats } = makeStats(summaryOf(9000, 5, [row('a', 3000)]))
  expect(stats.read([scanOf('a', 3000)]).last).toHaveLength(1)
})

it('M17: continues after a reload from what was known before, when the page is an older copy', () => {
  const before = makeStats(summaryOf(2000, 5))
  before.pass(100)
  before.stats.noteChange(1)
  expect(makeStats(summaryOf(1000, 3), before.stored()).stats.read([]).in).toBe(6)
  expect(makeStats(summaryOf(3000, 9), before.stored()).stats.read([]).in).toBe(9)
})
