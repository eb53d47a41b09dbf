/** The resources needed before the first paint. */
export type Blocking = {
  /** The document, as it is sent with its headers. */
  documentBytes: number
  /** The files that painting waits for, likewise; each level is heard of only when the one before it is there. */
  levels: readonly (readonly number[])[]
}

/** A phone on a tired mobile network as Lighthouse has it ("slow 4G"): 150 ms there and back, 1.6 Mbit/s. */
export const SLOW_4G = { roundTripMs: 150, bytesPerSecond: 200_000 } as const

/** As Lighthouse counts a first visit: two for the name, one for TCP (RFC 9293), one for TLS (RFC 8446). */
const ROUND_TRIPS_TO_CONNECT = 2 + 1 + 1
/** The assumed response time of a server without a measurement. */
const SERVER_MS = 30
const SEGMENT_BYTES = 1460
/** Segments that are sent before the first is acknowledged (RFC 6928); as many again with every round trip. */
const FIRST_WINDOW = 10
const LARGEST_WINDOW = Math.floor((SLOW_4G.bytesPerSecond * SLOW_4G.roundTripMs) / 1000 / SEGMENT_BYTES)

/**
 * Milliseconds until a page can be painted on its first visit, by the network alone: round trips, as Lighthouse simulates
 * them (lantern's TCPConnection). Files come one after the other over the connection of the document, as HTTP/1.1 has it.
 */
export function firstPaintOnSlow4g({ documentBytes, levels }: Blocking): number {
  let window = FIRST_WINDOW
  let ms = ROUND_TRIPS_TO_CONNECT * SLOW_4G.roundTripMs
  for (const bytes of [documentBytes, ...levels.flat()]) {
    ms += SLOW_4G.roundTripMs + SERVER_MS
    for (let sent = window * SEGMENT_BYTES; sent < bytes; sent += window * SEGMENT_BYTES) {
      window = Math.min(2 * window, LARGEST_WINDOW)
      ms += SLOW_4G.roundTripMs
    }
  }
  return ms
}
