/** What a device says of its clock with a scan; in milliseconds, or instants by its own clock. */
export type DeviceClock = {
  /** When it scanned. */
  at: Date
  /** The server's clock minus its own, as it had measured that; undefined when it had not. */
  offsetMs?: number | undefined
  /** When it sent the scan; undefined when it did not say. */
  sentAt?: Date | undefined
}

export type ScanTime = {
  /** When it was scanned, by the server's clock as far as that can be known; never after it was received. */
  at: Date
  /** The device's word, within what MySQL can store. */
  deviceAt: Date
  /** Whether the clock could not be checked, or the device's measurement was not believed. */
  isDoubtful: boolean
}

/** How far a device's measurement may be from what its request shows before it is not believed. */
const CLOCK_BELIEVED_MS = 60_000

/** From the epoch to the last instant that a DATETIME(3) holds. */
const INSTANT_MS_MAX = Date.UTC(9999, 11, 31, 23, 59, 59, 999)

/**
 * The instant of a scan by the server's clock. The time between scanning and sending is the device's own, in which a wrong
 * clock is right; where its clock stood against the server's is seen when the request arrives, late by the time that it was
 * under way. A measurement of the device's, which has halved the round trip, is more exact, and is taken while it differs by
 * less than a minute: a clock that was changed since then, or a device that is wrong about it, is corrected by the server's.
 */
export function correctScanTime({ at, offsetMs, sentAt }: DeviceClock, receivedMs: number): ScanTime {
  const deviceAt = new Date(clamp(at.getTime(), INSTANT_MS_MAX))
  const seenMs = sentAt === undefined ? undefined : receivedMs - sentAt.getTime()
  const { shiftMs, isDoubtful } = shiftOf(offsetMs, seenMs)
  return { at: new Date(clamp(at.getTime() + shiftMs, receivedMs)), deviceAt, isDoubtful }
}

function shiftOf(measuredMs: number | undefined, seenMs: number | undefined) {
  if (seenMs === undefined) {
    // Nothing to check it by: the difference is believed up to a minute.
    const isWithin = measuredMs !== undefined && Math.abs(measuredMs) <= CLOCK_BELIEVED_MS
    return { shiftMs: isWithin ? measuredMs : 0, isDoubtful: true }
  }
  if (measuredMs === undefined) return { shiftMs: seenMs, isDoubtful: false }
  const isBelieved = Math.abs(measuredMs - seenMs) <= CLOCK_BELIEVED_MS
  return { shiftMs: isBelieved ? measuredMs : seenMs, isDoubtful: !isBelieved }
}

function clamp(ms: number, most: number): number {
  return Math.min(Math.max(ms, 0), most)
}
