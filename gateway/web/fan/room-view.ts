import type { Status } from '../../room/status.ts'
import type { Language } from '../i18n/translated.ts'

/** A fan's standing in a room, as `GET /api/rooms/{room}/place` returns it. */
export type PlaceStatus = {
  index: number
  position?: number | undefined
  /** Whether the place was drawn; undefined before the draw, and where there is none. */
  drawn?: boolean | undefined
  /** Once called: until when the turn may be claimed. */
  turnEndsAt?: string | undefined
}

/** Whether a place takes part in the draw, or why not: a key of `roomText.chance`. */
export type Chance =
  | 'yes'
  | 'signed-out'
  | 'unproven'
  | 'network-limit'
  | 'domain-limit'
  | 'too-late'
  | 'elsewhere'
  | 'otherAccount'
  | 'unknown'

/** The result of binding a place. */
export type Bound =
  | { ok: true; participates: true | { reason: Exclude<Chance, 'yes'> } | undefined }
  | { ok: false; code: string }

/** The chance that follows from the result of binding a place. */
export function chanceOf(bound: Bound): Chance {
  if (!bound.ok) {
    if (bound.code === 'place-bound') return 'elsewhere'
    if (bound.code === 'place-of-another-account') return 'otherAccount'
    return 'unknown'
  }
  if (bound.participates === undefined) return 'unknown'
  return bound.participates === true ? 'yes' : bound.participates.reason
}

/** Whether the room accepts entries. */
export function isQueueing({ phase }: Status): boolean {
  return phase === 'lobby' || phase === 'open' || phase === 'paused'
}

/** Whether places take part by being bound to a proven account, and still can. */
export function hasChances({ draw }: Status): boolean {
  return draw?.version === 2 && !draw.drawn
}

/** What a fan can do to take part. */
export function chanceStep(chance: Chance): 'sign-in' | 'confirm' | undefined {
  if (chance === 'signed-out') return 'sign-in'
  return chance === 'unproven' ? 'confirm' : undefined
}

/** What the waiting room's page shows: computed by the same code on the server and then in the browser. */
export type RoomView = {
  /** The visible part of the page. */
  step: 'shut' | 'scheduled' | 'enter' | 'lobby' | 'waiting' | 'called' | 'sold-out' | 'closed' | 'over'
  /** Additional messages, each a key of `roomText`. */
  flash: RoomFlash[]
  /** How many are called before this fan. */
  ahead: number | undefined
  /** How far the queue has moved towards the fan, 0 to 1. */
  progress: number
  /** The remaining wait in seconds; without `high`, at least `low`. */
  wait: { low: number; high?: number | undefined } | undefined
}

type RoomFlash =
  | 'paused'
  | 'shopUnavailable'
  | 'shopSlow'
  | 'restoring'
  | 'stale'
  | 'soldOut'
  | 'allHeld'
  | 'closed'
  | BeaconAwaited
type BeaconAwaited = 'beaconRequired' | 'beaconPreferred'

/** Announced to fans who waited, in addition to what the page then shows. */
const ENDS = { 'sold-out': 'soldOut', closed: 'closed' } as const

/**
 * @param placeStatus - undefined for a visitor without a place
 * @param admitted - has a pass, so there is nothing to wait for
 */
export function roomView(status: Status, placeStatus: PlaceStatus | undefined, admitted = false): RoomView {
  const nothing = { flash: flashOf(status), ahead: undefined, progress: 0, wait: undefined }
  const { phase, serving } = status
  if (admitted) return { ...nothing, step: 'over' }
  if (phase === 'closed' || phase === 'sold-out') {
    const flash = placeStatus === undefined ? nothing.flash : [...nothing.flash, ENDS[phase]]
    return { ...nothing, step: phase, flash }
  }
  if (placeStatus === undefined) return { ...nothing, step: withoutPlace(phase) }
  const { position } = placeStatus
  if (position === undefined || phase === 'lobby' || phase === 'scheduled')
    return { ...nothing, step: 'lobby' }
  // No fan is admitted while the room is being restored; called fans are called again.
  if (position <= serving && phase !== 'restoring')
    return { ...nothing, step: 'called', ahead: 0, progress: 1 }
  const ahead = Math.max(position - serving - 1, 0)
  const progress = Math.min((serving + 1) / (position + 1), 1)
  return { ...nothing, step: 'waiting', ahead, progress, wait: waitOf(status, ahead) }
}

function withoutPlace(phase: Status['phase']): RoomView['step'] {
  if (phase === 'scheduled') return phase
  return phase === 'lobby' || phase === 'open' || phase === 'paused' ? 'enter' : 'shut'
}

/**
 * By the measured pace and its range (`Status.pace`). Where the pace is unknown, or no fan is being called, the wait is
 * at least that at the set rate, which is never exceeded.
 */
function waitOf({ pace, phase, shop, ratePerSecond }: Status, ahead: number): RoomView['wait'] {
  const least = (ahead + 1) / Math.max(ratePerSecond, 1)
  if (pace === undefined || phase !== 'open' || shop === 'unavailable') return { low: least }
  const low = Math.max((ahead + 1) / pace.high, least)
  return pace.low > 0 ? { low, high: Math.max((ahead + 1) / pace.low, low) } : { low }
}

/** Why no fan is called although the sale is open: the lobby has closed, and its draw waits for the beacon's round. */
export function beaconAwaited({ phase, draw }: Status): BeaconAwaited | undefined {
  if (phase !== 'open' || draw === undefined || draw.drawn || draw.closing?.round === undefined)
    return undefined
  return draw.beacon === 'required' ? 'beaconRequired' : 'beaconPreferred'
}

function flashOf(status: Status): RoomFlash[] {
  const { phase, shop, stale } = status
  const flash: RoomFlash[] = []
  if (phase === 'paused') flash.push('paused')
  if (phase === 'restoring') flash.push('restoring')
  const awaited = beaconAwaited(status)
  if (awaited !== undefined) flash.push(awaited)
  if (phase === 'open' && shop === 'unavailable') flash.push('shopUnavailable')
  if (phase === 'open' && shop === 'slow') flash.push('shopSlow')
  if (heldUnits(status) > 0) flash.push('allHeld')
  if (stale) flash.push('stale')
  return flash
}

/** The organiser's notice, in the page's language or else in the other; undefined for none. */
export function noticeIn(
  { notice }: Pick<Status, 'notice'>,
  language: Language,
): { words: string; lang: Language } | undefined {
  const other = language === 'ko' ? 'en' : 'ko'
  const lang = (notice?.[language] ?? '') === '' ? other : language
  const words = notice?.[lang] ?? ''
  return words === '' ? undefined : { words, lang }
}

/** How many units may return, where nothing else is available; 0 where something is. */
function heldUnits({ phase, ticketTypes }: Status): number {
  const isSelling = phase === 'open' || phase === 'paused'
  const isFree = ticketTypes.some(({ availability }) => availability === 'plenty' || availability === 'few')
  return !isSelling || isFree ? 0 : ticketTypes.reduce((sum, { mayReturn }) => sum + mayReturn, 0)
}

/** Seconds until the next poll by the status' own rule (`Status.poll`); `chance` is 0 to 1. */
export function nextPollSeconds({ poll }: Status, ahead: number | undefined, chance: number): number {
  const distance = Math.max((ahead ?? 0) / Math.max(poll.nearPositions, 1), 1)
  const seconds = Math.min(poll.nearSeconds * distance, Math.max(poll.nearSeconds, poll.farSeconds))
  return seconds * (1 + poll.jitterShare * (2 * chance - 1))
}
