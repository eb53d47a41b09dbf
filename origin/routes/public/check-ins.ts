import type { z } from '@hono/zod-openapi'
import { etag } from 'hono/etag'
import {
  type BatchResultSchema,
  checkInBatchRoute,
  checkInRoute,
  readCheckInSummaryRoute,
  readCheckInWindowRoute,
  readGateListRoute,
  readGateNamesRoute,
  readTicketKeysRoute,
  undoCheckInRoute,
} from '../../../shared/api/check-ins.ts'
import { createOpenApiApp } from '../../../shared/api/openapi.ts'
import { Problem } from '../../../shared/api/problem.ts'
import type { PublicJwk } from '../../../shared/tokens/keys.ts'
import type { CheckInInput, CheckInResult } from '../../check-in/check-in.ts'
import type { CheckInWindow } from '../../check-in/check-in-window.ts'
import type { GateList, GateNames } from '../../check-in/gate-list.ts'
import type { CheckInSummary } from '../../check-in/summary.ts'
import type { UndoCheckInResult } from '../../check-in/undo-check-in.ts'
import type { OriginEnv } from '../auth/principal.ts'
import { requirePermission, requireTeam, requireTeamOf } from '../auth/require-access.ts'
import { festivalMissing } from '../festival-missing.ts'
import { showCheckIn, showSummary, showWindow } from '../show-check-in.ts'

export type CheckInRoutesDeps = {
  ticketJwks: readonly PublicJwk[]
  checkIn: (input: CheckInInput) => Promise<CheckInResult>
  findFestivalOfScan: (id: string) => Promise<string | undefined>
  undoCheckIn: (input: { id: string; account: string }) => Promise<UndoCheckInResult>
  readWindow: (festival: string) => Promise<CheckInWindow | undefined>
  readSummary: (festival: string) => Promise<CheckInSummary | undefined>
  readGateList: (input: { festival: string; type: number; after: number }) => Promise<GateList | undefined>
  readGateNames: (input: { festival: string; type: number; after: number }) => Promise<GateNames | undefined>
  now: () => number
}

type CheckInApp = ReturnType<typeof createOpenApiApp<OriginEnv>>

/** Check-in at the gates, for staff and organisers. */
export function createCheckInRoutes(deps: CheckInRoutesDeps) {
  const app = createOpenApiApp<OriginEnv>()
  app.use('/festivals/:festival/check-ins/list', etag())
  addScanRoutes(app, deps)
  addBatchRoute(app, deps)
  addSummaryRoutes(app, deps)
  addDeviceRoutes(app, deps)
  return app
}

/** A single scan, whose result the device waits for, and undoing a check-in. */
function addScanRoutes(app: CheckInApp, deps: CheckInRoutesDeps): void {
  app.openapi(checkInRoute, async (c) => {
    const { account } = await requireTeam(c, c.req.valid('json').festival, 'gate')
    const { qr, at = new Date(deps.now()), offsetMs, ...scan } = c.req.valid('json')
    // A scan that waits for the response is sent immediately.
    const clock = { at, offsetMs, sentAt: at }
    const result = await deps.checkIn({ ...scan, text: qr, clock, account })
    if (result.status === 'no-festival') throw festivalMissing()
    const shown = showCheckIn(result)
    if (shown.result === 'id-reused') throw new Problem('conflict', 'The ID was used for another ticket')
    // A device that waits for the response has refused nothing.
    if (shown.result === 'valid') throw new Problem('conflict', 'The device has refused this scan')
    c.header('cache-control', 'no-store')
    return shown.result === 'admitted' ? c.json(shown, 201) : c.json(shown, 200)
  })

  app.openapi(undoCheckInRoute, async (c) => {
    const { id } = c.req.valid('param')
    const { account } = await requireTeamOf(c, () => deps.findFestivalOfScan(id), {
      right: 'gate',
      missing: checkInMissing,
    })
    const result = await deps.undoCheckIn({ id, account })
    if (result.status === 'missing') throw checkInMissing()
    return c.json({ id, undoneAt: result.undoneAt.toISOString() }, 200)
  })
}

/** Scans that a device made without a network. */
function addBatchRoute(app: CheckInApp, deps: CheckInRoutesDeps): void {
  app.openapi(checkInBatchRoute, async (c) => {
    const { account } = await requireTeam(c, c.req.valid('json').festival, 'gate')
    const { festival, device, sentAt, scans } = c.req.valid('json')
    const results: z.output<typeof BatchResultSchema>[] = []
    // One after the other: of two scans of a ticket the earlier counts.
    for (const scan of scans) {
      const { id, qr, gate, confirmed, at = new Date(deps.now()), offsetMs } = scan
      const result = await deps.checkIn({
        ...{ id, festival, text: qr, gate, device, account, confirmed },
        clock: { at, offsetMs, sentAt },
        deviceVerdict: scan.verdict,
        isUndone: scan.undone,
      })
      if (result.status === 'no-festival') throw festivalMissing()
      results.push(showCheckIn(result))
    }
    c.header('cache-control', 'no-store')
    return c.json({ results }, 200)
  })
}

/** How many have come, and when the gates are open. */
function addSummaryRoutes(app: CheckInApp, deps: CheckInRoutesDeps): void {
  app.openapi(readCheckInSummaryRoute, async (c) => {
    await requireTeam(c, c.req.valid('param').festival, 'stats')
    const summary = await deps.readSummary(c.req.valid('param').festival)
    if (summary === undefined) throw festivalMissing()
    c.header('cache-control', 'no-store')
    return c.json(showSummary(summary), 200)
  })

  app.openapi(readCheckInWindowRoute, async (c) => {
    await requireTeam(c, c.req.valid('param').festival, 'stats')
    const window = await deps.readWindow(c.req.valid('param').festival)
    if (window === undefined) throw festivalMissing()
    c.header('cache-control', 'no-store')
    return c.json({ now: new Date(deps.now()).toISOString(), ...showWindow(window) }, 200)
  })
}

/** What a device stores to work without a network. */
function addDeviceRoutes(app: CheckInApp, deps: CheckInRoutesDeps): void {
  app.openapi(readTicketKeysRoute, async (c) => {
    await requirePermission(c, 'gates')
    c.header('cache-control', 'private, max-age=300')
    return c.json({ keys: deps.ticketJwks.map((jwk) => ({ ...jwk })) }, 200)
  })

  app.openapi(readGateListRoute, async (c) => {
    const { festival } = c.req.valid('param')
    await requireTeam(c, festival, 'gate')
    const list = await deps.readGateList({ festival, ...c.req.valid('query') })
    if (list === undefined) throw typeMissing()
    c.header('cache-control', 'private, no-cache')
    return c.json(list, 200)
  })

  app.openapi(readGateNamesRoute, async (c) => {
    const { festival } = c.req.valid('param')
    await requireTeam(c, festival, 'gate')
    const names = await deps.readGateNames({ festival, ...c.req.valid('query') })
    if (names === undefined) throw typeMissing()
    // Browsers must not cache personal data.
    c.header('cache-control', 'no-store')
    return c.json(names, 200)
  })
}

function checkInMissing(): Problem {
  return new Problem('not-found', 'There is no such check-in')
}

function typeMissing(): Problem {
  return new Problem('not-found', 'The festival has no such ticket type')
}
