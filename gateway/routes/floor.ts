import { askedTooOften } from '../clients/asked-too-often.ts'
import type { PollFloor } from '../clients/poll-floor.ts'

/** Refuses a place, or an account that stands in for its place, that asks for something below its floor. */
export function requireFloor(floor: PollFloor, token: string): void {
  const refused = askedTooOften(floor, token)
  if (refused !== undefined) throw refused
}
