import { createRoute, z } from '@hono/zod-openapi'
import { etag } from 'hono/etag'
import { createOpenApiApp, jsonBody, jsonResponse, problemResponses } from '../../shared/http/openapi.ts'
import { Problem } from '../../shared/problem.ts'
import { RoomIdSchema } from '../../shared/room-id.ts'
import type { PublicJwk } from '../../shared/tokens/keys.ts'
import type { CheckInInput, CheckInResult } from '../check-in/check-in.ts'
import type { CheckInWindow } from '../check-in/check-in-window.ts'
import type { GateList, GateNames } from '../check-in/gate-list.ts'
import type { CheckInSummary } from '../check-in/summary.ts'
import type { UndoCheckInResult } from '../check-in/undo-check-in.ts'
import {
  AdmittedSchema,
  BatchResultSchema,
  BatchSchema,
  CheckInSchema,
  GateListSchema,
  GateNamesSchema,
  NotAdmittedSchema,
  SummarySchema,
  showCheckIn,
  showSummary,
  showWindow,
  WindowSchema,
} from './check-in-schemas.ts'
import type { OriginEnv } from './principal.ts'
import { requireStanding, requireTeam, requireTeamOf } from './require-access.ts'

const security = [{ session: [] }]
const common = {
  ...problemResponses('invalid-input', 'token-missing', 'token-invalid'),
  ...problemResponses('token-foreign', 'forbidden'),
}

const keysRoute = createRoute({
  method: 'get',
  path: '/check-ins/keys',
  summary: 'The keys that tickets are signed with, as a JWK set',
  description:
    'The signature of a ticket is over everything before its last dot. Its key is any of these: there are several while ' +
    'the key is being changed.',
  security,
  responses: {
    200: jsonResponse(
      z.object({ keys: z.array(z.record(z.string(), z.string())) }),
      'Ed25519 keys (RFC 8037)',
    ),
    ...common,
  },
})

const checkInRoute = createRoute({
  method: 'post',
  path: '/check-ins',
  summary: 'Check a ticket in at the gate; safe to repeat with the same ID',
  security,
  request: { body: jsonBody(CheckInSchema) },
  responses: {
    201: jsonResponse(AdmittedSchema, 'It admits, and is used now'),
    200: jsonResponse(NotAdmittedSchema, 'It does not admit, and why'),
    ...common,
    ...problemResponses('not-found', 'conflict'),
  },
})

const batchRoute = createRoute({
  method: 'post',
  path: '/check-ins/batch',
  summary: 'Send what was scanned and judged without a network, in order; each has a result of its own',
  security,
  request: { body: jsonBody(BatchSchema) },
  responses: {
    200: jsonResponse(z.object({ results: z.array(BatchResultSchema) }), 'In the order of the scans'),
    ...common,
    ...problemResponses('not-found'),
  },
})

const undoRoute = createRoute({
  method: 'delete',
  path: '/check-ins/{id}',
  summary: 'Take a check-in back; its ticket can be used again',
  security,
  request: { params: z.object({ id: z.uuid() }) },
  responses: {
    200: jsonResponse(z.object({ id: z.uuid(), undoneAt: z.iso.datetime() }), 'Taken back'),
    ...common,
    ...problemResponses('not-found'),
  },
})

const summaryRoute = createRoute({
  method: 'get',
  path: '/festivals/{festival}/check-ins/summary',
  summary: 'How many are in, by ticket type, and the last check-ins',
  security,
  request: { params: z.object({ festival: RoomIdSchema }) },
  responses: {
    200: jsonResponse(SummarySchema, 'The summary'),
    ...common,
    ...problemResponses('not-found'),
  },
})

const windowRoute = createRoute({
  method: 'get',
  path: '/festivals/{festival}/check-ins/window',
  summary: "When tickets are checked in, and the server's clock, for devices to measure theirs by",
  security,
  request: { params: z.object({ festival: RoomIdSchema }) },
  responses: {
    200: jsonResponse(WindowSchema, 'Outside of it, staff must confirm each check-in'),
    ...common,
    ...problemResponses('not-found'),
  },
})

const listRoute = createRoute({
  method: 'get',
  path: '/festivals/{festival}/check-ins/list',
  summary: 'What a device needs to judge tickets of a type without a network',
  description:
    'The first 8 bytes of the SHA-256 of each code, joined, in base64. Void tickets are in none of the lists.',
  security,
  request: {
    params: z.object({ festival: RoomIdSchema }),
    query: z.object({
      type: z.coerce.number().int().positive().max(4_294_967_295),
      after: z.coerce.number().int().min(0).max(4_294_967_295).default(0),
    }),
  },
  responses: {
    200: jsonResponse(GateListSchema, 'A page of the list'),
    304: { description: 'Unchanged since the ETag in If-None-Match' },
    ...common,
    ...problemResponses('not-found'),
  },
})

