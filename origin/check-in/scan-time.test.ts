import { describe, expect, it } from 'vitest'
import { correctScanTime } from './scan-time.ts'

const MINUTE_MS = 60_000
const received = Date.UTC(2026, 6, 1, 12)
/** A device's measurement, when its clock differs from the server's by this much. */
const deviceTime = (agoMs: number, aheadMs: number) => new Date(received - agoMs + aheadMs)

describe('H5: the time of a scan is corrected by the server’s clock', () => {
  it.each([
    ['10 minutes ahead', 10 * MINUTE_MS],
    ['10 minutes behind', -10 * MINUTE_MS],
    ['in 1971', Date.UTC(1971, 0, 1) - received],
  ])('corrects the time of a scan by a device that is %s and has measured that', (_, aheadMs) => {
    const clock = {
      at: deviceTime(3 * MINUTE_MS, aheadMs),
      offsetMs: -aheadMs,
      sentAt: deviceTime(800, aheadMs),
    }
    expect(correctScanTime(clock, received)).toEqual({
      at: new Date(received - 3 * MINUTE_MS),
      deviceAt: clock.at,
      isDoubtful: false,
    })
  })

  it('corrects a clock that was never measured by the arrival time of the request', () => {
    const ahead = 3_600_000
    const clock = { at: deviceTime(5 * MINUTE_MS, ahead), sentAt: deviceTime(0, ahead) }
    expect(correctScanTime(clock, received).at).toEqual(new Date(received - 5 * MINUTE_MS))
  })

  it('rejects a measurement that differs from the request by more than a minute, and reports it', () => {
    const clock = { at: deviceTime(5 * MINUTE_MS, 0), sentAt: deviceTime(0, 0) }
    const at = new Date(received - 5 * MINUTE_MS)
    const within = correctScanTime({ ...clock, offsetMs: MINUTE_MS }, received)
    expect(within).toMatchObject({ at: new Date(at.getTime() + MINUTE_MS), isDoubtful: false })
    const beyond = correctScanTime({ ...clock, offsetMs: MINUTE_MS + 1 }, received)
    expect(beyond).toMatchObject({ at, isDoubtful: true })
  })

  it('accepts a clock that cannot be checked, but no time in the future', () => {
    const at = deviceTime(5 * MINUTE_MS, 0)
    expect(correctScanTime({ at }, received)).toEqual({ at, deviceAt: at, isDoubtful: true })
    expect(correctScanTime({ at, offsetMs: 86_400_000 }, received).at).toEqual(at)
    expect(correctScanTime({ at: deviceTime(0, 86_400_000) }, received).at).toEqual(new Date(received))
  })

  it('stores no instant that a database cannot hold', () => {
    const far = correctScanTime({ at: new Date(8.64e15), sentAt: new Date(-8.64e15) }, received)
    expect(far.at).toEqual(new Date(received))
    expect(far.deviceAt.getUTCFullYear()).toBe(9999)
    const early = correctScanTime({ at: new Date(-8.64e15), sentAt: new Date(8.64e15) }, received)
    expect([early.at.getTime(), early.deviceAt.getTime()]).toEqual([0, 0])
  })
})
