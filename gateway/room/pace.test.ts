import { describe, expect, it } from 'vitest'
import { createPaceMeter, type Pace } from './pace.ts'

const TICK_MS = 250

/** A small generator of numbers in [0, 1), the same every time (mulberry32, Tommy Ettinger, 2017). */
function createRandom(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296
  }
}

/** Moves a queue for this many seconds, by `calls` for each tick. Returns the last pace and position. */
function run(
  seconds: number,
  calls: (second: number) => number,
  meter = createPaceMeter(),
  from = 0,
  start = -1,
) {
  let serving = start
  let carried = 0
  let pace: Pace | undefined
  for (let at = from * 1000; at <= (from + seconds) * 1000; at += TICK_MS) {
    carried += (calls(at / 1000) * TICK_MS) / 1000
    const whole = Math.floor(carried)
    serving += whole
    carried -= whole
    pace = meter.observe(new Date(at), serving)
  }
  return { pace, serving }
}

describe('the pace of a queue', () => {
  it('is the rate of a steady queue, within a narrow range', () => {
    const { pace } = run(60, () => 40)
    expect(pace?.perSecond).toBeGreaterThan(39)
    expect(pace?.perSecond).toBeLessThan(41)
    expect((pace?.high ?? 0) - (pace?.low ?? 0)).toBeLessThan(1)
  })

  it('is unknown until the queue has moved for a while, and while it stands still', () => {
    expect(run(4, () => 40).pace).toBeUndefined()
    expect(run(60, () => 0).pace).toBeUndefined()
  })

  it('has a wide range when the queue moves unevenly', () => {
    const { pace } = run(60, (second) => (Math.floor(second / 5) % 2 === 0 ? 80 : 0))
    expect((pace?.high ?? 0) - (pace?.low ?? 0)).toBeGreaterThan(20)
    expect(pace?.low).toBeLessThan(pace?.perSecond ?? 0)
  })

  it('forgets within a minute how fast the queue was before', () => {
    const meter = createPaceMeter()
    const { serving } = run(60, () => 100, meter)
    expect(run(61, () => 10, meter, 60.25, serving).pace?.perSecond).toBeLessThan(11)
  })

  it('restarts when the queue goes back', () => {
    const meter = createPaceMeter()
    run(60, () => 100, meter)
    expect(meter.observe(new Date(61_000), -1)).toBeUndefined()
  })

  it('predicts the wait of a steady queue with a median error under a fifth, and mostly within its range', () => {
    const errors: number[] = []
    let within = 0
    for (let n = 0; n < 200; n += 1) {
      const random = createRandom(n)
      const rate = 2 + random() * 100
      // Steady overall; each second brings more or fewer than the rate.
      const noisy = () => rate * (0.5 + random())
      const meter = createPaceMeter()
      const seen = run(30 + random() * 60, noisy, meter)
      const ahead = Math.ceil(rate * (20 + random() * 600))
      let waited = 0
      for (let left = ahead; left > 0; waited += TICK_MS / 1000) left -= (noisy() * TICK_MS) / 1000
      const { perSecond, low, high } = seen.pace ?? { perSecond: 0, low: 0, high: 0 }
      errors.push(Math.abs(ahead / perSecond - waited) / waited)
      if (waited >= ahead / high && waited <= ahead / Math.max(low, 1e-9)) within += 1
    }
    errors.sort((a, b) => a - b)
    expect(errors[100]).toBeLessThan(0.2)
    expect(within / 200).toBeGreaterThan(0.7)
  })
})
