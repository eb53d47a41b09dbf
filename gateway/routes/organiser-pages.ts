import { type Context, Hono } from 'hono'
import type { Clock } from '../../shared/clock.ts'
import type { Assets } from '../pages/assets.ts'
import { festivalPage } from '../pages/festival.ts'
import { askPage } from '../pages/organiser/ask.ts'
import { editPage, type Told } from '../pages/organiser/edit.ts'
import {
  type AdminFestival,
  FESTIVAL_FIELDS,
  type FieldName,
  faultsOf,
  festivalValues,
  type ListedFestival,
  NEW_FIELDS,
  type ReadFields,
  readFields,
  SCHEDULE_FIELDS,
  TYPE_FIELDS,
  typeValues,
  type Values,
} from '../pages/organiser/festival-form.ts'
import type { FormState } from '../pages/organiser/fields.ts'
import { listPage } from '../pages/organiser/list.ts'
import { newPage } from '../pages/organiser/new.ts'
import { previewOf } from '../pages/organiser/preview.ts'
import { festivalPath } from '../pages/organiser-live/frame.ts'
import { organiserText } from '../pages/text/organiser.ts'
import { hereOf, refuse } from './organiser-page.ts'
import { createOrganiserPicturePages } from './organiser-picture-pages.ts'
import type { Api, ApiAnswer } from './page-api.ts'
import { type PageEnv, pageContext } from './pages.ts'

export type OrganiserPageDeps = {
  assets: Assets
  api: Api
  now: Clock
  config: { timeZone: string; pictureBytesMax: number }
}

/** A form of the page of a festival. */
type SavedForm = {
  name: string
  fields: readonly FieldName[]
  /** What it changes; missing where it makes something new. */
  stored?: Values
  method: string
  path: string
  /** What is said when the API refuses it as a whole. */
  conflict?: string
}

const LISTED = 50
const STATUSES = { 409: 409, 422: 422 } as const

