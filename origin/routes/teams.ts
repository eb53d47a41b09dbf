import { createRoute, z } from '@hono/zod-openapi'
import { createOpenApiApp, jsonBody, jsonResponse, problemResponses } from '../../shared/http/openapi.ts'
import { Problem } from '../../shared/problem.ts'
import { RoomIdSchema } from '../../shared/room-id.ts'
import { displayEmail } from '../accounts/email-address.ts'
import { TOKEN_CHARACTERS } from '../accounts/email-secrets.ts'
import type { ChangeMemberInput, ChangeMemberResult } from '../teams/change-member.ts'
import type { AcceptResult, InviteInput, InviteResult } from '../teams/invitations.ts'
import { TEAM_ROLE_VALUES } from '../teams/rights.ts'
import type { Team, TeamInvitation } from '../teams/team.ts'
import type { TeamSettingsInput } from '../teams/team-settings.ts'
import { festivalMissing } from './festivals-admin.ts'
import { EmailSchema } from './open-session.ts'
import { type OriginEnv, requireSession } from './principal.ts'
import { requireTeam } from './require-access.ts'
import { hasSecondFactor } from './second-factor.ts'

const path = '/admin/festivals/{festival}/team'
const params = z.object({ festival: RoomIdSchema })
const memberParams = params.extend({ account: z.uuid() })
const security = [{ session: [] }]
const common = {
  ...problemResponses('invalid-input', 'token-missing', 'token-invalid', 'unavailable'),
  ...problemResponses('token-foreign', 'forbidden', 'not-found'),
}

const TeamRoleSchema = z.enum(TEAM_ROLE_VALUES)

const InvitationSchema = z
  .object({
    id: z.uuid(),
    email: z.string(),
    role: TeamRoleSchema,
    createdAt: z.iso.datetime(),
    expiresAt: z.iso.datetime(),
  })
  .openapi('TeamInvitation')

const TeamSchema = z
  .object({
    members: z.array(
      z.object({
        account: z.object({ id: z.uuid(), name: z.string(), email: z.string() }),
        role: TeamRoleSchema,
        hasSecondFactor: z.boolean(),
        since: z.iso.datetime().openapi({ description: 'Since when they have this role' }),
        addedBy: z.string().nullable().openapi({ description: 'The name of who gave it' }),
      }),
    ),
    invitations: z.array(InvitationSchema),
    secondFactorRequired: z.boolean(),
    mine: z
      .object({ account: z.uuid(), role: TeamRoleSchema.nullable() })
      .openapi({ description: 'Who asks, and their role; null for operators who are not in the team' }),
  })
  .openapi('Team')

const readRoute = createRoute({
  method: 'get',
  path,
  summary: "A festival's team, and who is invited to it",
  security,
  request: { params },
  responses: { 200: jsonResponse(TeamSchema, 'The team'), ...common },
})

const changeRoute = createRoute({
  method: 'put',
  path: `${path}/{account}`,
  summary: 'Give a member another role',
  description: 'In force at once. Operators of the installation name members directly; others are invited.',
  security,
  request: { params: memberParams, body: jsonBody(z.object({ role: TeamRoleSchema }).strict()) },
  responses: {
    204: { description: 'The member has the role' },
    ...common,
    ...problemResponses('last-owner', 'conflict', 'account-unproven'),
  },
})

const settingsRoute = createRoute({
  method: 'put',
  path: `${path}/settings`,
  summary: 'Whether members need a second factor',
  description: 'Who requires it must have signed in with one, or they would lock themselves out.',
  security,
  request: { params, body: jsonBody(z.object({ secondFactorRequired: z.boolean() }).strict()) },
  responses: { 204: { description: 'Set' }, ...common, ...problemResponses('second-factor-needed') },
})

const removeRoute = createRoute({
  method: 'delete',
  path: `${path}/{account}`,
  summary: 'Take a member out of the team, or leave it',
  security,
  request: { params: memberParams },
  responses: { 204: { description: 'No member any more' }, ...common, ...problemResponses('last-owner') },
})

