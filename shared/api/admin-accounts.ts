import { createRoute, z } from '@hono/zod-openapi'
import { jsonBody, jsonResponse, problemResponses, TOKEN_PROBLEMS } from './openapi.ts'

/**
 * What an account may do beyond its teams: `organiser` creates festivals, `operator` manages the installation. Both are
 * granted and revoked by operators.
 */
export const GIVEN_ROLES = ['organiser', 'operator'] as const

const FOUND_MAX = 50
/** A shorter search would list all accounts, letter by letter. */
const QUERY_CHARACTERS_MIN = 3

export const AdminAccountSchema = z
  .object({
    id: z.uuid(),
    email: z.string(),
    name: z.string(),
    roles: z.array(z.enum(['fan', ...GIVEN_ROLES])),
    proven: z.boolean().openapi({
      description:
        'Whether the address is confirmed. An address can have several accounts, one of them proven',
    }),
  })
  .openapi('AdminAccount')

const RolesChangeSchema = z
  .object({ organiser: z.boolean(), operator: z.boolean() })
  .partial()
  .strict()
  .refine((change) => Object.keys(change).length > 0, 'give at least one role')
  .openapi('RolesChange', { description: 'true gives the role, false takes it, what is left out stays' })
const security = [{ session: [] }]
const common = {
  ...problemResponses(...TOKEN_PROBLEMS, 'invalid-input', 'unavailable', 'forbidden'),
}

export const findAccountsRoute = createRoute({
  operationId: 'findAccounts',
  method: 'get',
  path: '/admin/accounts',
  summary: 'Accounts by the beginning of their address',
  security,
  request: {
    query: z.object({
      q: z.string().trim().min(QUERY_CHARACTERS_MIN).max(254),
      limit: z.coerce.number().int().min(1).max(FOUND_MAX).default(20),
    }),
  },
  responses: {
    200: jsonResponse(
      z.object({ accounts: z.array(AdminAccountSchema) }),
      'In order of their address, the proven one of an address first',
    ),
    ...common,
  },
})

export const changeRolesRoute = createRoute({
  operationId: 'changeRoles',
  method: 'patch',
  path: '/admin/accounts/{account}',
  summary: 'Give or take the roles organiser and operator',
  description:
    'An organiser creates festivals, an operator looks after the installation; who does what at a festival, its team ' +
    'says. In force immediately, also for open sessions. Operators cannot remove their own role. Where e-mails ' +
    'are sent, roles are given to accounts whose address is confirmed: anyone can sign up with another person’s address.',
  security,
  request: { params: z.object({ account: z.uuid() }), body: jsonBody(RolesChangeSchema) },
  responses: {
    200: jsonResponse(AdminAccountSchema, 'The account as it is now'),
    ...common,
    ...problemResponses('not-found', 'conflict', 'account-unproven'),
  },
})

export type AdminAccount = z.input<typeof AdminAccountSchema>
export type GivenRole = (typeof GIVEN_ROLES)[number]