/** Where organisers make festivals, by forms; they do through the API what the organiser may. */
export function createOrganiserPageRoutes(deps: OrganiserPageDeps) {
  const { api, now } = deps
  const { timeZone, pictureBytesMax } = deps.config
  const app = new Hono<PageEnv>()

  app.get('/organiser', async (c) => {
    const offset = Math.min(Math.max(Number.parseInt(c.req.query('offset') ?? '', 10) || 0, 0), 100_000)
    const path = `/api/admin/festivals?offset=${offset}&limit=${LISTED}`
    const answer = await api<{ festivals: ListedFestival[] }>(c, { method: 'GET', path })
    if (!answer.ok) return refuse(c, answer, hereOf(c))
    const { festivals } = answer.body
    const next = festivals.length === LISTED ? `/organiser?offset=${offset + LISTED}` : undefined
    c.header('cache-control', 'no-store')
    return c.html(listPage(contextOf(c), { festivals, next, now: now() }))
  })

  app.get('/organiser/festivals/new', async (c) => {
    // Who may not make one is told before the form is filled in.
    const answer = await api(c, { method: 'GET', path: '/api/admin/festivals?limit=1' })
    if (!answer.ok) return refuse(c, answer, hereOf(c))
    const form = { values: { order: 'draw', currency: 'KRW' }, faults: new Set<FieldName>() }
    return c.html(newPage(contextOf(c), { form, timeZone, bad: undefined }))
  })

  app.post('/organiser/festivals/new', async (c) => {
    const sent = await fieldsOf(c)
    const read = readFields(NEW_FIELDS, sent, { timeZone, currency: sent['currency'] ?? '' })
    const { order, lobbyAt, opensAt, closesAt, ...fields } = read.body
    const body = { ...fields, room: { order, lobbyAt, opensAt, closesAt }, ticketTypes: [] }
    const answer =
      read.faults.size > 0
        ? undefined
        : await api<AdminFestival>(c, { method: 'POST', path: '/api/admin/festivals', body })
    if (answer?.ok === true) return c.redirect(festivalPath(answer.body.id), 303)
    if (answer?.status === 401 || answer?.status === 403) return refuse(c, answer, '/organiser/festivals/new')
    const taken = answer?.problem.code === 'festival-taken'
    const faults = taken ? new Set<FieldName>(['id']) : allFaults(NEW_FIELDS, read, answer)
    const form = { values: read.values, faults, taken }
    const bad = badOf(c, answer)
    return c.html(newPage(contextOf(c), { form, timeZone, bad }), statusOf(answer))
  })

  app.get('/organiser/festivals/:festival', async (c) => {
    const done = c.req.query('done') !== undefined
    return await showEdit(c, done ? { said: { good: textOf(c).saved } } : undefined)
  })

  app.get('/organiser/festivals/:festival/preview', async (c) => {
    const found = await find(c)
    if (found instanceof Response) return found
    c.header('cache-control', 'no-store')
    return c.html(festivalPage(contextOf(c), previewOf(found, now()), now()))
  })

  app.post('/organiser/festivals/:festival', async (c) => {
    const found = await find(c)
    if (found instanceof Response) return found
    const stored = festivalValues(found, timeZone)
    const read = readFields(FESTIVAL_FIELDS, await fieldsOf(c), {
      timeZone,
      currency: found.currency,
      stored,
    })
    return await save(c, read, {
      name: 'festival',
      fields: FESTIVAL_FIELDS,
      stored,
      method: 'PATCH',
      path: apiPath(c),
    })
  })

  app.post('/organiser/festivals/:festival/schedule', async (c) => {
    const found = await find(c)
    if (found instanceof Response) return found
    const stored = festivalValues(found, timeZone)
    const read = readFields(SCHEDULE_FIELDS, await fieldsOf(c), {
      timeZone,
      currency: found.currency,
      stored,
    })
    const path = `/api/admin/rooms/${encodeURIComponent(found.id)}`
    const conflict = textOf(c).scheduleConflict
    return await save(c, read, {
      name: 'schedule',
      fields: SCHEDULE_FIELDS,
      stored,
      method: 'PATCH',
      path,
      conflict,
    })
  })

  app.post('/organiser/festivals/:festival/types', async (c) => {
    const found = await find(c)
    if (found instanceof Response) return found
    const read = readFields(TYPE_FIELDS, await fieldsOf(c), { timeZone, currency: found.currency })
    const path = `${apiPath(c)}/ticket-types`
    const conflict = textOf(c).tooMany
    return await save(c, read, { name: 'new-type', fields: TYPE_FIELDS, method: 'POST', path, conflict })
  })

  app.post('/organiser/festivals/:festival/types/:type', async (c) => {
    const found = await find(c)
    if (found instanceof Response) return found
    const name = c.req.param('type')
    const type = found.ticketTypes.find(({ id }) => String(id) === name)
    if (type === undefined) return c.redirect(festivalPath(found.id), 303)
    const stored = typeValues(type, found.currency, timeZone)
    const read = readFields(TYPE_FIELDS, await fieldsOf(c), { timeZone, currency: found.currency, stored })
    const path = `${apiPath(c)}/ticket-types/${type.id}`
    return await save(c, read, { name, fields: TYPE_FIELDS, stored, method: 'PATCH', path })
  })

  app.post('/organiser/festivals/:festival/types/:type/remove', async (c) => {
    const path = `${apiPath(c)}/ticket-types/${encodeURIComponent(c.req.param('type'))}`
    return await act(c, { method: 'DELETE', path }, textOf(c).removeConflict)
  })

  for (const what of ['publish', 'unpublish'] as const) {
    app.get(`/organiser/festivals/:festival/${what}`, async (c) => {
      const found = await find(c)
      if (found instanceof Response) return found
      c.header('cache-control', 'no-store')
      return c.html(askPage(contextOf(c), { festival: found, what }))
    })
    app.post(`/organiser/festivals/:festival/${what}`, async (c) => {
      const refused = textOf(c)[what === 'publish' ? 'publishRefused' : 'unpublishRefused']
      return await act(c, { method: 'POST', path: `${apiPath(c)}/${what}` }, refused)
    })
  }

  app.route('/', createOrganiserPicturePages({ ...deps, showEdit }))
  return app

  async function find(c: Context<PageEnv>): Promise<AdminFestival | Response> {
    const answer = await api<AdminFestival>(c, { method: 'GET', path: apiPath(c) })
    return answer.ok ? answer.body : refuse(c, answer, pathOf(c))
  }

  async function showEdit(
    c: Context<PageEnv>,
    told: Told | undefined,
    status: 200 | 409 | 422 | 503 = 200,
  ): Promise<Response> {
    const festival = await find(c)
    if (festival instanceof Response) return festival
    c.header('cache-control', 'no-store')
    return c.html(editPage(contextOf(c), { festival, timeZone, now: now(), told, pictureBytesMax }), status)
  }

  /** Sends what a form changes, and shows the form again, as it was sent, when that is refused. */
  async function save(c: Context<PageEnv>, read: ReadFields, form: SavedForm): Promise<Response> {
    if (read.faults.size > 0 || read.conflicts.size > 0) return await showFaults(c, read, form)
    const { method, path } = form
    if (Object.keys(read.body).length === 0) return c.redirect(`${pathOf(c)}?done`, 303)
    const answer = await api(c, { method, path, body: read.body })
    if (answer.ok) return c.redirect(`${pathOf(c)}?done`, 303)
    if ([401, 403, 404].includes(answer.status)) return refuse(c, answer, pathOf(c))
    const faults = allFaults(form.fields, read, answer)
    const isTogether = answer.status === 409 && faults.size === 0
    const bad = isTogether ? (form.conflict ?? badOf(c, answer)) : badOf(c, answer)
    const told = { name: form.name, form: stateOf({ ...read, faults }, form), bad }
    return await showEdit(c, told, statusOf(answer))
  }

  /** Shows a form again that is not sent: for what was written into it, or for what a colleague changed meanwhile. */
  async function showFaults(c: Context<PageEnv>, read: ReadFields, form: SavedForm): Promise<Response> {
    const { faultsAbove, changedMeanwhile } = textOf(c)
    const isFaulty = read.faults.size > 0
    const bad = isFaulty ? faultsAbove : changedMeanwhile
    return await showEdit(c, { name: form.name, form: stateOf(read, form), bad }, isFaulty ? 422 : 409)
  }

  /** Does what needs no fields, and says why it cannot be done. */
  async function act(
    c: Context<PageEnv>,
    request: { method: string; path: string },
    refused: string,
  ): Promise<Response> {
    const answer = await api(c, request)
    if (answer.ok) return c.redirect(`${pathOf(c)}?done`, 303)
    if (answer.status !== 409) return refuse(c, answer, pathOf(c))
    return await showEdit(c, { said: { bad: refused } }, 409)
  }

  function contextOf(c: Context<PageEnv>) {
    // A switch of the language after a refused form leads back to the page with the form.
    const context = pageContext(c, deps.assets)
    const festival = c.req.param('festival')
    return c.req.method === 'GET' || festival === undefined ? context : { ...context, path: pathOf(c) }
  }

  function textOf(c: Context<PageEnv>) {
    return organiserText[contextOf(c).language]
  }

  function badOf(c: Context<PageEnv>, answer: ApiAnswer<unknown> | undefined): string {
    const text = textOf(c)
    const isInput = answer === undefined || answer.status === 422 || answer.status === 409
    return isInput ? text.faultsAbove : text.away
  }
}

