import { describe, expect, it } from 'vitest'
import type { Status } from '../../room/status.ts'
import { nextPollSeconds, roomView } from './room-view.ts'
import { spokenWait } from './room-words.ts'
import { roomText } from './text/room.ts'

const open: Status = {
  room: 'r',
  phase: 'open',
  lobbyAt: '2027-01-01T00:00:00.000Z',
  opensAt: '2027-01-01T00:10:00.000Z',
  closesAt: '2027-01-02T00:00:00.000Z',
  entries: 1000,
  serving: 99,
  ratePerSecond: 10,
  pace: { perSecond: 10, low: 8, high: 12.5 },
  shop: 'up',
  proofOfWork: false,
  ticketTypes: [],
  poll: { nearPositions: 200, nearSeconds: 2, farSeconds: 30, jitterShare: 0.2 },
  stale: false,
}

/** A draw whose lobby has closed, and whose round is still to come. */
function awaiting(beacon: 'required' | 'preferred'): NonNullable<Status['draw']> {
  const at = '2027-01-01T00:10:03.000Z'
  const hashes = { logHash: 'aa'.repeat(32), participantsHash: 'bb'.repeat(32) }
  const closing = { participants: 3, ...hashes, closedAt: at, round: { number: 7, at, publicKey: '' } }
  return { version: 2, commitment: 'cc'.repeat(32), beacon, lobbyEntries: 5, closing, drawn: false }
}

