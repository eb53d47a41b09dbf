/** The server's clock, as far as a device has measured it. */
export type GateClock = {
  /** The server's clock minus the device's in milliseconds; undefined before the first measurement. */
  offsetMs(): number | undefined
  /** The instant by the server's clock; by the device's own while nothing is known. */
  nowMs(): number
  /** Notes a measurement; returns whether it was taken. */
  note(offsetMs: number | undefined): boolean
}

/** Longer round trips say less about the clock than it may be wrong by: the server believes a minute. */
const ROUND_TRIP_MS_MAX = 10_000

/**
 * The server's clock minus the device's, from one request: its answer was written half a round trip before it came
 * (Cristian's algorithm).
 *
 * @param exchange.askedMs - when the request was sent, by the device's clock
 * @param exchange.answeredMs - when the answer had come, by the same clock
 * @param exchange.serverMs - what the server's clock said in it
 * @returns undefined when the answer took too long, or the device's clock was changed meanwhile
 */
export function measureOffset(exchange: {
  askedMs: number
  answeredMs: number
  serverMs: number
}): number | undefined {
  const { askedMs, answeredMs, serverMs } = exchange
  const roundTripMs = answeredMs - askedMs
  if (Number.isNaN(serverMs) || roundTripMs < 0 || roundTripMs > ROUND_TRIP_MS_MAX) return undefined
  return Math.round(serverMs - (askedMs + answeredMs) / 2)
}

/** @param knownMs - what was measured before the page was loaded */
export function createGateClock(knownMs: number | undefined, deviceNow: () => number): GateClock {
  let measuredMs = knownMs
  return {
    offsetMs: () => measuredMs,
    nowMs: () => deviceNow() + (measuredMs ?? 0),
    note(offsetMs) {
      if (offsetMs !== undefined) measuredMs = offsetMs
      return offsetMs !== undefined
    },
  }
}
