import type { Status } from '../room/status.ts'

/** Where a fan stands in a room, as `GET /api/rooms/{room}/place` says it. */
export type Standing = { index: number; position?: number | undefined }

/** What the waiting room's page shows: worked out alike by the server and, from then on, by the browser. */
export type RoomView = {
  /** Which part of the page there is. */
  step: 'shut' | 'enter' | 'lobby' | 'waiting' | 'called' | 'over'
  /** What has to be said besides, each a key of `roomText`. */
  said: RoomSaid[]
  /** How many are called before this fan. */
  ahead: number | undefined
  /** How far the line has come towards the fan, 0 to 1. */
  progress: number
  /** How long it will take, in seconds. */
  wait: { low: number; high: number } | undefined
}

export type RoomSaid =
  | 'paused'
  | 'shopAway'
  | 'shopSlow'
  | 'restoring'
  | 'stale'
  | 'soldOut'
  | 'closed'
  | 'scheduled'

/**
 * @param standing - undefined for who has no place yet
 * @param inside - has a pass, and nothing to wait for
 */
export function roomView(status: Status, standing: Standing | undefined, inside = false): RoomView {
  const nothing = { said: saidOf(status), ahead: undefined, progress: 0, wait: undefined }
  if (inside || status.phase === 'closed' || status.phase === 'sold-out') return { ...nothing, step: 'over' }
  if (standing === undefined) return { ...nothing, step: mayEnter(status) ? 'enter' : 'shut' }
  const { position } = standing
  if (position === undefined || status.phase === 'lobby' || status.phase === 'scheduled') {
    return { ...nothing, step: 'lobby' }
  }
  if (position <= status.serving) return { ...nothing, step: 'called', ahead: 0, progress: 1 }
  const ahead = position - status.serving - 1
  const progress = (status.serving + 1) / (position + 1)
  return { ...nothing, step: 'waiting', ahead, progress, wait: waitOf(status, ahead) }
}

function mayEnter({ phase }: Status): boolean {
  return phase === 'lobby' || phase === 'open' || phase === 'paused'
}

/** By the pace as it was measured, and its range (`Status.pace`). */
function waitOf({ pace, phase, shop }: Status, ahead: number): RoomView['wait'] {
  if (pace === undefined || phase !== 'open' || shop === 'away') return undefined
  const low = (ahead + 1) / pace.high
  const high = pace.low > 0 ? (ahead + 1) / pace.low : undefined
  return high === undefined ? undefined : { low, high }
}

function saidOf({ phase, shop, stale }: Status): RoomSaid[] {
  const said: RoomSaid[] = []
  if (phase === 'scheduled') said.push('scheduled')
  if (phase === 'paused') said.push('paused')
  if (phase === 'restoring') said.push('restoring')
  if (phase === 'sold-out') said.push('soldOut')
  if (phase === 'closed') said.push('closed')
  if (phase === 'open' && shop === 'away') said.push('shopAway')
  if (phase === 'open' && shop === 'slow') said.push('shopSlow')
  if (stale) said.push('stale')
  return said
}

/** Seconds until the next poll by the status' own rule (`Status.poll`); `chance` is 0 to 1. */
export function nextPollSeconds({ poll }: Status, ahead: number | undefined, chance: number): number {
  const distance = Math.max((ahead ?? 0) / Math.max(poll.nearPositions, 1), 1)
  const seconds = Math.min(poll.nearSeconds * distance, Math.max(poll.nearSeconds, poll.farSeconds))
  return seconds * (1 + poll.jitterShare * (2 * chance - 1))
}
