import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { describeFault, GROUPS, GROUPS_OF, goTogether, LINKS } from './fault.ts'
import { REDIS_KINDS } from './redis.ts'
import { drawSchedule, type Planned } from './schedule.ts'
import { STEP_NAMES } from './steps.ts'

const HOUR_MS = 3_600_000
const options = (seed: number, lastsMs = HOUR_MS) => ({
  seed,
  lastsMs,
  groups: GROUPS,
  origins: 2,
  gateways: 2,
})
const wordsOf = (planned: readonly Planned[]) =>
  planned.map(({ atMs, fault }) => `${atMs} ${describeFault(fault)}`)

describe('a schedule', () => {
  it('is the same for the same seed, and another for another', () => {
    expect(drawSchedule(options(7))).toEqual(drawSchedule(options(7)))
    expect(wordsOf(drawSchedule(options(7)))).not.toEqual(wordsOf(drawSchedule(options(8))))
  })

  it('draws every kind of fault, every step, and every link', () => {
    const faults = drawSchedule(options(1)).map(({ fault }) => fault)
    expect(new Set(faults.map(({ group }) => group))).toEqual(new Set(GROUPS))
    const kinds = new Set(faults.map(({ kind }) => kind))
    expect(kinds.size).toBe(24)
    const steps = faults.flatMap((fault) => (fault.kind === 'origin killed at a step' ? [fault.step] : []))
    expect(new Set(steps)).toEqual(new Set(STEP_NAMES))
    const cut = faults.flatMap((fault) => (fault.kind === 'connections cut half-way' ? [fault.link] : []))
    expect(new Set(cut)).toEqual(new Set(LINKS))
  })

  it('uses only the requested groups', () => {
    const groups = ['gateway', 'provider'] as const
    const faults = drawSchedule({ ...options(1), groups }).map(({ fault }) => fault)
    expect(new Set(faults.map(({ group }) => group))).toEqual(new Set(groups))
  })

  it('has at most two concurrent faults, of compatible groups, which end before the sale', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 0xffff_ffff }),
        fc.double({ min: 0.2, max: 30, noNaN: true }),
        (seed, minutes) => {
          const lastsMs = minutes * 60_000
          const planned = drawSchedule(options(seed, lastsMs))
          for (const one of planned) {
            expect(one.atMs + one.fault.forMs).toBeLessThanOrEqual(lastsMs)
            const beside = planned.filter(
              (other) => other !== one && other.atMs <= one.atMs && other.atMs + other.fault.forMs > one.atMs,
            )
            expect(beside.length).toBeLessThanOrEqual(1)
            for (const { fault } of beside) expect(goTogether(fault.group, one.fault.group)).toBe(true)
          }
        },
      ),
    )
  })

  it("has all faults that the run's Redis supports, and no others", () => {
    for (const kind of REDIS_KINDS) {
      const faults = drawSchedule({ ...options(3), groups: GROUPS_OF[kind] }).map(({ fault }) => fault)
      expect(new Set(faults.map(({ group }) => group))).toEqual(new Set(GROUPS_OF[kind]))
    }
    expect(new Set(REDIS_KINDS.flatMap((kind) => GROUPS_OF[kind]))).toEqual(new Set(GROUPS))
  })

  it('never makes Redis unavailable in two ways at the same time', () => {
    expect(goTogether('wipe', 'failover')).toBe(false)
    expect(goTogether('failover', 'failover')).toBe(false)
    expect(goTogether('failover', 'mysql')).toBe(true)
  })
})