describe('the view of a waiting room', () => {
  it('counts the fans ahead, and estimates the wait at the measured pace', () => {
    const view = roomView(open, { index: 300, position: 299 })
    expect(view).toMatchObject({ step: 'waiting', ahead: 199, progress: 100 / 300 })
    // No faster than the set rate of 10 a second, whatever was measured.
    expect(view.wait).toEqual({ low: 200 / 10, high: 200 / 8 })
  })

  it.each([
    ['a visitor without a place may enter', open, undefined, 'enter'],
    [
      'a visitor before the lobby is told when',
      { ...open, phase: 'scheduled' as const },
      undefined,
      'scheduled',
    ],
    ['nobody may enter while it is restored', { ...open, phase: 'restoring' as const }, undefined, 'shut'],
    ['a fan in the lobby waits for the opening', { ...open, phase: 'lobby' as const }, { index: 3 }, 'lobby'],
    ['a fan who is not drawn yet waits for it', open, { index: 3 }, 'lobby'],
    ['a fan at the serving position is called', open, { index: 99, position: 99 }, 'called'],
    ['the next one is not', open, { index: 100, position: 100 }, 'waiting'],
    [
      'a sold-out room is so for everyone',
      { ...open, phase: 'sold-out' as const },
      { index: 1, position: 500 },
      'sold-out',
    ],
    ['a closed room is closed for everyone', { ...open, phase: 'closed' as const }, undefined, 'closed'],
    [
      'a fan who was called waits again while the room is restored',
      { ...open, phase: 'restoring' as const },
      { index: 1, position: 1 },
      'waiting',
    ],
  ])('says that %s', (_, status, placeStatus, step) => {
    expect(roomView(status, placeStatus).step).toBe(step)
  })

  it.each([
    ['paused', { ...open, phase: 'paused' as const }],
    ['shopUnavailable', { ...open, shop: 'unavailable' as const }],
    ['stale', { ...open, stale: true }],
    ['beaconRequired', { ...open, draw: awaiting('required') }],
    ['beaconPreferred', { ...open, draw: awaiting('preferred') }],
  ])('tells that the room is %s', (flash, status) => {
    expect(roomView(status, { index: 1, position: 500 }).flash).toContain(flash)
  })

  it('mentions no beacon before the lobby has closed, once the draw is made, and where none is used', () => {
    const draw = awaiting('required')
    const { round: _, ...withoutRound } = draw.closing ?? { round: undefined }
    for (const status of [
      { ...open, phase: 'lobby', draw: { ...draw, closing: undefined } },
      { ...open, draw: { ...draw, drawn: true } },
      { ...open, draw: { ...draw, beacon: 'none', closing: withoutRound } },
    ] as Status[])
      expect(roomView(status, { index: 1 }).flash).toEqual([])
  })

  it('tells waiting fans that the sale is over, and shows it to all', () => {
    const soldOut: Status = { ...open, phase: 'sold-out' }
    expect(roomView(soldOut, { index: 1, position: 500 })).toMatchObject({
      step: 'sold-out',
      flash: ['soldOut'],
    })
    expect(roomView(soldOut, undefined)).toMatchObject({ step: 'sold-out', flash: [] })
  })

  it('counts no one ahead of a fan who was called before the room was restored', () => {
    const view = roomView({ ...open, phase: 'restoring' }, { index: 1, position: 1 })
    expect(view).toMatchObject({ ahead: 0, progress: 1, flash: ['restoring'] })
  })

  it('M15: gives a lower bound from the set rate where the pace is unknown', () => {
    const { pace: _, ...unmeasured } = open
    for (const status of [
      unmeasured,
      { ...open, shop: 'unavailable' as const },
      { ...open, phase: 'paused' as const },
      { ...open, pace: { perSecond: 10, low: 0, high: 30 } },
    ]) {
      expect(roomView(status, { index: 1, position: 499 }).wait).toEqual({ low: 40 })
    }
    const slower = { ...open, pace: { perSecond: 1, low: 0, high: 2 } }
    expect(roomView(slower, { index: 1, position: 499 }).wait).toEqual({ low: 200 })
  })

  it('M15: estimates no shorter wait than the set rate allows', () => {
    const fast = { ...open, pace: { perSecond: 20, low: 18, high: 25 } }
    expect(roomView(fast, { index: 1, position: 499 }).wait).toEqual({ low: 40, high: 40 })
  })

  it.each([
    ['everything left is in baskets', ['held', 'none'], true],
    ['some can be had', ['held', 'few'], false],
    ['nothing is left at all', ['none', 'none'], false],
  ] as const)('M15: says whether all is in other baskets: %s', (_, availabilities, isFlash) => {
    const ticketTypes = availabilities.map((availability, i) => ({
      ...{ type: i + 1, availability, mayReturn: availability === 'held' ? 3 : 0 },
    }))
    const flash = (phase: Status['phase']) =>
      roomView({ ...open, phase, ticketTypes }, { index: 1, position: 500 }).flash.includes('allHeld')
    expect([flash('open'), flash('paused'), flash('lobby')]).toEqual([isFlash, isFlash, false])
  })
})

describe('an estimate as text', () => {
  it.each([
    [{ low: 20, high: 45 }, 'between less than a minute and 1 min'],
    [{ low: 61, high: 119 }, 'between 1 min and 2 min'],
    [{ low: 41 * 60, high: 52 * 60 }, 'between 40 min and 55 min'],
    [{ low: 3600, high: 7300 }, 'between 1 h 0 min and 2 h 5 min'],
    [{ low: 130 }, 'at least 2 min'],
    [{ low: 59 }, 'under a minute at the earliest'],
  ])('rounds %o to “%s”', (wait, words) => {
    expect(spokenWait(wait, roomText.en)).toBe(words)
  })

  it('names one number when both ends are the same', () => {
    expect(spokenWait({ low: 120, high: 120 }, roomText.en)).toBe('about 2 min')
  })
})

describe('polling', () => {
  it('is frequent near the front, rare at the back, and jittered', () => {
    expect(nextPollSeconds(open, 10, 0.5)).toBe(2)
    expect(nextPollSeconds(open, 2000, 0.5)).toBe(20)
    expect(nextPollSeconds(open, 900_000, 0.5)).toBe(30)
    expect(nextPollSeconds(open, 10, 0)).toBeCloseTo(1.6)
    expect(nextPollSeconds(open, 10, 1)).toBeCloseTo(2.4)
  })
})
