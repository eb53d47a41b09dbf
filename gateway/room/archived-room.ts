import { parseDrawRecord } from '../../shared/api/draw-record.ts'
import type { ArchivedRoom } from '../../shared/catalogue.ts'
import { readDraw, readSettings } from './admit.ts'
import { createPaceMeter } from './pace.ts'
import type { RoomState } from './room-state.ts'
import type { RoomSnapshot, Snapshots } from './snapshot.ts'
import { type StatusOptions, toBytes, toStatus } from './status.ts'

type PollRule = Pick<StatusOptions, 'pollNearSeconds' | 'pollFarSeconds'>

/** The final state of a room that has left Redis. Nothing in it can be bought, so no type has units left. */
function archivedState({ room, settings, ticketTypes, entries, serving, draw }: ArchivedRoom): RoomState {
  const known = readSettings(settings)
  const made = readDraw(known.settings, parseDrawRecord(draw))
  return {
    room,
    ...known.fields,
    phase: 'closed',
    at: known.fields.closesAt,
    entries,
    serving,
    livePasses: 0,
    expected: 0,
    draw: made === undefined ? undefined : { ...made, isArchived: true },
    stock: ticketTypes.map((type) => ({
      ...{ type, quantity: 0, free: 0, held: 0, onSale: false, ended: true },
    })),
  }
}

/**
 * Snapshots of rooms, including archived ones, which are built once per change of the catalogue and cost nothing per
 * tick.
 *
 * @param archivedRoom - returns undefined for a room that is in Redis
 */
export function withArchived(
  snapshots: Snapshots,
  archivedRoom: (room: string) => ArchivedRoom | undefined,
  rule: PollRule,
): Snapshots {
  const made = new WeakMap<ArchivedRoom, RoomSnapshot>()

  function snapshotOf(archived: ArchivedRoom): RoomSnapshot {
    const known = made.get(archived)
    if (known !== undefined) return known
    const state = archivedState(archived)
    const status = toStatus(state, { ...rule, stale: false, health: 1, pace: undefined })
    const snapshot = { state, meter: createPaceMeter(), status, bytes: toBytes(status) }
    made.set(archived, snapshot)
    return snapshot
  }

  return {
    ...snapshots,
    of(room) {
      const archived = archivedRoom(room)
      return archived === undefined ? snapshots.of(room) : snapshotOf(archived)
    },
  }
}
