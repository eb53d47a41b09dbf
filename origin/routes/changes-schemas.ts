import { z } from '@hono/zod-openapi'

const CHANGES_SHOWN_MAX = 100

/** Which page of the audit log is wanted. */
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

/** A change as the audit log has it, but for what was changed. */
export const ChangeSchema = z.object({
  id: z.int(),
  at: z.iso.datetime(),
  account: z.object({ id: z.uuid(), name: z.string() }),
  action: z.string(),
  before: z.record(z.string(), z.unknown()),
  after: z.record(z.string(), z.unknown()),
})
