import { randomBytes } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { createMetrics } from '../../shared/runtime/metrics.ts'
import { createTokenSigner } from '../../shared/tokens/sign.ts'
import { CLAIM_RETRY_SECONDS, createPollFloors, createPollInterval } from './poll-interval.ts'

const signPlace = createTokenSigner('place', 'a secret of at least 32 characters')
const placeToken = (index: number) => signPlace({ aud: 'r', epoch: 1, index, iat: 0, exp: 1 })
/** The shape of a token whose signature begins with these bytes: 6 identify it, 4 select its slot. */
const tokenSigned = (...bytes: number[]) =>
  `h.c.${Buffer.concat([Buffer.from(bytes), randomBytes(32 - bytes.length)]).toString('base64url')}`

/** A minimum interval of one second, and a clock that tests advance. */
function minIntervalOf(options: { minIntervalMs?: number; burst?: number; placesMax?: number } = {}) {
  const clock = { ms: 1_900_000_000_000 }
  const floor = createPollInterval({
    minIntervalMs: 1000,
    burst: 5,
    placesMax: 1024,
    ...options,
    now: () => clock.ms,
  })
  return { clock, floor }
}

const answers = (floor: (token: string) => number, token: string, count: number) =>
  Array.from({ length: count }, () => floor(token))

describe('the poll limit of a place', () => {
  it('allows a burst and refuses further polls, until the interval of one has passed', () => {
    const { clock, floor } = minIntervalOf()
    const token = placeToken(1)
    expect(answers(floor, token, 7)).toEqual([0, 0, 0, 0, 0, 1, 1])
    clock.ms += 999
    expect(floor(token)).toBe(1)
    clock.ms += 1
    expect(answers(floor, token, 2)).toEqual([0, 1])
    clock.ms += 5000
    expect(answers(floor, token, 6)).toEqual([0, 0, 0, 0, 0, 1])
  })

  it('never refuses a place that follows the polling rule, and limits a faster one to the rule', () => {
    const { clock, floor } = minIntervalOf()
    const [patient, hasty] = [placeToken(1), placeToken(2)]
    let through = 0
    for (let poll = 0; poll < 1000; poll += 1) {
      clock.ms += 100
      if (poll % 16 === 0) expect(floor(patient)).toBe(0)
      if (floor(hasty) === 0) through += 1
    }
    expect(through).toBe(100 + 4)
  })

  it('returns the whole seconds until the place may poll again', () => {
    const { clock, floor } = minIntervalOf({ minIntervalMs: 2500, burst: 1 })
    expect(answers(floor, placeToken(1), 2)).toEqual([0, 3])
    clock.ms += 600
    expect(floor(placeToken(1))).toBe(2)
    clock.ms += 1899
    expect(floor(placeToken(1))).toBe(1)
    clock.ms += 1
    expect(floor(placeToken(1))).toBe(0)
  })

  it('applies to that place alone', () => {
    const { floor } = minIntervalOf()
    answers(floor, placeToken(1), 6)
    expect(answers(floor, placeToken(2), 5)).toEqual([0, 0, 0, 0, 0])
  })

  it('refuses no place because of another with the same slot, which is not limited until the slot is free', () => {
    const { clock, floor } = minIntervalOf()
    const [first, second] = [
      tokenSigned(0, 0, 0, 0, 0, 1, 0, 0, 0, 7),
      tokenSigned(0, 0, 0, 0, 0, 2, 0, 0, 0, 7),
    ]
    answers(floor, first, 5)
    expect(answers(floor, second, 20)).toEqual(Array(20).fill(0))
    expect(floor(first)).toBe(1)
    clock.ms += 5000
    expect(answers(floor, second, 6)).toEqual([0, 0, 0, 0, 0, 1])
    expect(answers(floor, first, 20)).toEqual(Array(20).fill(0))
  })

  it('refuses no place that polls at the limit, in a table far too small for all places', () => {
    const { clock, floor } = minIntervalOf({ placesMax: 16 })
    const tokens = Array.from({ length: 500 }, (_, index) => placeToken(index))
    for (let round = 0; round < 20; round += 1) {
      expect(tokens.filter((token) => floor(token) !== 0)).toEqual([])
      clock.ms += 1000
    }
  })

  it('ignores entries written before the clock was set back', () => {
    const { clock, floor } = minIntervalOf()
    answers(floor, placeToken(1), 6)
    clock.ms -= 3_600_000
    expect(floor(placeToken(1))).toBe(0)
  })

  it.each(['', 'short', 'h.c.', 'h.c.short', 'h.c.!!!!!!!!!!!!!!!!'])(
    'allows the token "%s", which is malformed',
    (token) => {
      expect(answers(minIntervalOf().floor, token, 10)).toEqual(Array(10).fill(0))
    },
  )

  it('sets no limit when minIntervalMs is 0', () => {
    expect(answers(minIntervalOf({ minIntervalMs: 0 }).floor, placeToken(1), 100)).toEqual(Array(100).fill(0))
  })
})

it('allows a called fan to claim as often as Retry-After says, however high the poll limit', () => {
  const clock = { ms: 1_900_000_000_000 }
  const metrics = createMetrics({ service: 'gateway', withProcess: false })
  const options = { minIntervalMs: 60_000, burst: 1, placesMax: 1024, now: () => clock.ms, metrics }
  const { status, claim } = createPollFloors(options)
  expect([status(placeToken(1)), claim(placeToken(1))]).toEqual([0, 0])
  clock.ms += CLAIM_RETRY_SECONDS * 1000
  expect([status(placeToken(1)), claim(placeToken(1))]).toEqual([59, 0])
})
