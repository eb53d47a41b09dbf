import { type DrawRecord, formatDrawRecord } from '../../shared/api/draw-record.ts'
import type { Redis } from '../../shared/redis/client.ts'
import { roomKeys } from '../../shared/redis/keys.ts'
import type { Draw } from './draw.ts'
import { entryBytes } from './entry.ts'
import type { RoomState } from './room-state.ts'

/*
 * What gateways and fans contribute when Redis has lost a room, or its last second of writes. The full procedure is
 * described in origin/rooms/rebuild-room.ts.
 */

/** A place according to its token. */
export type PlaceInEpoch = { index: number; epoch: number }

/**
 * Whether an index still belongs to its holder, as far as a gateway knows. Redis may have lost it with its last second
 * of writes; an index that was not restored in time (`lost`) may have been reissued, which `returnPlace` finds out.
 * `restoring`: not known yet.
 */
export function placeStatusOf(
  { index, epoch }: PlaceInEpoch,
  state: Pick<RoomState, 'epoch' | 'restored'>,
): 'good' | 'restoring' | 'lost' {
  if (epoch >= state.epoch) return 'good'
  const since = state.restored.filter((places) => places.epoch > epoch)
  if (since.some(({ entries }) => index >= entries)) return 'lost'
  return since.some((places) => places.epoch === state.epoch) ? 'good' : 'restoring'
}

/** The furthest known progress of a room in an epoch. */
export type Known = {
  epoch: number
  entries: number
  serving: number
  draw: DrawRecord | undefined
}

/** What this process knows of rooms, so that a room whose Redis was wiped regains what is newer than its checkpoint. */
export type RoomMemory = {
  /** Records a room as it was read. A room that is being restored knows less than this process and changes nothing. */
  note(state: RoomState): void
  /** Records an index that this process has issued. */
  noteEntry(room: string, entry: PlaceInEpoch): void
  /** What this process knows and a room that is being restored does not; undefined when there is nothing. */
  missingFrom(state: RoomState): Known | undefined
  /** Drops the state of all other rooms. */
  retain(rooms: readonly string[]): void
}

export function createRoomMemory(): RoomMemory {
  const known = new Map<string, Known>()

  return {
    note({ room, phase, epoch, entries, serving, draw }) {
      if (phase === 'restoring') return
      const before = known.get(room)
      // An index may have been issued after the room was read.
      const given = before?.epoch === epoch ? before.entries : 0
      known.set(room, { epoch, entries: Math.max(entries, given), serving, draw: recordOf(draw) })
    },
    noteEntry(room, { epoch, index }) {
      const before = known.get(room)
      if (before === undefined || epoch > before.epoch) {
        known.set(room, { epoch, entries: index + 1, serving: -1, draw: undefined })
      } else if (epoch === before.epoch && index >= before.entries) {
        known.set(room, { ...before, entries: index + 1 })
      }
    },
    missingFrom(state) {
      const most = known.get(state.room)
      if (state.phase !== 'restoring' || most === undefined || most.epoch >= state.epoch) return undefined
      const behind =
        state.entries < most.entries ||
        state.serving < most.serving ||
        stepsOf(most.draw) > stepsOf(recordOf(state.draw))
      return behind ? most : undefined
    },
    retain(rooms) {
      const current = new Set(rooms)
      for (const room of known.keys()) if (!current.has(room)) known.delete(room)
    },
  }
}

function recordOf(draw: Draw | undefined): DrawRecord | undefined {
  if (draw?.lobbyEntries === undefined) return undefined
  const { lobbyEntries, closing, signature, seed } = draw
  return { lobbyEntries, closing, signature, seed: seed?.toString('hex') }
}

/** How far a draw has progressed. */
function stepsOf(record: DrawRecord | undefined): number {
  if (record === undefined) return 0
  if (record.seed !== undefined) return 3
  return record.closing === undefined ? 1 : 2
}

export type RestoreResult =
  /** `isTheirs`: false where another entry has the index, so that this fan will get a place at the end. */
  | { status: 'restored'; isTheirs: boolean }
  /** Restoring has ended. */
  | { status: 'over' }
  /** Redis does not know the room, or not in this epoch. */
  | { status: 'absent' }

/** The arguments of a caller that knows nothing. */
const NOTHING = {
  ...{ entries: 0, serving: -1, draw: '' },
  ...{ index: -1, entry: Buffer.alloc(0), enteredSeconds: 0, account: '', takesPart: false },
}

/** Reports what a gateway knows of a room that is being restored. */
export function restoreKnown(
  redis: Redis,
  room: string,
  epoch: number,
  { entries, serving, draw }: Known,
): Promise<RestoreResult> {
  return restore(redis, room, epoch, { ...NOTHING, entries, serving, draw: formatDrawRecord(draw) })
}

/** A place according to its token. */
export type RestoredPlace = {
  index: number
  /** Its 16 bytes in the log in base64url, if the token contains them. */
  entry?: string | undefined
  /** When it was entered, in seconds. */
  enteredSeconds?: number
  /** The account that it was bound to. */
  account?: string | undefined
  /** Whether it takes part in the draw. */
  takesPart?: boolean
}

/** Returns a fan's place, and the account it is bound to, to a room that is being restored. */
export function restorePlace(
  redis: Redis,
  room: string,
  epoch: number,
  { index, entry, enteredSeconds = 0, account = '', takesPart = false }: RestoredPlace,
): Promise<RestoreResult> {
  return restore(redis, room, epoch, {
    ...{ ...NOTHING, index, enteredSeconds, account, takesPart },
    entry: entryBytes(entry),
  })
}

async function restore(
  redis: Redis,
  room: string,
  epoch: number,
  what: typeof NOTHING,
): Promise<RestoreResult> {
  const keys = roomKeys(room)
  const [status, , isTheirs] = await redis.roomRestore(
    keys.settings,
    keys.entries,
    keys.admission,
    keys.calls,
    keys.unresolved,
    keys.accounts,
    keys.participants,
    keys.chances,
    keys.bindings,
    keys.seconds,
    epoch,
    what.entries,
    what.serving,
    what.draw,
    what.index,
    what.entry,
    what.account,
    what.takesPart ? 1 : 0,
    what.enteredSeconds,
  )
  if (status === 'restored') return { status, isTheirs: isTheirs === 1 }
  return { status: status === 'over' ? status : 'absent' }
}
