import { createRoute, z } from '@hono/zod-openapi'
import { SCAN_VALUES } from './check-ins.ts'
import { LanguageSchema, OrderNumberSchema } from './fields.ts'
import { jsonResponse, problemResponses, TOKEN_PROBLEMS } from './openapi.ts'
import { RoomIdSchema } from './room-id.ts'

/**
 * - `admitted-twice`      more than one scan admitted a guest with the ticket, and none of them was undone
 * - `admitted-after-undo` a guest was admitted, the scan undone, and a guest was admitted with the same ticket again
 * - `void-admitted`       admitted by a device without a network, although its order was cancelled
 * - `flagged-admitted`    admitted although it is disputed or refunded, also when staff had confirmed it
 * - `unknown-admitted`    admitted by a device without a network, although it is not a ticket of the festival
 * - `outside-window`      admitted outside the check-in window, also when staff had confirmed it
 * - `refused-valid`       a valid ticket that a device without a network refused, with no admission since
 */
export const CONFLICT_KINDS = [
  ...(['admitted-twice', 'admitted-after-undo', 'void-admitted', 'flagged-admitted'] as const),
  ...(['unknown-admitted', 'outside-window', 'refused-valid'] as const),
] as const
export type ConflictKind = (typeof CONFLICT_KINDS)[number]

const CONFLICTS_SHOWN_MAX = 100

export const ConflictScanSchema = z.object({
  id: z.uuid(),
  at: z.iso.datetime().openapi({ description: "When it was scanned, by the server's clock" }),
  receivedAt: z.iso.datetime(),
  deviceAt: z.iso.datetime().openapi({ description: "When it was scanned, by the device's clock" }),
  deviceOffsetMs: z.int().nullable().openapi({
    description: "The server's clock minus the device's, as the device had measured it",
  }),
  clockDoubtful: z.boolean().openapi({
    description: "The device's clock could not be checked, or its measurement was not believed",
  }),
  gate: z.string(),
  device: z.uuid().nullable(),
  staff: z.object({ id: z.uuid(), name: z.string() }),
  verdict: z
    .enum([...SCAN_VALUES.serverVerdict, ...SCAN_VALUES.deviceVerdict])
    .openapi({ description: 'What the gate showed' }),
  serverVerdict: z.enum(SCAN_VALUES.serverVerdict),
  isOffline: z.boolean().openapi({ description: 'The device judged without the server' }),
  confirmed: z.array(z.enum(SCAN_VALUES.confirmed)),
  letIn: z.boolean(),
  undoneAt: z.iso.datetime().nullable(),
})

export const ConflictSchema = z
  .object({
    id: z.int(),
    kinds: z.array(z.enum(CONFLICT_KINDS)),
    ticket: z
      .object({
        ...{ type: z.int(), typeName: z.string(), number: z.int(), holder: z.string() },
        order: OrderNumberSchema,
      })
      .nullable()
      .openapi({ description: 'Null when what was let in is no ticket of the festival' }),
    scans: z.array(ConflictScanSchema).openapi({ description: "In order of time, by the server's clock" }),
  })
  .openapi('GateConflict')
const params = z.object({ room: RoomIdSchema })
const security = [{ session: [] }]
const common = {
  ...problemResponses(...TOKEN_PROBLEMS, 'invalid-input', 'not-found', 'unavailable', 'forbidden'),
}

export const listConflictsRoute = createRoute({
  operationId: 'listConflicts',
  method: 'get',
  path: '/admin/rooms/{room}/check-ins/conflicts',
  summary: 'What happened at the gates and should not have, each ticket once, the newest first',
  security,
  request: {
    params,
    query: z.object({
      before: z.coerce.number().int().positive().max(Number.MAX_SAFE_INTEGER).optional().openapi({
        description: 'The `next` of the page before',
      }),
      limit: z.coerce.number().int().min(1).max(CONFLICTS_SHOWN_MAX).default(50),
    }),
  },
  responses: {
    200: jsonResponse(
      z.object({
        conflicts: z.array(ConflictSchema),
        next: z.int().optional().openapi({
          description: 'Where to go on, also when a page has few or none: go on while there is a next',
        }),
      }),
      'A page of conflicts',
    ),
    ...common,
  },
})

export const exportScansRoute = createRoute({
  operationId: 'exportScans',
  method: 'get',
  path: '/admin/rooms/{room}/check-ins/scans.csv',
  summary: 'Every scan at the gates as CSV, the newest first; the audit log keeps who took them',
  security,
  request: { params, query: z.object({ language: LanguageSchema }) },
  responses: {
    200: {
      description: 'One line per scan, with times in the festival’s zone and their offsets',
      content: { 'text/csv': { schema: z.string() } },
    },
    ...common,
    ...problemResponses('too-many'),
  },
})

export type GateConflict = z.input<typeof ConflictSchema>
export type ConflictScan = z.input<typeof ConflictScanSchema>
