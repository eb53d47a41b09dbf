import { randomBytes } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { createMetrics } from '../../shared/runtime/metrics.ts'
import { createTokenSigner } from '../../shared/tokens/sign.ts'
import { CLAIM_RETRY_SECONDS, createPollFloors, createPollInterval } from './poll-interval.ts'

const signPlace = createTokenSigner('place', 'a secret of at least 32 characters')
const placeToken = (index: number) => signPlace({ aud: 'r', epoch: 1, index, iat: 0, exp: 1 })
/** What would be a token whose signature begins with these bytes: 6 to tell it by, 4 for its slot. */
const tokenSigned = (...bytes: number[]) =>
  `h.c.${Buffer.concat([Buffer.from(bytes), randomBytes(32 - bytes.length)]).toString('base64url')}`

/** A floor of a second, and a clock that stands still until it is told. */
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

describe('the floor of a place', () => {
  it('lets a burst through and refuses what comes on top, until a poll has been paid for', () => {
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

  it('never meets a place that keeps to the rule, and lets one through that asks too often as often as the rule', () => {
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

  it('says in whole seconds when the place may ask again', () => {
    const { clock, floor } = minIntervalOf({ minIntervalMs: 2500, burst: 1 })
    expect(answers(floor, placeToken(1), 2)).toEqual([0, 3])
    clock.ms += 600
    expect(floor(placeToken(1))).toBe(2)
    clock.ms += 1899
    expect(floor(placeToken(1))).toBe(1)
    clock.ms += 1
    expect(floor(placeToken(1))).toBe(0)
  })

  it('is for that place alone', () => {
    const { floor } = minIntervalOf()
    answers(floor, placeToken(1), 6)
    expect(answers(floor, placeToken(2), 5)).toEqual([0, 0, 0, 0, 0])
  })

  it('refuses nobody for another with the same slot, who goes unwatched until it is free', () => {
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

  it('refuses nobody who asks at the floor, whoever else is there, in a table far too small for all', () => {
    const { clock, floor } = minIntervalOf({ placesMax: 16 })
    const tokens = Array.from({ length: 500 }, (_, index) => placeToken(index))
    for (let round = 0; round < 20; round += 1) {
      expect(tokens.filter((token) => floor(token) !== 0)).toEqual([])
      clock.ms += 1000
    }
  })

  it('forgets what it wrote before the clock was set back', () => {
    const { clock, floor } = minIntervalOf()
    answers(floor, placeToken(1), 6)
    clock.ms -= 3_600_000
    expect(floor(placeToken(1))).toBe(0)
  })

  it.each(['', 'short', 'h.c.', 'h.c.short', 'h.c.!!!!!!!!!!!!!!!!'])(
    'lets the token "%s" through, which is none',
    (token) => {
      expect(answers(minIntervalOf().floor, token, 10)).toEqual(Array(10).fill(0))
    },
  )

  it('is none when it is 0', () => {
    expect(answers(minIntervalOf({ minIntervalMs: 0 }).floor, placeToken(1), 100)).toEqual(Array(100).fill(0))
  })
})

it('lets a called fan claim as often as they are told to, however high the floor', () => {
  const clock = { ms: 1_900_000_000_000 }
  const metrics = createMetrics({ service: 'gateway', withProcess: false })
  const options = { minIntervalMs: 60_000, burst: 1, placesMax: 1024, now: () => clock.ms, metrics }
  const { status, claim } = createPollFloors(options)
  expect([status(placeToken(1)), claim(placeToken(1))]).toEqual([0, 0])
  clock.ms += CLAIM_RETRY_SECONDS * 1000
  expect([status(placeToken(1)), claim(placeToken(1))]).toEqual([59, 0])
})
