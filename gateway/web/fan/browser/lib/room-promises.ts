import type { Status } from '../../../../room/status.ts'
import { recall, remember } from '../../../layout/browser/lib/memory.ts'

/** Stores as first seen what the organiser must be held to after the draw. */
export function storePromises({ room, draw }: Status): void {
  if (draw === undefined) return
  const { commitment, closing, drawn } = draw
  if (recall('commitment', room) === undefined) remember('commitment', room, commitment)
  // Hashes are evidence only if they were seen before the round existed.
  if (closing === undefined || drawn || recall('closing', room) !== undefined) return
  const { logHash, participantsHash } = closing
  remember('closing', room, JSON.stringify({ logHash, participantsHash }))
}
