import {
  addTicketTypeRoute,
  changeTicketTypeRoute,
  removeTicketTypeRoute,
} from '../../../shared/api/admin-ticket-types.ts'
import { createOpenApiApp } from '../../../shared/api/openapi.ts'
import { Problem } from '../../../shared/api/problem.ts'
import type { AddTicketTypeInput, AddTicketTypeResult } from '../../catalogue/add-ticket-type.ts'
import type { ChangeTicketTypeInput, ChangeTicketTypeResult } from '../../catalogue/change-ticket-type.ts'
import type { RemoveTicketTypeResult } from '../../catalogue/remove-ticket-type.ts'
import type { VersionCheck } from '../../festivals/locked-festival.ts'
import type { OriginEnv } from '../auth/principal.ts'
import { requireTeam } from '../auth/require-access.ts'
import { festivalMissing } from '../festival-missing.ts'
import { keyProblem, readIdempotencyKey } from '../idempotency-key.ts'
import { outdated, readIfMatch } from '../if-match.ts'
import { refusalProblem } from '../refusal-problem.ts'
import { roomAbsent, shownOn } from './festivals-admin.ts'

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

  app.openapi(addTicketTypeRoute, async (c) => {
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

  app.openapi(changeTicketTypeRoute, async (c) => {
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

  app.openapi(removeTicketTypeRoute, async (c) => {
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
