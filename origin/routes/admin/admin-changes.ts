import { listChangesRoute } from '../../../shared/api/changes.ts'
import { createOpenApiApp } from '../../../shared/api/openapi.ts'
import type { Change } from '../../audit-log/read-changes.ts'
import type { OriginEnv } from '../auth/principal.ts'
import { requirePermission } from '../auth/require-access.ts'

export type AdminChangeRoutesDeps = {
  readChanges: (input: {
    subject?: string | undefined
    festival?: string | undefined
    by?: string | undefined
    seenBy: { account: string; operates: boolean }
    before?: number | undefined
    limit: number
  }) => Promise<Change[]>
}

export function createAdminChangeRoutes(deps: AdminChangeRoutesDeps) {
  const app = createOpenApiApp<OriginEnv>()

  app.openapi(listChangesRoute, async (c) => {
    const { account, permissions } = await requirePermission(c, 'operates', 'organises', 'creates')
    const { account: by, ...query } = c.req.valid('query')
    // Operators see changes without a festival; changes of festivals are visible to their teams alone.
    const seenBy = { account, operates: permissions.operates }
    const changes = await deps.readChanges({ ...query, by, seenBy })
    c.header('cache-control', 'no-store')
    return c.json({ changes: changes.map((change) => ({ ...change, at: change.at.toISOString() })) }, 200)
  })

  return app
}