/** With what was stored when it was read, so that a change after that is a conflict the next time. */
function stateOf({ values, faults, conflicts }: ReadFields, { stored }: SavedForm): FormState {
  return { values, faults, conflicts, ...(stored === undefined ? {} : { stored }) }
}

function allFaults(
  fields: readonly FieldName[],
  read: ReadFields,
  answer: ApiAnswer<unknown> | undefined,
): Set<FieldName> {
  if (answer === undefined || answer.ok) return read.faults
  return faultsOf(fields, answer.problem.errors)
}

function statusOf(answer: ApiAnswer<unknown> | undefined): 409 | 422 | 503 {
  if (answer === undefined) return 422
  return STATUSES[answer.status as keyof typeof STATUSES] ?? 503
}

function apiPath(c: Context): string {
  return `/api/admin/festivals/${encodeURIComponent(c.req.param('festival') ?? '')}`
}

function pathOf(c: Context): string {
  return festivalPath(c.req.param('festival') ?? '')
}

/** The text fields of a form; files have no business here. */
async function fieldsOf(c: Context): Promise<Record<string, string>> {
  const form = await c.req.parseBody()
  return Object.fromEntries(
    Object.entries(form).flatMap(([name, value]) => (typeof value === 'string' ? [[name, value]] : [])),
  )
}
