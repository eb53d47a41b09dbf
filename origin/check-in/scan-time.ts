/** What a device reports of its clock with a scan; in milliseconds, or instants by its own clock. */
export type DeviceClock = {
  /** When it scanned. */
  at: Date
  /** The server's clock minus its own, as measured by the device; undefined when it had not measured it. */
  offsetMs?: number | undefined
  /** When it sent the scan; undefined when it is not reported. */
  sentAt?: Date | undefined
}

export type ScanTime = {
  /** The time of the scan by the server's clock as far as that can be known; never after it was received. */
  at: Date
  /** The device's own time, within what MySQL can store. */
  deviceAt: Date
  /** Whether the clock could not be checked, or the device's measurement was rejected. */
  isDoubtful: boolean
}

/** How far a device's measurement may differ from its request before it is rejected. */
const CLOCK_BELIEVED_MS = 60_000

/** From the epoch to the last instant that a DATETIME(3) holds. */
const INSTANT_MS_MAX = Date.UTC(9999, 11, 31, 23, 59, 59, 999)

/**
 * The instant of a scan by the server's clock. The time between scanning and sending is measured by the device alone,
 * for which a wrong clock suffices; its offset from the server's clock is seen when the request arrives, too late by
 * the transfer time. The device's own measurement, which halves the round trip, is more exact, and is used while the
 * two differ by less than a minute: if the clock was changed since then, or the device measured wrongly, the server's
 * value is used.
 */
export function correctScanTime({ at, offsetMs, sentAt }: DeviceClock, receivedMs: number): ScanTime {
  const deviceAt = new Date(clamp(at.getTime(), INSTANT_MS_MAX))
  const seenMs = sentAt === undefined ? undefined : receivedMs - sentAt.getTime()
  const { shiftMs, isDoubtful } = shiftOf(offsetMs, seenMs)
  return { at: new Date(clamp(at.getTime() + shiftMs, receivedMs)), deviceAt, isDoubtful }
}

function shiftOf(measuredMs: number | undefined, seenMs: number | undefined) {
  if (seenMs === undefined) {
    // There is nothing to check it by: a difference of up to a minute is accepted.
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