const inviteRoute = createRoute({
  method: 'post',
  path: `${path}/invitations`,
  summary: 'Invite the owner of an e-mail address',
  description: 'Safe to repeat: there is one invitation for an address, and the last role counts.',
  security,
  request: {
    params,
    body: jsonBody(z.object({ email: EmailSchema, role: TeamRoleSchema }).strict()),
  },
  responses: {
    201: jsonResponse(
      InvitationSchema.extend({
        token: z.string().optional().openapi({
          description: 'Of the link `/invitation?token=`, to be passed on; only where no e-mails are sent',
        }),
      }),
      'Invited',
    ),
    ...common,
    ...problemResponses('conflict', 'too-many'),
  },
})

const revokeRoute = createRoute({
  method: 'delete',
  path: `${path}/invitations/{invitation}`,
  summary: 'Take an invitation back',
  security,
  request: { params: params.extend({ invitation: z.uuid() }) },
  responses: { 204: { description: 'Its link is worth nothing now' }, ...common },
})

const acceptRoute = createRoute({
  method: 'post',
  path: '/me/team-invitations/acceptance',
  summary: 'Join a team by the token of an invitation to my address',
  security,
  request: { body: jsonBody(z.object({ token: z.string().length(TOKEN_CHARACTERS) }).strict()) },
  responses: {
    200: jsonResponse(z.object({ festival: z.string(), role: TeamRoleSchema }), 'In the team'),
    ...problemResponses('invalid-input', 'token-missing', 'token-invalid', 'token-foreign', 'unavailable'),
    ...problemResponses('invitation-ended', 'invitation-foreign', 'account-unproven', 'conflict'),
  },
})

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

/** Who is in a festival's team, and how they come into it and out of it. */
export function createTeamRoutes(deps: TeamRoutesDeps) {
  const app = createOpenApiApp<OriginEnv>()

  app.openapi(readRoute, async (c) => {
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

  // Before the members, of whom none has such an ID.
  app.openapi(settingsRoute, async (c) => {
    const { festival } = c.req.valid('param')
    const { account: by, session } = await requireTeam(c, festival, 'own')
    const settings = c.req.valid('json')
    if (settings.secondFactorRequired && !hasSecondFactor(session)) throw new Problem('second-factor-needed')
    refuseUnless(await deps.setSettings({ festival, by, ...settings }), 'set')
    return c.body(null, 204)
  })

  app.openapi(changeRoute, async (c) => {
    const { festival, account } = c.req.valid('param')
    const { account: by } = await requireTeam(c, festival, 'own')
    const { role } = c.req.valid('json')
    refuseUnless(await deps.changeMember({ festival, account, by, role }), 'changed')
    return c.body(null, 204)
  })

  app.openapi(removeRoute, async (c) => {
    const { festival, account } = c.req.valid('param')
    const isOwn = requireSession(c).account === account
    const { account: by } = await requireTeam(c, festival, isOwn ? 'figures' : 'own')
    refuseUnless(await deps.changeMember({ festival, account, by, role: undefined }), 'changed')
    return c.body(null, 204)
  })

  app.openapi(inviteRoute, async (c) => {
    const { festival } = c.req.valid('param')
    const { account: by } = await requireTeam(c, festival, 'own')
    const result = await deps.invite({ festival, by, ...c.req.valid('json') })
    if (result.status !== 'invited') throw refusal(result.status)
    const { invitation, token } = result
    c.header('cache-control', 'no-store')
    return c.json({ ...shownInvitation(invitation), ...(token === undefined ? {} : { token }) }, 201)
  })

  app.openapi(revokeRoute, async (c) => {
    const { festival, invitation } = c.req.valid('param')
    const { account: by } = await requireTeam(c, festival, 'own')
    refuseUnless(await deps.revoke({ festival, invitation, by }), 'revoked')
    return c.body(null, 204)
  })

  app.openapi(acceptRoute, async (c) => {
    const { account } = requireSession(c)
    const result = await deps.accept({ account, ...c.req.valid('json') })
    if (result.status === 'ended') throw new Problem('invitation-ended')
    if (result.status === 'foreign') throw new Problem('invitation-foreign')
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
