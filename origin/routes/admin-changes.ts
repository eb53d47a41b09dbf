import { createRoute, z } from '@hono/zod-openapi'
import { createOpenApiApp, jsonResponse, problemResponses } from '../../shared/http/openapi.ts'
import { RoomIdSchema } from '../../shared/room-id.ts'
import type { Change } from '../audit/read-changes.ts'
import { ChangeSchema, ChangesQuerySchema } from './changes-schemas.ts'
import type { OriginEnv } from './principal.ts'
import { requireStanding } from './require-access.ts'

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
  description: 'Of the festivals whose team one is in; for operators also what is of no festival.',
  security: [{ session: [] }],
  request: {
    query: ChangesQuerySchema.extend({
      subject: SubjectSchema.optional(),
      festival: RoomIdSchema.optional(),
      account: z.uuid().optional().openapi({ description: 'What this account has changed' }),
    }),
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
    festival?: string | undefined
    by?: string | undefined
    seenBy: { account: string; operates: boolean }
    before?: number | undefined
    limit: number
  }) => Promise<Change[]>
}

export function createAdminChangeRoutes(deps: AdminChangeRoutesDeps) {
  const app = createOpenApiApp<OriginEnv>()

  app.openapi(listRoute, async (c) => {
    const { account, standing } = await requireStanding(c, 'operates', 'organises', 'creates')
    const { account: by, ...query } = c.req.valid('query')
    // Operators see what is of no festival; of festivals, all see those of their teams alone.
    const seenBy = { account, operates: standing.operates }
    const changes = await deps.readChanges({ ...query, by, seenBy })
    c.header('cache-control', 'no-store')
    return c.json({ changes: changes.map((change) => ({ ...change, at: change.at.toISOString() })) }, 200)
  })

  return app
}
