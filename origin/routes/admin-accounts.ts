import { createRoute, z } from '@hono/zod-openapi'
import { createOpenApiApp, jsonBody, jsonResponse, problemResponses } from '../../shared/http/openapi.ts'
import { Problem } from '../../shared/problem.ts'
import {
  type ChangeRolesInput,
  type ChangeRolesResult,
  GIVEN_ROLES,
  type GivenAccount,
} from '../accounts/roles.ts'
import type { OriginEnv } from './principal.ts'
import { requireStanding } from './require-access.ts'

const FOUND_MAX = 50
/** Fewer letters would list everyone, letter by letter. */
const QUERY_CHARACTERS_MIN = 3

const AdminAccountSchema = z
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
  ...problemResponses('invalid-input', 'token-missing', 'token-invalid', 'unavailable'),
  ...problemResponses('token-foreign', 'forbidden'),
}

const findRoute = createRoute({
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

const changeRoute = createRoute({
  method: 'patch',
  path: '/admin/accounts/{account}',
  summary: 'Give or take the roles organiser and operator',
  description:
    'An organiser creates festivals, an operator looks after the installation; who does what at a festival, its team ' +
    'says. In force at once, also for sessions that are open. Nobody takes the role operator from themselves. Where e-mails ' +
    'are sent, roles are given to accounts whose address is confirmed: anybody can sign up with somebody else’s.',
  security,
  request: { params: z.object({ account: z.uuid() }), body: jsonBody(RolesChangeSchema) },
  responses: {
    200: jsonResponse(AdminAccountSchema, 'The account as it is now'),
    ...common,
    ...problemResponses('not-found', 'conflict', 'account-unproven'),
  },
})

export type AdminAccountRoutesDeps = {
  findAccounts: (input: { q: string; limit: number }) => Promise<GivenAccount[]>
  changeRoles: (input: ChangeRolesInput) => Promise<ChangeRolesResult>
}

export function createAdminAccountRoutes(deps: AdminAccountRoutesDeps) {
  const app = createOpenApiApp<OriginEnv>()

  app.openapi(findRoute, async (c) => {
    await requireStanding(c, 'operates')
    const accounts = await deps.findAccounts(c.req.valid('query'))
    c.header('cache-control', 'no-store')
    return c.json({ accounts: accounts.map(shown) }, 200)
  })

  app.openapi(changeRoute, async (c) => {
    const { account: by } = await requireStanding(c, 'operates')
    const { account } = c.req.valid('param')
    const result = await deps.changeRoles({ account, by, change: c.req.valid('json') })
    if (result.status !== 'changed') throw refusal(result.status)
    c.header('cache-control', 'no-store')
    return c.json(shown(result.account), 200)
  })

  return app
}

function shown({ id, email, name, roles, proof }: GivenAccount): z.output<typeof AdminAccountSchema> {
  return { id, email, name, roles, proven: proof !== undefined }
}

function refusal(status: Exclude<ChangeRolesResult['status'], 'changed'>): Problem {
  switch (status) {
    case 'missing':
      return new Problem('not-found', 'There is no such account')
    case 'own':
      return new Problem('conflict', 'Nobody takes the role operator from themselves; another operator can')
    case 'unproven':
      return new Problem('account-unproven')
    case 'forbidden':
      return new Problem('forbidden', 'This is for operators of the installation')
  }
}
