import type { Status } from '../../../../room/status.ts'
import type { RoomData } from '../../room.ts'
import type { Chance, PlaceStatus } from '../../room-view.ts'

/** The open page of a waiting room: its data, and what it has learned since. */
export type RoomPage = {
  readonly data: RoomData
  status: Status
  placeStatus: PlaceStatus | undefined
  chance: Chance
  isClaiming: boolean
  /** Polls immediately. */
  wake: () => void
}

export function openRoomPage(data: RoomData): RoomPage {
  return {
    data,
    status: data.status,
    placeStatus: data.placeStatus ?? undefined,
    chance: data.chance ?? 'signed-out',
    isClaiming: false,
    wake: () => {},
  }
}
