import { Counter } from 'prom-client'
import type { Clock } from '../../shared/runtime/clock.ts'
import type { Metrics } from '../../shared/runtime/metrics.ts'

/** Seconds until the place of this token may poll again, at least 1; or 0, and this poll is counted. */
export type PollInterval = (placeToken: string) => number

export type PollIntervalOptions = {
  /** The minimum average interval between two polls of a place; 0 sets no limit. */
  minIntervalMs: number
  /** How many polls may arrive together after a pause: a reload, a second tab. */
  burst?: number
  /** How many places are tracked concurrently, up to the next power of two; 16 bytes each. */
  placesMax?: number
  now: Clock
}

const POLL_BURST = 5
/** 48 bytes each, for the three limits of a place. */
const POLL_PLACES_MAX = 65_536

/** The bytes read of a token's signature: 6 identify the place, 4 select the slot. */
const SIGNATURE_BYTES = 10
const SIGNATURE_CHARACTERS = 14

/**
 * Limits the polls of each place with the generic cell rate algorithm (ITU-T I.371, annex A): a place is stored as the
 * time until which its polls are paid for, in a table of fixed size. The token is not verified: its signature only
 * selects the slot. If two places share a slot, the second is not limited while the first is tracked; so a place may
 * escape the limit, but is never refused for another's polls. Each process has a separate table: a place that spreads
 * its polls over several gets the limit of each.
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
    // A value more than a burst ahead is only possible after the clock was set back, and is ignored.
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

/** After how long a called fan who found no free slot is told to claim again, which no limit forbids. */
export const CLAIM_RETRY_SECONDS = 1

/** Polls of the status, the place and claims are counted separately: a called fan alternates between two of them. */
export type PollFloors = { status: PollInterval; place: PollInterval; claim: PollInterval }

/** A limit for each request that a place repeats; refusals are counted in a metric. */
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
