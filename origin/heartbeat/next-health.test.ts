import { describe, expect, it } from 'vitest'
import { type Load, nextHealth } from './next-health.ts'

const limits = { cpuShareMax: 0.7, machineCpuShareMax: 0.9, loopDelayMsMax: 250, queueShareMax: 0.5 }
const idle: Load = {
  loopBusyShare: 0,
  loopDelayMs: 0,
  processCpuShare: 0,
  machineCpuShare: 0,
  queueShare: 0,
}
const quiet: Load = {
  loopBusyShare: 0.3,
  loopDelayMs: 10,
  processCpuShare: 0.15,
  machineCpuShare: 0.3,
  queueShare: 0,
}

describe('the health of an origin', () => {
  it.each([
    ['event loop is busy', { ...quiet, loopBusyShare: 0.77 }],
    ['event loop is late', { ...quiet, loopDelayMs: 275 }],
    ['process takes too much', { ...quiet, processCpuShare: 0.77 }],
    ['machine is busy', { ...quiet, machineCpuShare: 0.99 }],
    ['queue is long', { ...quiet, queueShare: 0.55 }],
  ])('falls in proportion to its excess over a limit when its %s, and never to zero', (_, load) => {
    expect(nextHealth(1, load, limits)).toBeCloseTo(1 / 1.1)
    let health = 1
    for (let second = 0; second < 300; second += 1) health = nextHealth(health, load, limits)
    expect(health).toBeGreaterThanOrEqual(0.001)
    expect(health).toBeLessThan(0.01)
  })

  it('falls by a limited share per step, whatever is measured', () => {
    expect(nextHealth(1, { ...quiet, loopDelayMs: 60_000 }, limits)).toBeCloseTo(0.7)
  })

  it('ignores the load of the host where that is disabled', () => {
    const busyMachine = { ...idle, machineCpuShare: 1 }
    const unconcerned = { ...limits, machineCpuShareMax: Number.POSITIVE_INFINITY }
    expect(nextHealth(0.5, busyMachine, unconcerned)).toBe(nextHealth(0.5, idle, unconcerned))
  })

  it('rises to the full rate and no higher, by smaller steps near a limit', () => {
    expect(nextHealth(0.5, idle, limits)).toBeCloseTo(0.6, 2)
    expect(nextHealth(0.5, { ...idle, loopBusyShare: 0.69 }, limits)).toBeLessThan(0.502)
    expect(nextHealth(0.98, idle, limits)).toBe(1)
    let health = 0.001
    for (let second = 0; second < 40; second += 1) health = nextHealth(health, idle, limits)
    expect(health).toBe(1)
  })
})

/** The load that one called fan causes at the origin, second by second. */
const WORK_SHARES = [0.1, 0.2, 0.3, 0.25, 0.15]

/**
 * A sale with an endless queue: called fans arrive at the origin over the next seconds, and what it cannot process in a
 * second is queued there.
 *
 * @param options.capacity - how many fans a second it can serve, at each second
 */
function simulate(options: {
  ratePerSecond: number
  maxActive: number
  seconds: number
  capacity: (second: number) => number
}): { called: number; busyShare: number }[] {
  const { ratePerSecond, maxActive, seconds, capacity } = options
  const due: number[] = Array.from({ length: seconds + WORK_SHARES.length }, () => 0)
  const history: { called: number; busyShare: number }[] = []
  let [health, waiting] = [1, 0]
  for (let second = 0; second < seconds; second += 1) {
    const inside = waiting + due.slice(second).reduce((sum, people) => sum + people, 0)
    const called = Math.max(Math.min(ratePerSecond * health, maxActive - inside), 0)
    for (const [later, share] of WORK_SHARES.entries())
      due[second + later] = (due[second + later] ?? 0) + called * share
    waiting += due[second] ?? 0
    const served = Math.min(waiting, capacity(second))
    waiting -= served
    const busyShare = served / capacity(second)
    const loopDelayMs = (300 * waiting) / capacity(second)
    history.push({ called, busyShare })
    health = nextHealth(health, { ...idle, loopBusyShare: busyShare, loopDelayMs }, limits)
  }
  return history
}

describe('an origin whose capacity is not configured', () => {
  const PEOPLE_PER_SECOND = 80
  const SETTLED = 120

  it.each([100, 500, 2000])('settles at its limit with a rate of %d a second', (ratePerSecond) => {
    const capacity = () => PEOPLE_PER_SECOND
    const history = simulate({ ratePerSecond, maxActive: 400, seconds: 300, capacity })
    for (const { called, busyShare } of history.slice(SETTLED)) {
      expect(busyShare).toBeGreaterThan(0.6)
      expect(busyShare).toBeLessThan(0.8)
      expect(called).toBeCloseTo(0.7 * PEOPLE_PER_SECOND, -1)
    }
  })

  it('gets fewer calls while it is slow, and as many as before soon after', () => {
    const SLOW = { from: 150, to: 180 }
    const capacity = (second: number) =>
      second >= SLOW.from && second < SLOW.to ? 0.3 * PEOPLE_PER_SECOND : PEOPLE_PER_SECOND
    const history = simulate({ ratePerSecond: 2000, maxActive: 400, seconds: 300, capacity })
    const called = history.map((second) => second.called)
    const before = called[SLOW.from - 1] ?? 0
    const fallen = called.findIndex((people, second) => second >= SLOW.from && people < before / 2)
    const risen = called.findIndex((people, second) => second >= SLOW.to && people > 0.8 * before)
    expect(fallen - SLOW.from).toBeLessThanOrEqual(5)
    expect(risen - SLOW.to).toBeLessThanOrEqual(15)
    for (const { busyShare } of history.slice(SLOW.to)) expect(busyShare).toBeLessThan(0.8)
  })
})
