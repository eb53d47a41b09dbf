import { createOpenApiApp } from '../../../shared/api/openapi.ts'
import { Problem } from '../../../shared/api/problem.ts'
import {
  acceptInvitationRoute,
  changeMemberRoute,
  changeTeamSettingsRoute,
  inviteMemberRoute,
  readTeamRoute,
  removeMemberRoute,
  revokeInvitationRoute,
} from '../../../shared/api/teams.ts'
import { displayEmail } from '../../../shared/email-address.ts'
import type { ChangeMemberInput, ChangeMemberResult } from '../../teams/change-member.ts'
import type { AcceptResult, InviteInput, InviteResult } from '../../teams/invitations.ts'
import type { Team, TeamInvitation } from '../../teams/team.ts'
import type { TeamSettingsInput } from '../../teams/team-settings.ts'
import { type OriginEnv, requireSession } from '../auth/principal.ts'
import { requireTeam } from '../auth/require-access.ts'
import { hasSecondFactor } from '../auth/second-factor.ts'
import { festivalMissing } from '../festival-missing.ts'

export type TeamRoutesDeps = {
  setSettings: (input: TeamSettingsInput) => Promise<{ status: 'set' | 'missing' | 'forbidden' }>
  readTeam: (festival: string) => Promise<Team | undefined>
  changeMember: (input: ChangeMemberInput) => Promise<ChangeMemberResult>
  invite: (input: InviteInput) => Promise<InviteResult>
  revoke: (input: { festival: string; invitation: string; by: string }) => Promise<{
    status: 'revoked' | 'missing' | 'forbidden'
  }>
  accept: (input: { token: string; account: string }) => Promise<AcceptResult>
}

/** The members of a festival's team, and how they join and leave it. */
export function createTeamRoutes(deps: TeamRoutesDeps) {
  const app = createOpenApiApp<OriginEnv>()

  app.openapi(readTeamRoute, async (c) => {
    const { festival } = c.req.valid('param')
    const { account } = await requireTeam(c, festival, 'team')
    const team = await deps.readTeam(festival)
    if (team === undefined) throw festivalMissing()
    const mine = team.members.find((member) => member.account.id === account)?.role ?? null
    c.header('cache-control', 'no-store')
    return c.json(
      {
        members: team.members.map((member) => ({
          ...member,
          account: { ...member.account, email: displayEmail(member.account.email) },
          since: member.since.toISOString(),
        })),
        invitations: team.invitations.map(shownInvitation),
        secondFactorRequired: team.secondFactorRequired,
        mine: { account, role: mine },
      },
      200,
    )
  })

  // Before the routes of members, none of whom has such an ID.
  app.openapi(changeTeamSettingsRoute, async (c) => {
    const { festival } = c.req.valid('param')
    const { account: by, session } = await requireTeam(c, festival, 'own')
    const settings = c.req.valid('json')
    if (settings.secondFactorRequired && !hasSecondFactor(session)) throw new Problem('second-factor-needed')
    refuseUnless(await deps.setSettings({ festival, by, ...settings }), 'set')
    return c.body(null, 204)
  })

  app.openapi(changeMemberRoute, async (c) => {
    const { festival, account } = c.req.valid('param')
    const { account: by } = await requireTeam(c, festival, 'own')
    const { role } = c.req.valid('json')
    refuseUnless(await deps.changeMember({ festival, account, by, role }), 'changed')
    return c.body(null, 204)
  })

  app.openapi(removeMemberRoute, async (c) => {
    const { festival, account } = c.req.valid('param')
    const isOwn = requireSession(c).account === account
    const { account: by } = await requireTeam(c, festival, isOwn ? 'stats' : 'own')
    refuseUnless(await deps.changeMember({ festival, account, by, role: undefined }), 'changed')
    return c.body(null, 204)
  })

  app.openapi(inviteMemberRoute, async (c) => {
    const { festival } = c.req.valid('param')
    const { account: by } = await requireTeam(c, festival, 'own')
    const result = await deps.invite({ festival, by, ...c.req.valid('json') })
    if (result.status !== 'invited') throw refusal(result.status)
    const { invitation, token } = result
    c.header('cache-control', 'no-store')
    return c.json({ ...shownInvitation(invitation), ...(token === undefined ? {} : { token }) }, 201)
  })

  app.openapi(revokeInvitationRoute, async (c) => {
    const { festival, invitation } = c.req.valid('param')
    const { account: by } = await requireTeam(c, festival, 'own')
    refuseUnless(await deps.revoke({ festival, invitation, by }), 'revoked')
    return c.body(null, 204)
  })

  app.openapi(acceptInvitationRoute, async (c) => {
    const { account } = requireSession(c)
    const result = await deps.accept({ account, ...c.req.valid('json') })
    if (result.status === 'ended') throw new Problem('invitation-ended')
    if (result.status === 'other-account') throw new Problem('invitation-for-another-address')
    if (result.status === 'unproven') throw new Problem('account-unproven')
    if (result.status === 'too-many') throw refusal(result.status)
    return c.json({ festival: result.festival, role: result.role }, 200)
  })

  return app
}

const INVITE_RETRY_SECONDS = 3600

type Refused = 'missing' | 'last-owner' | 'too-many' | 'too-often' | 'unproven' | 'forbidden' | 'member'

function refuseUnless<D extends string>({ status }: { status: D | Refused }, done: D): void {
  if (status !== done) throw refusal(status as Refused)
}

function refusal(status: Refused): Problem {
  switch (status) {
    case 'missing':
      return new Problem('not-found', 'There is no such festival, member or invitation')
    case 'last-owner':
      return new Problem('last-owner')
    case 'too-many':
      return new Problem('conflict', 'The team has as many members and invitations as it can have')
    case 'too-often':
      return new Problem('too-many', 'So many invitations were sent and withdrawn today', {
        retryAfterSeconds: INVITE_RETRY_SECONDS,
      })
    case 'member':
      return new Problem('conflict', 'The owner of this address is in the team already')
    case 'unproven':
      return new Problem('account-unproven')
    case 'forbidden':
      return new Problem('forbidden', 'This is for the team of the festival')
  }
}

function shownInvitation({ email, createdAt, expiresAt, ...invitation }: TeamInvitation) {
  return {
    ...invitation,
    email: displayEmail(email),
    createdAt: createdAt.toISOString(),
    expiresAt: expiresAt.toISOString(),
  }
}
