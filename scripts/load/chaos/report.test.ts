import { describe, expect, it } from 'vitest'
import type { AuditReport } from '../../operate/audit/report.ts'
import { createFanRecord } from '../replay/fan-record.ts'
import { buildReport, formatJson, formatText } from './report.ts'
import type { ChaosResult } from './run.ts'

const AUDIT: AuditReport = {
  ...{ holds: true, festivals: ['chaos'], withoutRoom: [], notChecked: [], inFlight: 0, invariants: [] },
}

const RUN = { seed: 7, minutes: 1, redis: 'pair' } as const

/** Redis out of memory, from this second on for this long, with or without a recovery. */
function outOfMemory(atMs: number, backMs: number | undefined): ChaosResult['faults'][number] {
  const fault = { group: 'memory', kind: 'redis out of memory', outMs: 1, forMs: 1000 } as const
  return { atMs, fault, came: { backMs } }
}

const killed = (atMs: number): ChaosResult['faults'][number] => ({
  atMs,
  fault: { group: 'gateway', kind: 'gateway killed', gateway: 0, forMs: 1000 },
  came: 'done',
})

function makeResult(change: Partial<ChaosResult> = {}): ChaosResult {
  const fan = (number: number, outcome: 'confirmed' | 'rejected') => ({
    ...createFanRecord(number, `fan-${number}@naru.test`),
    outcome,
    reason: outcome === 'rejected' ? 'sold-out' : undefined,
  })
  return {
    units: 2,
    sold: {
      records: [fan(0, 'confirmed'), fan(1, 'confirmed'), fan(2, 'rejected')],
      collectors: new Set(),
      observed: new Map(),
      passes: new Map(),
      keys: new Map(),
      setbacks: { 'hold pass-ended': 1 },
      bankEndings: { approve: 2 },
      requests: 30,
      retries: 4,
      verify: async () => {},
      close: async () => {},
    },
    faults: [
      { atMs: 1, fault: { group: 'gateway', kind: 'gateway killed', gateway: 0, forMs: 1 }, came: 'done' },
      { atMs: 2, fault: { group: 'gateway', kind: 'gateway killed', gateway: 1, forMs: 1 }, came: 'missed' },
    ],
    surprises: [],
    reconciled: { status: 'nothing left open', findings: {} },
    audit: AUDIT,
    discrepancies: [],
    ...change,
  }
}

describe('the report of a chaos run', () => {
  it('counts fans by outcome and faults by kind, and passes when there are no discrepancies', () => {
    const report = buildReport(RUN, makeResult())
    expect(report).toMatchObject({
      holds: true,
      seed: 7,
      fans: 3,
      outcomes: { confirmed: 2, 'sold-out': 1 },
      faults: { 'gateway killed': { done: 1, missed: 1 } },
    })
    const text = formatText(report)
    expect(text).toContain('Seed 7, 1 min, Redis pair: 3 fans for 2 units')
    expect(text).toContain('Everything held')
    expect(text).toContain('1 more waited for a step that was not reached in time')
  })

  it('states how long the service was unavailable, and marks losses that overlapped another fault', () => {
    const faults = [outOfMemory(0, 2500), outOfMemory(5000, undefined), killed(5500)]
    const report = buildReport(RUN, makeResult({ faults }))
    expect(report.holds).toBe(true)
    const text = formatText(report)
    expect(text).toContain('back after 2.5 s: redis out of memory')
    expect(text).toContain('not back in time, beside another fault: redis out of memory')
  })

  it.each<[string, Partial<ChaosResult>]>([
    ['the audit found something', { audit: { ...AUDIT, holds: false } }],
    ['a payment never came to an end', { audit: { ...AUDIT, inFlight: 1 } }],
    ['Redis does not know the room', { audit: { ...AUDIT, withoutRoom: ['chaos'] } }],
    ['reconciling left something open', { reconciled: { status: 'open', findings: {} } }],
    ['a process ended by itself', { surprises: ['origin-1 ended by itself'] }],
    ['the service was not back after Redis had been lost', { faults: [outOfMemory(0, undefined)] }],
    ['a fan was told something else', { discrepancies: [{ what: 'x', id: 'fan', detail: '' }] }],
  ])('does not hold when %s', (_, change) => {
    const report = buildReport(RUN, makeResult(change))
    expect(report.holds).toBe(false)
    expect(formatText(report)).toContain('Something is broken')
  })

  it('shows the first discrepancies of each kind, and how many there are', () => {
    const discrepancies = Array.from({ length: 9 }, (_, i) => ({ what: 'lost', id: `fan-${i}`, detail: 'd' }))
    const report = buildReport(RUN, makeResult({ discrepancies }))
    expect(report.discrepancies).toMatchObject([{ what: 'lost', count: 9 }])
    expect(report.discrepancies[0]?.first).toHaveLength(5)
    expect(formatText(report)).toContain('BROKEN  lost (9)')
  })

  it('is one line for programs', () => {
    const line = formatJson(buildReport(RUN, makeResult()))
    expect(line.trimEnd().split('\n')).toHaveLength(1)
    expect(JSON.parse(line)).toMatchObject({ seed: 7, holds: true })
  })
})
