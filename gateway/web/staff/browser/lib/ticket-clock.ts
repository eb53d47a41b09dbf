/** The server's clock, as measured by a device. */
export type GateClock = {
  /** The server's clock minus the device's in milliseconds; undefined before the first measurement. */
  offsetMs(): number | undefined
  /** The instant by the server's clock; by the device's own before the first measurement. */
  nowMs(): number
  /** Records a measurement; returns whether it was accepted. */
  note(offsetMs: number | undefined): boolean
}

/** After longer round trips the measurement is too inaccurate: the server accepts an error of a minute. */
const ROUND_TRIP_MS_MAX = 10_000

/**
 * The server's clock minus the device's, from one request: its response was created half a round trip before it arrived
 * (Cristian's algorithm).
 *
 * @param exchange.askedMs - when the request was sent, by the device's clock
 * @param exchange.answeredMs - when the response arrived, by the same clock
 * @param exchange.serverMs - the server's clock in the response
 * @returns undefined when the response took too long, or the device's clock was changed meanwhile
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

/** @param knownMs - the offset measured before the page was loaded */
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
