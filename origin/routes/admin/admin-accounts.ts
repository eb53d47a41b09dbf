import type { z } from '@hono/zod-openapi'
import {
  type AdminAccountSchema,
  changeRolesRoute,
  findAccountsRoute,
} from '../../../shared/api/admin-accounts.ts'
import { createOpenApiApp } from '../../../shared/api/openapi.ts'
import { Problem } from '../../../shared/api/problem.ts'
import type { ChangeRolesInput, ChangeRolesResult, GivenAccount } from '../../accounts/roles.ts'
import type { OriginEnv } from '../auth/principal.ts'
import { requirePermission } from '../auth/require-access.ts'

export type AdminAccountRoutesDeps = {
  findAccounts: (input: { q: string; limit: number }) => Promise<GivenAccount[]>
  changeRoles: (input: ChangeRolesInput) => Promise<ChangeRolesResult>
}

export function createAdminAccountRoutes(deps: AdminAccountRoutesDeps) {
  const app = createOpenApiApp<OriginEnv>()

  app.openapi(findAccountsRoute, async (c) => {
    await requirePermission(c, 'operates')
    const accounts = await deps.findAccounts(c.req.valid('query'))
    c.header('cache-control', 'no-store')
    return c.json({ accounts: accounts.map(shown) }, 200)
  })

  app.openapi(changeRolesRoute, async (c) => {
    const { account: by } = await requirePermission(c, 'operates')
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
      return new Problem('conflict', 'Operators cannot remove their own role; another operator can')
    case 'unproven':
      return new Problem('account-unproven')
    case 'forbidden':
      return new Problem('forbidden', 'This is for operators of the installation')
  }
}
