import type { z } from '@hono/zod-openapi'
import {
  type ConflictScanSchema,
  type ConflictSchema,
  exportScansRoute,
  listConflictsRoute,
} from '../../../shared/api/gate-record.ts'
import { createOpenApiApp } from '../../../shared/api/openapi.ts'
import { Problem } from '../../../shared/api/problem.ts'
import type { Leases } from '../../../shared/runtime/leases.ts'
import type { Conflict, ConflictScan, FoundConflicts } from '../../check-in/conflicts.ts'
import type { ExportScansInput } from '../../check-in/export-scans.ts'
import { acceptedLanguage } from '../accepted-language.ts'
import type { OriginEnv } from '../auth/principal.ts'
import { requireTeam } from '../auth/require-access.ts'
import { sendCsv } from './csv-export.ts'

export type AdminGateRoutesDeps = {
  hasRoom: (room: string) => Promise<boolean>
  readConflicts: (input: {
    festival: string
    before?: number | undefined
    limit: number
  }) => Promise<FoundConflicts>
  exportScans: (input: ExportScansInput) => Promise<AsyncIterable<string>>
  /** The accounts whose exports are being sent. */
  exportsUnderWay: Leases
}

/** The scan record, for organisers. */
export function createAdminGateRoutes(deps: AdminGateRoutesDeps) {
  const app = createOpenApiApp<OriginEnv>()

  app.openapi(listConflictsRoute, async (c) => {
    await requireTeam(c, c.req.valid('param').room, 'view')
    const { room } = c.req.valid('param')
    await requireRoom(room)
    const { conflicts, next } = await deps.readConflicts({ festival: room, ...c.req.valid('query') })
    c.header('cache-control', 'no-store')
    return c.json({ conflicts: conflicts.map(shown), ...(next === undefined ? {} : { next }) }, 200)
  })

  app.openapi(exportScansRoute, async (c) => {
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
