import { Counter } from 'prom-client'
import type { Clock } from '../../shared/runtime/clock.ts'
import type { Metrics } from '../../shared/runtime/metrics.ts'

/** Seconds until the place of this token may ask again, at least 1; or 0, and this time is counted. */
export type PollInterval = (placeToken: string) => number

export type PollIntervalOptions = {
  /** What lies between two polls of a place on average; 0 sets no floor. */
  minIntervalMs: number
  /** How many may come at once, after a pause: a reload, a second tab. */
  burst?: number
  /** How many places are watched at a time, up to the next power of two; 16 bytes each. */
  placesMax?: number
  now: Clock
}

const POLL_BURST = 5
/** 48 bytes each, with all that a place polls. */
const POLL_PLACES_MAX = 65_536

/** What is read of a token's signature: 6 bytes to tell places apart, 4 to find the slot. */
const SIGNATURE_BYTES = 10
const SIGNATURE_CHARACTERS = 14

/**
 * Holds each place to a floor between its polls, with the generic cell rate algorithm (ITU-T I.371, annex A): a place
 * is a time when its polls so far are paid for, in a table that never grows. The token is not verified: its signature
 * only says which slot is whose. Where two places would share a slot, the second is not watched while the first has
 * polls to pay for; so a place may escape, and is never refused for what another did. Each process has its own table:
 * a place that spreads its polls over many of them gets as many times the floor.
 */
export function createPollInterval({
  minIntervalMs,
  burst = POLL_BURST,
  placesMax = POLL_PLACES_MAX,
  now,
}: PollIntervalOptions): PollInterval {
  if (minIntervalMs === 0) return () => 0
  const slots = 2 ** Math.ceil(Math.log2(placesMax))
  const places = new Float64Array(slots)
  const paidAtMs = new Float64Array(slots)
  const aheadMsMax = minIntervalMs * burst

  return (placeToken) => {
    const from = placeToken.lastIndexOf('.') + 1
    const signature = Buffer.from(placeToken.slice(from, from + SIGNATURE_CHARACTERS), 'base64url')
    if (signature.length < SIGNATURE_BYTES) return 0
    const place = signature.readUIntBE(0, 6)
    const slot = signature.readUInt32BE(6) % slots
    const nowMs = now()
    const aheadMs = (paidAtMs[slot] ?? 0) - nowMs
    // More than a burst ahead nobody can be: then the clock was set back, and what is written there means nothing.
    const isTaken = aheadMs > 0 && aheadMs <= aheadMsMax
    if (isTaken && places[slot] !== place) return 0
    const mineMs = isTaken ? aheadMs : 0
    const overMs = mineMs - (aheadMsMax - minIntervalMs)
    if (overMs > 0) return Math.ceil(overMs / 1000)
    places[slot] = place
    paidAtMs[slot] = nowMs + mineMs + minIntervalMs
    return 0
  }
}

/** How soon a called fan who found no free slot is told to claim again, which no floor forbids. */
export const CLAIM_RETRY_SECONDS = 1

/** Asking for the status, for one's place and for a pass, each counted apart: a fan at the door does two of them in turn. */
export type PollFloors = { status: PollInterval; place: PollInterval; claim: PollInterval }

/** A floor for each thing a place asks for again and again; whoever is refused is counted in a metric. */
export function createPollFloors(options: PollIntervalOptions & { metrics: Metrics }): PollFloors {
  const refused = new Counter({
    name: 'naru_polls_refused_total',
    help: 'Polls refused because their place asked too often, by what was asked for',
    labelNames: ['of'],
    registers: [options.metrics.registry],
  })
  const minIntervalOf = (of: keyof PollFloors, minIntervalMs = options.minIntervalMs): PollInterval => {
    const secondsUntil = createPollInterval({ ...options, minIntervalMs })
    refused.inc({ of }, 0)
    return (placeToken) => {
      const seconds = secondsUntil(placeToken)
      if (seconds > 0) refused.inc({ of })
      return seconds
    }
  }
  return {
    status: minIntervalOf('status'),
    place: minIntervalOf('place'),
    claim: minIntervalOf('claim', Math.min(options.minIntervalMs, CLAIM_RETRY_SECONDS * 1000)),
  }
}
