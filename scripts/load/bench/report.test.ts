import { expect, it } from 'vitest'
import { type Figure, toLine, toTable } from './report.ts'

const values = (...all: number[]) => all.map((value) => ({ value }))
const polls: Figure = {
  name: 'poll',
  unit: 'requests/s',
  measured: values(47_612.3, 45_000, 48_000),
  baseline: { name: 'bare node:http', measured: values(50_000, 50_000, 50_000) },
  target: 'ratio ≥ 0.90',
  note: 'on one core',
}

it('prints one line per figure for programs', () => {
  const line = toLine(polls)
  expect(line).not.toContain('\n')
  expect(JSON.parse(line)).toEqual({
    name: 'poll',
    value: 47_610,
    unit: 'requests/s',
    baseline: { name: 'bare node:http', value: 50_000, busy: null },
    ratio: { runs: 3, median: 0.9522, min: 0.9, max: 0.96 },
    runs: 3,
    median: 47_610,
    min: 45_000,
    max: 48_000,
    busy: null,
    target: 'ratio ≥ 0.90',
    note: 'on one core',
  })
})

it('prints null where there is no baseline', () => {
  expect(JSON.parse(toLine({ name: 'memory', unit: 'bytes', measured: values(17.4) }))).toMatchObject({
    value: 17.4,
    baseline: null,
    ratio: null,
    target: null,
  })
})

it('prints a table for people with the target next to each figure, and the notes below', () => {
  const busy = { server: 0.994, client: 0.5, redis: undefined }
  const table = toTable('Polls', [polls, { name: 'share', unit: '', measured: [{ value: 0.5, busy }] }])
  expect(table).toMatch(/poll +47,612 +45,000 +48,000 +requests\/s +50,000 bare node:http +0\.952/)
  expect(table).toContain('ratio ≥ 0.90')
  expect(table).toContain('99 % 50 % ?')
  expect(table).toContain('poll: on one core')
})
