import type { PollInterval } from './poll-interval.ts'
import { askedTooOften } from './too-many-polls.ts'

/** Refuses a place, or an account that stands in for its place, that asks for something below its floor. */
export function requirePollInterval(floor: PollInterval, token: string): void {
  const refused = askedTooOften(floor, token)
  if (refused !== undefined) throw refused
}
