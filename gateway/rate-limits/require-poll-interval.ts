import type { PollInterval } from './poll-interval.ts'
import { askedTooOften } from './too-many-polls.ts'

/** Refuses a request that a place, or the account that stands in for it, repeats too soon. */
export function requirePollInterval(floor: PollInterval, token: string): void {
  const refused = askedTooOften(floor, token)
  if (refused !== undefined) throw refused
}
