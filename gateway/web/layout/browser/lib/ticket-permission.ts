import type { Answer } from './api.ts'

/**
 * How long a list is used without a network after it was made. A device whose member was taken out of the team, and that
 * never comes online, stops then.
 */
export const OFFLINE_HOURS_MAX = 24

const HOUR_MS = 3_600_000

/** Until when a list that was made at an instant is used without a network; ISO 8601. */
export function usableUntil(listedAt: string): string {
  return new Date(Date.parse(listedAt) + OFFLINE_HOURS_MAX * HOUR_MS).toISOString()
}

export function isTooOld(listedAt: string, nowMs: number): boolean {
  return nowMs > Date.parse(usableUntil(listedAt))
}

/** Whether the server says that whoever is signed in on this device, or nobody any more, may not check tickets in. */
export function isNotPermitted(answer: Answer<unknown>): boolean {
  return answer.status === 'refused' && [401, 403].includes(answer.problem.status)
}
