import { createRoute, z } from '@hono/zod-openapi'
import { createOpenApiApp, jsonResponse, problemResponses } from '../../shared/http/openapi.ts'
import type { Leases } from '../../shared/leases.ts'
import { Problem } from '../../shared/problem.ts'
import { RoomIdSchema } from '../../shared/room-id.ts'
import { CONFLICT_KINDS } from '../check-in/conflict-kinds.ts'
import type { Conflict, ConflictScan, FoundConflicts } from '../check-in/conflicts.ts'
import type { ExportScansInput } from '../check-in/export-scans.ts'
import { SCAN_VALUES } from '../check-in/scan-row.ts'
import { acceptedLanguage, LanguageSchema } from './accepted-language.ts'
import { sendCsv } from './csv-export.ts'
import { OrderNumberSchema } from './order-number-schema.ts'
import type { OriginEnv } from './principal.ts'
import { requireTeam } from './require-access.ts'

const CONFLICTS_SHOWN_MAX = 100

const ConflictScanSchema = z.object({
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

const ConflictSchema = z
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
  ...problemResponses('invalid-input', 'token-missing', 'token-invalid', 'not-found', 'unavailable'),
  ...problemResponses('token-foreign', 'forbidden'),
}

const conflictsRoute = createRoute({
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

const exportRoute = createRoute({
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

export type AdminGateRoutesDeps = {
  hasRoom: (room: string) => Promise<boolean>
  readConflicts: (input: {
    festival: string
    before?: number | undefined
    limit: number
  }) => Promise<FoundConflicts>
  exportScans: (input: ExportScansInput) => Promise<AsyncIterable<string>>
  /** Whose exports are being sent. */
  exportsUnderWay: Leases
}

/** The gate's record, for organisers. */
export function createAdminGateRoutes(deps: AdminGateRoutesDeps) {
  const app = createOpenApiApp<OriginEnv>()

  app.openapi(conflictsRoute, async (c) => {
    await requireTeam(c, c.req.valid('param').room, 'view')
    const { room } = c.req.valid('param')
    await requireRoom(room)
    const { conflicts, next } = await deps.readConflicts({ festival: room, ...c.req.valid('query') })
    c.header('cache-control', 'no-store')
    return c.json({ conflicts: conflicts.map(shown), ...(next === undefined ? {} : { next }) }, 200)
  })

  app.openapi(exportRoute, async (c) => {
    const { account } = await requireTeam(c, c.req.valid('param').room, 'view')
    const { room } = c.req.valid('param')
    const language = acceptedLanguage(c, c.req.valid('query').language)
    await requireRoom(room)
    return await sendCsv(c, { ...deps, account }, async () => ({
      name: `scans-${room}.csv`,
      lines: await deps.exportScans({ festival: room, account, language }),
    }))
  })

  async function requireRoom(room: string): Promise<void> {
    if (!(await deps.hasRoom(room))) throw new Problem('not-found', 'There is no such room')
  }

  return app
}

function shown({ seq, kinds, ticket, scans }: Conflict): z.output<typeof ConflictSchema> {
  return { id: seq, kinds, ticket: ticket ?? null, scans: scans.map(shownScan) }
}

function shownScan(scan: ConflictScan): z.output<typeof ConflictScanSchema> {
  const { id, gate, device, serverVerdict, deviceVerdict, confirmed, letIn } = scan
  return {
    ...{ id, gate, device, serverVerdict, confirmed, letIn },
    at: scan.at.toISOString(),
    receivedAt: scan.receivedAt.toISOString(),
    deviceAt: scan.deviceAt.toISOString(),
    deviceOffsetMs: scan.deviceOffsetMs,
    clockDoubtful: scan.clockDoubtful,
    staff: { id: scan.accountId, name: scan.staffName },
    verdict: deviceVerdict ?? serverVerdict,
    isOffline: deviceVerdict !== null,
    undoneAt: scan.undoneAt?.toISOString() ?? null,
  }
}