const namesRoute = createRoute({
  method: 'get',
  path: '/festivals/{festival}/check-ins/names',
  summary: 'Whose tickets of a type they are, for devices to show without a network',
  description:
    'Names alone, by the first 8 bytes of the SHA-256 of each code, joined, in base64. A device keeps them no longer than ' +
    'until check-in is over or its staff member signs out.',
  security,
  request: listRoute.request,
  responses: {
    200: jsonResponse(GateNamesSchema, 'A page of names'),
    ...common,
    ...problemResponses('not-found'),
  },
})

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

/** Check-in at the gates, for staff and organisers. */
export function createCheckInRoutes(deps: CheckInRoutesDeps) {
  const app = createOpenApiApp<OriginEnv>()
  app.use('/festivals/:festival/check-ins/list', etag())

  app.openapi(keysRoute, async (c) => {
    await requireStanding(c, 'gates')
    c.header('cache-control', 'private, max-age=300')
    return c.json({ keys: deps.ticketJwks.map((jwk) => ({ ...jwk })) }, 200)
  })

  app.openapi(checkInRoute, async (c) => {
    const { account } = await requireTeam(c, c.req.valid('json').festival, 'gate')
    const { qr, at = new Date(deps.now()), offsetMs, ...scan } = c.req.valid('json')
    // What waits for the answer is sent as soon as it is scanned.
    const clock = { at, offsetMs, sentAt: at }
    const result = await deps.checkIn({ ...scan, text: qr, clock, account })
    if (result.status === 'no-festival') throw festivalMissing()
    const shown = showCheckIn(result)
    if (shown.result === 'id-reused') throw new Problem('conflict', 'The ID was used for another ticket')
    // Whoever waits for the answer has refused nothing.
    if (shown.result === 'valid') throw new Problem('conflict', 'The device has refused this scan')
    c.header('cache-control', 'no-store')
    return shown.result === 'admitted' ? c.json(shown, 201) : c.json(shown, 200)
  })

  app.openapi(batchRoute, async (c) => {
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

  app.openapi(undoRoute, async (c) => {
    const { id } = c.req.valid('param')
    const { account } = await requireTeamOf(c, () => deps.findFestivalOfScan(id), {
      right: 'gate',
      missing: checkInMissing,
    })
    const result = await deps.undoCheckIn({ id, account })
    if (result.status === 'missing') throw checkInMissing()
    return c.json({ id, undoneAt: result.undoneAt.toISOString() }, 200)
  })

  app.openapi(summaryRoute, async (c) => {
    await requireTeam(c, c.req.valid('param').festival, 'figures')
    const summary = await deps.readSummary(c.req.valid('param').festival)
    if (summary === undefined) throw festivalMissing()
    c.header('cache-control', 'no-store')
    return c.json(showSummary(summary), 200)
  })

  app.openapi(windowRoute, async (c) => {
    await requireTeam(c, c.req.valid('param').festival, 'figures')
    const window = await deps.readWindow(c.req.valid('param').festival)
    if (window === undefined) throw festivalMissing()
    c.header('cache-control', 'no-store')
    return c.json({ now: new Date(deps.now()).toISOString(), ...showWindow(window) }, 200)
  })

  app.openapi(listRoute, async (c) => {
    const { festival } = c.req.valid('param')
    await requireTeam(c, festival, 'gate')
    const list = await deps.readGateList({ festival, ...c.req.valid('query') })
    if (list === undefined) throw typeMissing()
    c.header('cache-control', 'private, no-cache')
    return c.json(list, 200)
  })

  app.openapi(namesRoute, async (c) => {
    const { festival } = c.req.valid('param')
    await requireTeam(c, festival, 'gate')
    const names = await deps.readGateNames({ festival, ...c.req.valid('query') })
    if (names === undefined) throw typeMissing()
    // Of what is about people, browsers keep no copy of their own.
    c.header('cache-control', 'no-store')
    return c.json(names, 200)
  })

  return app
}

function checkInMissing(): Problem {
  return new Problem('not-found', 'There is no such check-in')
}

function festivalMissing(): Problem {
  return new Problem('not-found', 'There is no such festival')
}

function typeMissing(): Problem {
  return new Problem('not-found', 'The festival has no such ticket type')
}
