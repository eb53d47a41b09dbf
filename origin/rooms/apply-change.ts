import type { HandPhase } from '../../shared/api/admin-rooms.ts'
import { ROOM_LIMITS } from '../../shared/api/limits.ts'
import type { RoomRow } from '../festivals/read-catalogue.ts'
import type { RoomSettings } from './settings.ts'

/** Settings to change, and the phase to start now; the phase is applied last. */
export type RoomChange = { [K in keyof RoomSettings]?: RoomSettings[K] | undefined } & {
  phase?: HandPhase | undefined
}

/** The state of a room in Redis. */
export type RoomState = {
  /** By Redis' clock. */
  now: Date
  /** The participants of the draw are fixed. */
  drawFixed: boolean
  anyoneCalled: boolean
}

export type AppliedChange = { status: 'applied'; room: RoomRow } | Conflict
export type Conflict = { status: 'conflict'; detail: string }

/** The room after a change, or why the change is invalid. Whether its times are consistent is checked by the caller. */
export function applyChange(room: RoomRow, change: RoomChange, state: RoomState): AppliedChange {
  const { phase, ...fields } = change
  const set = phase === undefined ? withFields(room, fields) : inPhase(withFields(room, fields), phase, state)
  if (typeof set === 'string') return conflict(set)
  const error = outOfRange(room, set) ?? undoesCalling(room, set, state)
  return error === undefined ? { status: 'applied', room: set } : conflict(error)
}

function withFields(room: RoomRow, { notice, ...fields }: Omit<RoomChange, 'phase'>): RoomRow {
  const given = Object.entries(fields).filter(([, value]) => value !== undefined)
  return {
    ...room,
    ...(Object.fromEntries(given) as Partial<RoomRow>),
    ...(notice === undefined
      ? {}
      : { noticeKo: textOrNull(notice?.ko ?? null), noticeEn: textOrNull(notice?.en ?? null) }),
  }
}

/** The room in a phase from now on, or why that is impossible. The phase it is in already leaves its times alone. */
function inPhase(room: RoomRow, phase: HandPhase, { now }: RoomState): RoomRow | string {
  switch (phase) {
    case 'lobby':
      if (room.opensAt <= now)
        return 'The room has opened; its lobby needs a later opensAt in the same change'
      return { ...room, lobbyAt: earlier(room.lobbyAt, now) }
    case 'open':
      if (room.closesAt <= now)
        return 'The room has closed; to open it, give a later closesAt in the same change'
      return {
        ...room,
        lobbyAt: earlier(room.lobbyAt, now),
        opensAt: earlier(room.opensAt, now),
        paused: false,
      }
    case 'paused':
      return { ...room, paused: true }
    case 'closed':
      // Also before it opened: a room is closed from closesAt on, and its opening waits for a later one.
      return { ...room, closesAt: earlier(room.closesAt, now) }
  }
}

/** Only changed values are checked, so that a room created before a limit existed can still be controlled. */
function outOfRange(before: RoomRow, after: RoomRow): string | undefined {
  for (const [name, { min, max }] of Object.entries(ROOM_LIMITS)) {
    const value = after[name as keyof typeof ROOM_LIMITS]
    const changed = value !== before[name as keyof typeof ROOM_LIMITS]
    if (changed && !(Number.isInteger(value) && value >= min && value <= max)) {
      return `${name} must be a whole number from ${min} to ${max}`
    }
  }
  return undefined
}

/** Positions never change: not once the draw is fixed, nor once a fan was called. */
function undoesCalling(before: RoomRow, after: RoomRow, state: RoomState): string | undefined {
  const { now, drawFixed, anyoneCalled } = state
  const moved = after.opensAt.getTime() !== before.opensAt.getTime()
  if (drawFixed && moved && after.opensAt > now)
    return 'The draw has taken place: the room cannot open another time'
  if (after.beacon !== before.beacon && (before.lobbyAt <= now || drawFixed)) {
    return 'What the draw does about the beacon is fixed once the lobby has begun'
  }
  if (after.order === before.order) return undefined
  const fixedFrom = before.opensAt.getTime() - ORDER_FIXED_BEFORE_MS
  if (now.getTime() >= fixedFrom || drawFixed || anyoneCalled) {
    return 'The order can only change until a second before the room opens'
  }
  if (after.order === 'draw' && after.drawSecret === null) return 'The room has no secret for its draw'
  return undefined
}

/** A change of the order that reached Redis after the opening would move fans who were called in the meantime. */
const ORDER_FIXED_BEFORE_MS = 1000

function earlier(a: Date, b: Date): Date {
  return a <= b ? a : b
}

function textOrNull(text: string | null): string | null {
  return text === '' ? null : text
}

function conflict(detail: string): Conflict {
  return { status: 'conflict', detail }
}
