import type { TeamRole } from '../../drizzle/schema/teams.ts'

/**
 * What the roles of a festival's team may do (M6):
 *
 * - `view`     see the festival, its sale, orders, payments, scans and changes, and export them
 * - `manage`   change, publish and control it, cancel orders, decide about payments
 * - `team`     see the members of the team
 * - `own`      change the members of the team and its requirements, and delete the draft
 * - `stats`  how many are checked in, and when check-in opens
 * - `gate`     check tickets in and undo that, and the lists that devices need for it
 */
export const RIGHTS = {
  view: ['owner', 'manager', 'viewer'],
  team: ['owner', 'manager', 'viewer'],
  manage: ['owner', 'manager'],
  own: ['owner'],
  stats: ['owner', 'manager', 'viewer', 'gate'],
  gate: ['owner', 'manager', 'gate'],
} as const satisfies Record<string, readonly TeamRole[]>

export type Right = keyof typeof RIGHTS

export function hasRight(role: TeamRole | undefined, right: Right): boolean {
  const roles: readonly TeamRole[] = RIGHTS[right]
  return role !== undefined && roles.includes(role)
}

/**
 * The rights that an operator has in every team: `own`, so that a team whose owners are gone gets another one. All
 * other rights belong to the festival's team alone.
 */
export const OPERATOR_RIGHTS: readonly Right[] = ['team', 'own']
