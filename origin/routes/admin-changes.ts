import { createRoute, z } from '@hono/zod-openapi'
import { createOpenApiApp, jsonResponse, problemResponses } from '../../shared/http/openapi.ts'
import type { Change } from '../audit/read-changes.ts'
import { ChangeSchema, ChangesQuerySchema } from './changes-schemas.ts'
import { type OriginEnv, requireRole } from './principal.ts'

/** Printable ASCII, as every subject is: MySQL compares an ASCII column with nothing else (error 1267). */
const SubjectSchema = z.string().regex(/^[ -~]{1,100}$/, 'printable ASCII characters')

const AllChangesSchema = z
  .object({
    changes: z.array(
      ChangeSchema.extend({
        subject: z
          .string()
          .openapi({ description: 'What was changed: a room, an order, or `account:` and its ID' }),
      }),
    ),
  })
  .openapi('AllChanges')

const listRoute = createRoute({
  method: 'get',
  path: '/admin/changes',
  summary: 'Who changed what, the newest first',
  security: [{ session: [] }],
  request: {
    query: ChangesQuerySchema.extend({ subject: SubjectSchema.optional() }),
  },
  responses: {
    200: jsonResponse(AllChangesSchema, 'Only the fields that changed, before and after'),
    ...problemResponses('invalid-input', 'token-missing', 'token-invalid', 'unavailable'),
    ...problemResponses('token-foreign', 'forbidden'),
  },
})

export type AdminChangeRoutesDeps = {
  readChanges: (input: {
    subject?: string | undefined
    before?: number | undefined
    limit: number
  }) => Promise<Change[]>
}

export function createAdminChangeRoutes(deps: AdminChangeRoutesDeps) {
  const app = createOpenApiApp<OriginEnv>()

  app.openapi(listRoute, async (c) => {
    requireRole(c, 'organiser')
    const changes = await deps.readChanges(c.req.valid('query'))
    c.header('cache-control', 'no-store')
    return c.json({ changes: changes.map((change) => ({ ...change, at: change.at.toISOString() })) }, 200)
  })

  return app
}
