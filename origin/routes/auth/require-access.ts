import type { Context } from 'hono'
import { createMiddleware } from 'hono/factory'
import { Problem } from '../../../shared/api/problem.ts'
import type { Access, Permissions } from '../../access/access.ts'
import { hasRight, OPERATOR_RIGHTS, type Right } from '../../access/rights.ts'
import { type OriginEnv, type Principal, requireSession } from './principal.ts'
import { hasSecondFactor } from './second-factor.ts'

type SessionPrincipal = Extract<Principal, { kind: 'session' }>

/** Provides the data for the checks below. */
export function provideAccess(access: Access) {
  return createMiddleware<OriginEnv>(async (c, next) => {
    c.set('access', access)
    await next()
  })
}

/**
 * The session of an account whose role in the team of this festival has a right. All others get the same response,
 * whether or not there is such a festival: a draft is known to its team alone.
 */
export async function requireTeam(
  c: Context<OriginEnv>,
  festival: string,
  right: Right,
): Promise<SessionPrincipal> {
  const principal = requireSession(c)
  const access = c.get('access')
  const membership = await access.membership(principal.session, festival)
  if (membership !== undefined && hasRight(membership.role, right)) {
    if (membership.isSecondFactorRequired) requireSecondFactor(principal)
    return principal
  }
  if (OPERATOR_RIGHTS.includes(right) && (await access.permissions(principal.session)).operates) {
    // Otherwise the password of an operator would suffice to change what the team requires.
    if (await access.requiresSecondFactor(festival)) requireSecondFactor(principal)
    return principal
  }
  throw new Problem('forbidden', 'This is for the team of the festival')
}

/**
 * The same where a festival is identified by one of its resources, such as an order. Resources of another team are
 * reported as not found.
 */
export async function requireTeamOf(
  c: Context<OriginEnv>,
  find: () => Promise<string | undefined>,
  { right, missing }: { right: Right; missing: () => Problem },
): Promise<SessionPrincipal> {
  const principal = await requirePermission(c, right === 'gate' ? 'gates' : 'organises')
  const festival = await find()
  const membership =
    festival === undefined ? undefined : await c.get('access').membership(principal.session, festival)
  if (!hasRight(membership?.role, right)) throw missing()
  return principal
}

/** An account that has one signs in with it; one without is shown how to set one up. */
function requireSecondFactor({ session }: SessionPrincipal): void {
  if (!hasSecondFactor(session)) throw new Problem('second-factor-needed')
}

type PermissionName = Exclude<keyof Permissions, 'gateFestivals' | 'needsSecondFactor'>

const PERMISSION_MESSAGES: Record<PermissionName, string> = {
  operates: 'This is for operators of the installation',
  creates: 'This is for accounts that may create festivals',
  organises: 'This is for teams of festivals',
  gates: 'This is for gate staff',
}

/** The session of an account with one of these rights, whatever the festival. */
export async function requirePermission(
  c: Context<OriginEnv>,
  ...any: [PermissionName, ...PermissionName[]]
): Promise<SessionPrincipal & { permissions: Permissions }> {
  const principal = requireSession(c)
  const permissions = await c.get('access').permissions(principal.session)
  if (!any.some((each) => permissions[each])) throw new Problem('forbidden', PERMISSION_MESSAGES[any[0]])
  // Lists are of all teams: the requirements of one of them apply to all.
  if (permissions.needsSecondFactor) requireSecondFactor(principal)
  return { ...principal, permissions }
}
