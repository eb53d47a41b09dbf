import { describe, expect, it } from 'vitest'
import { createGateClock, measureOffset } from './ticket-clock.ts'

describe('H5: a device at a gate measures its clock', () => {
  it('halves the round trip', () => {
    // Ten minutes ahead; the response was created 300 ms after the request was sent.
    expect(measureOffset({ askedMs: 600_000, answeredMs: 600_600, serverMs: 300 })).toBe(-600_000)
    expect(measureOffset({ askedMs: 0, answeredMs: 200, serverMs: 600_100 })).toBe(600_000)
  })

  it.each([
    ['took longer than 10 s', { askedMs: 0, answeredMs: 10_001, serverMs: 0 }],
    [
      'came before it was asked for, because the clock was set back',
      { askedMs: 10, answeredMs: 0, serverMs: 0 },
    ],
    ['has no time', { askedMs: 0, answeredMs: 1, serverMs: Number.NaN }],
  ])('takes no answer that %s', (_, exchange) => {
    expect(measureOffset(exchange)).toBeUndefined()
  })

  it('uses its own clock until it has measured the offset, and the last measurement after that', () => {
    const clock = createGateClock(undefined, () => 1000)
    expect([clock.nowMs(), clock.offsetMs()]).toEqual([1000, undefined])
    expect(clock.note(500)).toBe(true)
    expect(clock.note(undefined)).toBe(false)
    expect([clock.nowMs(), clock.offsetMs()]).toEqual([1500, 500])
    expect(createGateClock(-200, () => 1000).nowMs()).toBe(800)
  })
})
