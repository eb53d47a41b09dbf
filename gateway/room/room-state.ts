import type { Draw } from './draw.ts'
import type { DrawVersion } from './entry.ts'

/**
 * `restoring`: Redis has lost the room and is regaining it, or no origin holds its lease; nobody can enter or be
 * called. `paused`: open, but no fan is called until the sale resumes.
 */
export type Phase = 'restoring' | 'scheduled' | 'lobby' | 'open' | 'paused' | 'closed'

/** The state of a room right after admission was decided. */
export type RoomState = {
  room: string
  /** How often the room was built in Redis, or found again after a restart. */
  epoch: number
  /** What was restored in each epoch that began with restoring, oldest first. */
  restored: RestoredPlaces[]
  /** How many places of this epoch were moved to the end because another entry had their index first. */
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
  /** The work for entering, in thousands of hashes on average; 0 requires none. */
  proofOfWork: number
  lobbyAt: Date
  opensAt: Date
  closesAt: Date
  /** The organiser's message to all waiting fans. */
  notice: { ko: string; en: string }
  /** What the log stores of an entry, and how entries are drawn. */
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
