import { createRoute, z } from '@hono/zod-openapi'
import { createOpenApiApp, jsonBody, jsonResponse, problemResponses } from '../../shared/http/openapi.ts'
import { Problem } from '../../shared/problem.ts'
import { RoomIdSchema } from '../../shared/room-id.ts'
import type { AddTicketTypeInput, AddTicketTypeResult } from '../catalogue/add-ticket-type.ts'
import type { ChangeTicketTypeInput, ChangeTicketTypeResult } from '../catalogue/change-ticket-type.ts'
import type { VersionCheck } from '../catalogue/locked-festival.ts'
import type { RemoveTicketTypeResult } from '../catalogue/remove-ticket-type.ts'
import { festivalMissing, roomAbsent, shownOn } from './festivals-admin.ts'
import {
  AdminFestivalSchema,
  NewTicketTypeSchema,
  TicketTypeChangeSchema,
} from './festivals-admin-schemas.ts'
import { IdempotencyKeyHeader, keyProblem, readIdempotencyKey } from './idempotency-key.ts'
import { IfMatchHeader, outdated, readIfMatch } from './if-match.ts'
import type { OriginEnv } from './principal.ts'
import { refusalProblem } from './refusal-problem.ts'
import { requireTeam } from './require-access.ts'

const path = '/admin/festivals/{festival}/ticket-types'
const params = z.object({ festival: RoomIdSchema })
const typeParams = z.object({
  festival: RoomIdSchema,
  type: z.coerce
    .number()
    .int()
    .positive()
    .max(2 ** 32 - 1),
})
const security = [{ session: [] }]
const common = {
  ...problemResponses('invalid-input', 'token-missing', 'token-invalid', 'unavailable'),
  ...problemResponses('token-foreign', 'forbidden', 'not-found', 'conflict', 'precondition-failed'),
}
const shownOne = jsonResponse(AdminFestivalSchema, 'The festival as it is now')

const addRoute = createRoute({
  method: 'post',
  path,
  summary: 'Add a ticket type, also while others are on sale',
  security,
  request: {
    params,
    headers: IdempotencyKeyHeader.extend(IfMatchHeader.shape),
    body: jsonBody(NewTicketTypeSchema),
  },
  responses: {
    201: shownOne,
    ...common,
    ...problemResponses('bad-request', 'too-many'),
    ...problemResponses('invalid-input', 'idempotency-key-reused'),
  },
})

const changeRoute = createRoute({
  method: 'patch',
  path: `${path}/{type}`,
  summary: 'Change a ticket type, also while it is on sale',
  description:
    'The quantity grows by new units and shrinks by the last ones, as long as none of them is sold and nobody holds as ' +
    'many. Price and limit are those of holds from then on. Once something is sold or held the refund deadline can only move later.',
  security,
  request: { params: typeParams, headers: IfMatchHeader, body: jsonBody(TicketTypeChangeSchema) },
  responses: { 200: shownOne, ...common },
})

const removeRoute = createRoute({
  method: 'delete',
  path: `${path}/{type}`,
  summary: 'Remove a ticket type from a draft, if none of it was ever sold',
  security,
  request: { params: typeParams, headers: IfMatchHeader },
  responses: { 200: shownOne, ...common },
})

type Input = { festival: string; account: string }

export type TicketTypeAdminRoutesDeps = {
  addTicketType: (input: AddTicketTypeInput) => Promise<AddTicketTypeResult>
  changeTicketType: (input: ChangeTicketTypeInput) => Promise<ChangeTicketTypeResult>
  removeTicketType: (
    input: Input & { type: number; isExpected?: VersionCheck },
  ) => Promise<RemoveTicketTypeResult>
}

export function createTicketTypeAdminRoutes(deps: TicketTypeAdminRoutesDeps) {
  const app = createOpenApiApp<OriginEnv>()

  app.openapi(addRoute, async (c) => {
    const { account } = await requireTeam(c, c.req.valid('param').festival, 'manage')
    const { festival } = c.req.valid('param')
    const key = readIdempotencyKey(c.req.valid('header')['idempotency-key'])
    const isExpected = readIfMatch(c.req.valid('header')['if-match'])
    const fields = c.req.valid('json')
    const result = await deps.addTicketType({ festival, account, fields, key, isExpected })
    if (result.status === 'outdated') throw outdated()
    if (result.status === 'missing') throw festivalMissing()
    if (result.status === 'key-reused' || result.status === 'too-many-keys') throw keyProblem(result)
    if (result.status !== 'added') throw refusalProblem(result)
    return c.json(shownOn(c, result.festival), 201)
  })

  app.openapi(changeRoute, async (c) => {
    const { account } = await requireTeam(c, c.req.valid('param').festival, 'manage')
    const { festival, type } = c.req.valid('param')
    const isExpected = readIfMatch(c.req.valid('header')['if-match'])
    const change = c.req.valid('json')
    const result = await deps.changeTicketType({ festival, type, account, change, isExpected })
    if (result.status === 'outdated') throw outdated()
    if (result.status === 'missing') throw typeMissing()
    if (result.status === 'room-absent') throw roomAbsent()
    if (result.status !== 'changed') throw refusalProblem(result)
    return c.json(shownOn(c, result.festival), 200)
  })

  app.openapi(removeRoute, async (c) => {
    const { account } = await requireTeam(c, c.req.valid('param').festival, 'manage')
    const { festival, type } = c.req.valid('param')
    const isExpected = readIfMatch(c.req.valid('header')['if-match'])
    const result = await deps.removeTicketType({ festival, type, account, isExpected })
    if (result.status === 'outdated') throw outdated()
    if (result.status === 'missing') throw typeMissing()
    if (result.status === 'conflict') throw new Problem('conflict', result.detail)
    return c.json(shownOn(c, result.festival), 200)
  })

  return app
}

function typeMissing(): Problem {
  return new Problem('not-found', 'There is no such ticket type')
}
