import { randomUUID } from 'node:crypto'
import { type Context, Hono } from 'hono'
import { readMeRoute } from '../../../shared/api/accounts.ts'
import { createFestivalRoute } from '../../../shared/api/admin-festivals.ts'
import { Problem } from '../../../shared/api/problem.ts'
import type { PageEnv } from '../layout/page-context.ts'
import { type FieldName, NEW_FIELDS, readFields } from './festivals/festival-form.ts'
import { newTimesErrors } from './festivals/form-times.ts'
import { newPage } from './festivals/new.ts'
import { festivalPath } from './live/frame.ts'
import { contextOf, type OrganiserPageDeps, textOf } from './organiser-festival.ts'
import { fieldsOf, hereOf, refuse } from './organiser-page.ts'
import { allErrors, badOf, keyAfter, keyHeader, readFormKey, statusOf } from './organiser-save.ts'

/** Creating a festival. */
export function createOrganiserNewPages(deps: OrganiserPageDeps) {
  const app = new Hono<PageEnv>()
  app.get('/organiser/festivals/new', (c) => showNew(deps, c))
  app.post('/organiser/festivals/new', (c) => createFestival(deps, c))
  return app
}

async function showNew(deps: OrganiserPageDeps, c: Context<PageEnv>): Promise<Response> {
  // Accounts that may not create one are told before the form is filled in.
  const me = await deps.api(c, readMeRoute)
  if (!me.ok) return refuse(c, me, hereOf(c))
  if (!me.body.createsFestivals)
    throw new Problem('forbidden', 'This is for accounts that may create festivals')
  const form = {
    values: { order: 'draw', currency: 'KRW', timeZone: deps.config.timeZone },
    errors: new Set<FieldName>(),
    key: randomUUID(),
  }
  return c.html(newPage(contextOf(deps, c), { form, bad: undefined }))
}

async function createFestival(deps: OrganiserPageDeps, c: Context<PageEnv>): Promise<Response> {
  const { timeZone } = deps.config
  const sent = await fieldsOf(c)
  const key = readFormKey(sent)
  const read = readFields(NEW_FIELDS, sent, { timeZone, currency: sent['currency'] ?? '' })
  const { order, lobbyAt, opensAt, closesAt, ...fields } = read.body
  const body = { timeZone, ...fields, room: { order, lobbyAt, opensAt, closesAt }, ticketTypes: [] }
  const answer = await deps.api(c, createFestivalRoute, { body, headers: keyHeader(key) })
  if (answer.ok) return c.redirect(festivalPath(answer.body.id), 303)
  if (answer.status === 401 || answer.status === 403) return refuse(c, answer, '/organiser/festivals/new')
  const taken = answer.problem.code === 'festival-taken'
  const times = newTimesErrors(read.body, deps.now())
  const refused = taken
    ? { errors: new Set<FieldName>(['id']) }
    : allErrors(NEW_FIELDS, read, { answer, times })
  const form = { values: read.values, ...refused, taken, key: keyAfter(key, answer) }
  const bad = badOf(textOf(deps, c), answer)
  return c.html(newPage(contextOf(deps, c), { form, bad }), statusOf(answer))
}
