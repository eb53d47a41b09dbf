import { createOpenApiApp } from '../shared/api/openapi.ts'
import type { Leases } from '../shared/runtime/leases.ts'
import { checkIn } from './check-in/check-in.ts'
import { readCheckInWindow } from './check-in/check-in-window.ts'
import { readConflicts } from './check-in/conflicts.ts'
import { exportScans } from './check-in/export-scans.ts'
import { readGateList, readGateNames } from './check-in/gate-list.ts'
import { createSummaryReader } from './check-in/summary.ts'
import { findFestivalOfScan, undoCheckIn } from './check-in/undo-check-in.ts'
import type { OriginContext } from './context.ts'
import { readRoom } from './rooms/read-room.ts'
import { createAdminGateRoutes } from './routes/admin/admin-gate.ts'
import type { OriginEnv } from './routes/auth/principal.ts'
import { createCheckInRoutes } from './routes/public/check-ins.ts'

/** The part of the API by which staff check tickets in, and organisers see what was recorded. */
export function createGateApp(deps: OriginContext, exportsUnderWay: Leases) {
  const { db, now, limits } = deps
  const app = createOpenApiApp<OriginEnv>()
  app.route(
    '/',
    createCheckInRoutes({
      ticketJwks: deps.ticketJwks,
      checkIn: (input) => checkIn(deps, input),
      findFestivalOfScan: (id) => findFestivalOfScan(db, id),
      undoCheckIn: (input) => undoCheckIn(deps, input),
      readWindow: (festival) => readCheckInWindow(db, festival),
      readSummary: createSummaryReader({
        db,
        now,
        cachedMs: limits.checkInSummaryCachedMs,
        festivalsMax: limits.festivalsMax,
      }),
      readGateList: (input) => readGateList(db, { ...input, ticketsMax: limits.checkInListMax }),
      readGateNames: (input) => readGateNames(db, { ...input, ticketsMax: limits.checkInListMax }),
      now,
    }),
  )
  app.route(
    '/',
    createAdminGateRoutes({
      hasRoom: async (room) => (await readRoom(db, room)) !== undefined,
      readConflicts: (input) => readConflicts(db, input),
      exportsUnderWay,
      exportScans: (input) => exportScans({ db, now }, input),
    }),
  )
  return app
}
