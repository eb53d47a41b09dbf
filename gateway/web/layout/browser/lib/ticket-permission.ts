import type { Answer } from './api.ts'

/**
 * How long a list may be used without a network after it was made. It limits a device that never comes online after its
 * member was removed from the team.
 */
export const OFFLINE_HOURS_MAX = 24

const HOUR_MS = 3_600_000

/** Until when a list may be used without a network; ISO 8601. */
export function usableUntil(listedAt: string): string {
  return new Date(Date.parse(listedAt) + OFFLINE_HOURS_MAX * HOUR_MS).toISOString()
}

export function isTooOld(listedAt: string, nowMs: number): boolean {
  return nowMs > Date.parse(usableUntil(listedAt))
}

/** Whether the server has refused check-ins, because the user may not check in tickets or is signed out. */
export function isNotPermitted(answer: Answer<unknown>): boolean {
  return answer.status === 'refused' && [401, 403].includes(answer.problem.status)
}
