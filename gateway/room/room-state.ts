import type { Draw } from './draw.ts'
import type { DrawVersion } from './entry.ts'

/**
 * `restoring`: Redis has lost the room and gets it back, or no origin keeps it there; nobody enters or is called.
 * `paused`: open, and nobody is called until it goes on.
 */
export type Phase = 'restoring' | 'scheduled' | 'lobby' | 'open' | 'paused' | 'closed'

/** How a room stands, right after admission was decided. */
export type RoomState = {
  room: string
  /** How often the room was built in Redis, or found again after it was started. */
  epoch: number
  /** What came back in each epoch that began with restoring, oldest first. */
  restored: RestoredPlaces[]
  /** How many places of this epoch were moved to the end, since another entry had their index first. */
  moved: number
  phase: Phase
  /** By Redis' clock. */
  at: Date
  entries: number
  /** The highest position called so far, −1 before the first. */
  serving: number
  livePasses: number
  /** How many called fans are still expected to claim. */
  expected: number
  ratePerSecond: number
  /** What entering costs a device, in thousands of hashes on average; 0 asks for none. */
  proofOfWork: number
  lobbyAt: Date
  opensAt: Date
  closesAt: Date
  /** What the organiser has to say to everyone waiting. */
  notice: { ko: string; en: string }
  /** What the log holds of an entry, and how lots are drawn among them. */
  drawVersion: DrawVersion
  /** Undefined in a room that goes by arrival. */
  draw: Draw | undefined
  stock: TypeStock[]
}

export type TypeStock = {
  type: number
  quantity: number
  free: number
  held: number
  onSale: boolean
  /** Its sale is over. */
  ended: boolean
}

/** How many places of earlier epochs a room had when it was restored. */
export type RestoredPlaces = { epoch: number; entries: number }
