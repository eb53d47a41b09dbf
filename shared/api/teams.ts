import { createRoute, z } from '@hono/zod-openapi'
import { TOKEN_CHARACTERS } from './limits.ts'
import { jsonBody, jsonResponse, problemResponses, TOKEN_PROBLEMS } from './openapi.ts'
import { RoomIdSchema } from './room-id.ts'
import { EmailSchema } from './sessions.ts'

const path = '/admin/festivals/{festival}/team'
const params = z.object({ festival: RoomIdSchema })
const memberParams = params.extend({ account: z.uuid() })
const security = [{ session: [] }]
const common = {
  ...problemResponses(...TOKEN_PROBLEMS, 'invalid-input', 'unavailable', 'forbidden', 'not-found'),
}

/** What a member of a festival's team may do, from most to least. */
export const TEAM_ROLES = ['owner', 'manager', 'viewer', 'gate'] as const
export type TeamRole = (typeof TEAM_ROLES)[number]

const TeamRoleSchema = z.enum(TEAM_ROLES)

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

export const readTeamRoute = createRoute({
  operationId: 'readTeam',
  method: 'get',
  path,
  summary: "A festival's team, and who is invited to it",
  security,
  request: { params },
  responses: { 200: jsonResponse(TeamSchema, 'The team'), ...common },
})

export const changeMemberRoute = createRoute({
  operationId: 'changeMember',
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

export const changeTeamSettingsRoute = createRoute({
  operationId: 'changeTeamSettings',
  method: 'put',
  path: `${path}/settings`,
  summary: 'Whether members need a second factor',
  description: 'Who requires it must have signed in with one, or they would lock themselves out.',
  security,
  request: { params, body: jsonBody(z.object({ secondFactorRequired: z.boolean() }).strict()) },
  responses: { 204: { description: 'Set' }, ...common, ...problemResponses('second-factor-needed') },
})

export const removeMemberRoute = createRoute({
  operationId: 'removeMember',
  method: 'delete',
  path: `${path}/{account}`,
  summary: 'Take a member out of the team, or leave it',
  security,
  request: { params: memberParams },
  responses: { 204: { description: 'No member any more' }, ...common, ...problemResponses('last-owner') },
})

export const inviteMemberRoute = createRoute({
  operationId: 'inviteMember',
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

export const revokeInvitationRoute = createRoute({
  operationId: 'revokeInvitation',
  method: 'delete',
  path: `${path}/invitations/{invitation}`,
  summary: 'Take an invitation back',
  security,
  request: { params: params.extend({ invitation: z.uuid() }) },
  responses: { 204: { description: 'Its link is worth nothing now' }, ...common },
})

export const acceptInvitationRoute = createRoute({
  operationId: 'acceptInvitation',
  method: 'post',
  path: '/me/team-invitations/acceptance',
  summary: 'Join a team by the token of an invitation to my address',
  security,
  request: { body: jsonBody(z.object({ token: z.string().length(TOKEN_CHARACTERS) }).strict()) },
  responses: {
    200: jsonResponse(z.object({ festival: z.string(), role: TeamRoleSchema }), 'In the team'),
    ...problemResponses(...TOKEN_PROBLEMS, 'invalid-input', 'unavailable'),
    ...problemResponses('invitation-ended', 'invitation-for-another-address', 'account-unproven', 'conflict'),
  },
})

export type Team = z.input<typeof TeamSchema>
