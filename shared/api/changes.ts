import { createRoute, z } from '@hono/zod-openapi'
import { jsonResponse, problemResponses, TOKEN_PROBLEMS } from './openapi.ts'
import { RoomIdSchema } from './room-id.ts'

const CHANGES_SHOWN_MAX = 100

/** The requested page of the audit log. */
export const ChangesQuerySchema = z.object({
  before: z.coerce
    .number()
    .int()
    .positive()
    .max(Number.MAX_SAFE_INTEGER)
    .optional()
    .openapi({ description: 'The ID of the oldest change seen, for those before it' }),
  limit: z.coerce.number().int().min(1).max(CHANGES_SHOWN_MAX).default(20),
})

/** A change as in the audit log, without its subject. */
export const ChangeSchema = z.object({
  id: z.int(),
  at: z.iso.datetime(),
  account: z.object({ id: z.uuid(), name: z.string() }),
  action: z.string(),
  before: z.record(z.string(), z.unknown()),
  after: z.record(z.string(), z.unknown()),
})

/** Printable ASCII, as every subject is: MySQL cannot compare an ASCII column with anything else (error 1267). */
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

export const listChangesRoute = createRoute({
  operationId: 'listChanges',
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
    ...problemResponses(...TOKEN_PROBLEMS, 'invalid-input', 'unavailable', 'forbidden'),
  },
})

/** A change of either log; that of one room omits its subject. */
export type Change = z.input<typeof ChangeSchema> & { subject?: string | undefined }
