import { randomUUID } from 'node:crypto'
import type { RouteConfig } from '@hono/zod-openapi'
import { type Context, Hono } from 'hono'
import { readMeRoute } from '../../../shared/api/accounts.ts'
import {
  type AdminFestival,
  changeFestivalRoute,
  createFestivalRoute,
  deleteDraftRoute,
  listFestivalsRoute,
  publishFestivalRoute,
  readFestivalRoute,
  unpublishFestivalRoute,
} from '../../../shared/api/admin-festivals.ts'
import { changeRoomRoute } from '../../../shared/api/admin-rooms.ts'
import {
  addTicketTypeRoute,
  changeTicketTypeRoute,
  removeTicketTypeRoute,
} from '../../../shared/api/admin-ticket-types.ts'
import { Problem } from '../../../shared/api/problem.ts'
import { inLanguage } from '../../../shared/in-language.ts'
import type { Clock } from '../../../shared/runtime/clock.ts'
import type { Api } from '../../api/page-api.ts'
import type { Assets } from '../assets/assets.ts'
import { festivalPage } from '../fan/festival.ts'
import { type PageEnv, pageContext } from '../layout/page-context.ts'
import { askPage } from './festivals/ask.ts'
import { editPage, type PartName, type Told } from './festivals/edit.ts'
import {
  FESTIVAL_FIELDS,
  type FieldName,
  festivalValues,
  NEW_FIELDS,
  readFields,
  SCHEDULE_FIELDS,
  TYPE_FIELDS,
  typeValues,
} from './festivals/festival-form.ts'
import { newTimesErrors } from './festivals/form-times.ts'
import { listPage } from './festivals/list.ts'
import { newPage } from './festivals/new.ts'
import { previewOf } from './festivals/preview.ts'
import { festivalPath } from './live/frame.ts'
import { createOrganiserImagePages } from './organiser-image-pages.ts'
import { hereOf, ofFestival, refuse } from './organiser-page.ts'
import {
  allFaults,
  badOf,
  createSave,
  donePath,
  keyAfter,
  keyHeader,
  readFormKey,
  statusOf,
} from './organiser-save.ts'
import { organiserText } from './text/organiser.ts'

export type OrganiserPageDeps = {
  assets: Assets
  api: Api
  now: Clock
  config: { timeZone: string }
  limits: { imageBytesMax: number }
}

const LISTED = 50
const LISTING_ROUTES = { publish: publishFestivalRoute, unpublish: unpublishFestivalRoute }
const PART = /^(?:festival|schedule|image|types|new-type|[1-9]\d{0,9})$/

/** The pages on which organisers create festivals, by forms; they act through the API with the organiser's rights. */
export function createOrganiserPageRoutes(deps: OrganiserPageDeps) {
  const { api, now } = deps
  const { timeZone } = deps.config
  const { imageBytesMax } = deps.limits
  const app = new Hono<PageEnv>()
  const save = createSave({ api, find, showEdit, textOf, pathOf, now })

  app.get('/organiser', async (c) => {
    const offset = Math.min(Math.max(Number.parseInt(c.req.query('offset') ?? '', 10) || 0, 0), 100_000)
    const [me, answer] = await Promise.all([
      api(c, readMeRoute),
      api(c, listFestivalsRoute, { query: { offset, limit: LISTED } }),
    ])
    if (!me.ok) return refuse(c, me, hereOf(c))
    if (!answer.ok) return refuse(c, answer, hereOf(c))
    const { festivals } = answer.body
    const next = festivals.length === LISTED ? `/organiser?offset=${offset + LISTED}` : undefined
    c.header('cache-control', 'no-store')
    return c.html(listPage(contextOf(c), { me: me.body, festivals, next, now: now() }))
  })

  app.get('/organiser/festivals/new', async (c) => {
    // Accounts that may not create one are told before the form is filled in.
    const me = await api(c, readMeRoute)
    if (!me.ok) return refuse(c, me, hereOf(c))
    if (!me.body.createsFestivals)
      throw new Problem('forbidden', 'This is for accounts that may create festivals')
    const form = {
      values: { order: 'draw', currency: 'KRW', timeZone },
      faults: new Set<FieldName>(),
      key: randomUUID(),
    }
    return c.html(newPage(contextOf(c), { form, bad: undefined }))
  })

  app.post('/organiser/festivals/new', async (c) => {
    const sent = await fieldsOf(c)
    const key = readFormKey(sent)
    const read = readFields(NEW_FIELDS, sent, { timeZone, currency: sent['currency'] ?? '' })
    const { order, lobbyAt, opensAt, closesAt, ...fields } = read.body
    const body = { timeZone, ...fields, room: { order, lobbyAt, opensAt, closesAt }, ticketTypes: [] }
    const answer = await api(c, createFestivalRoute, { body, headers: keyHeader(key) })
    if (answer.ok) return c.redirect(festivalPath(answer.body.id), 303)
    if (answer.status === 401 || answer.status === 403) return refuse(c, answer, '/organiser/festivals/new')
    const taken = answer.problem.code === 'festival-taken'
    const times = newTimesErrors(read.body, now())
    const refused = taken
      ? { faults: new Set<FieldName>(['id']) }
      : allFaults(NEW_FIELDS, read, { answer, times })
    const form = { values: read.values, ...refused, taken, key: keyAfter(key, answer) }
    const bad = badOf(textOf(c), answer)
    return c.html(newPage(contextOf(c), { form, bad }), statusOf(answer))
  })

  app.get('/organiser/festivals/:festival', async (c) => {
    return await showEdit(c, doneOf(c))
  })

  app.get('/organiser/festivals/:festival/preview', async (c) => {
    const found = await find(c)
    if (found instanceof Response) return found
    c.header('cache-control', 'no-store')
    return c.html(
      festivalPage(contextOf(c), previewOf(inLanguage(found, contextOf(c).language), now()), now()),
    )
  })

  app.post('/organiser/festivals/:festival', async (c) => {
    const found = await find(c)
    if (found instanceof Response) return found
    return await save(c, await fieldsOf(c), found, (festival) => ({
      name: 'festival',
      fields: FESTIVAL_FIELDS,
      stored: festivalValues(festival),
      route: changeFestivalRoute,
      params: ofFestival(c),
    }))
  })

  app.post('/organiser/festivals/:festival/schedule', async (c) => {
    const found = await find(c)
    if (found instanceof Response) return found
    return await save(c, await fieldsOf(c), found, (festival) => ({
      name: 'schedule',
      fields: SCHEDULE_FIELDS,
      stored: festivalValues(festival),
      route: changeRoomRoute,
      params: { room: festival.id },
      conflict: textOf(c).scheduleConflict,
    }))
  })

  app.post('/organiser/festivals/:festival/types', async (c) => {
    const found = await find(c)
    if (found instanceof Response) return found
    const sent = await fieldsOf(c)
    const key = readFormKey(sent)
    return await save(c, sent, found, () => ({
      name: 'new-type',
      fields: TYPE_FIELDS,
      key,
      route: addTicketTypeRoute,
      params: ofFestival(c),
      conflict: textOf(c).tooMany,
    }))
  })

  app.post('/organiser/festivals/:festival/types/:type', async (c) => {
    const found = await find(c)
    if (found instanceof Response) return found
    const name = c.req.param('type')
    return await save(c, await fieldsOf(c), found, (festival) => {
      const { ticketTypes } = festival
      const type = ticketTypes.find(({ id }) => String(id) === name)
      if (type === undefined) return undefined
      return {
        name,
        fields: TYPE_FIELDS,
        stored: typeValues(type, festival),
        route: changeTicketTypeRoute,
        params: { ...ofFestival(c), type: name },
      }
    })
  })

  app.post('/organiser/festivals/:festival/types/:type/remove', async (c) => {
    const params = { ...ofFestival(c), type: c.req.param('type') }
    return await act(
      c,
      { route: removeTicketTypeRoute, params },
      { refused: textOf(c).removeConflict, at: 'types' },
    )
  })

  app.get('/organiser/festivals/:festival/delete', async (c) => await showQuestion(c, 'delete'))
  app.post('/organiser/festivals/:festival/delete', async (c) => {
    const answer = await api(c, deleteDraftRoute, { params: ofFestival(c) })
    if (answer.ok) return c.redirect('/organiser', 303)
    if (answer.status !== 409) return refuse(c, answer, pathOf(c))
    return await showEdit(c, { flash: { bad: textOf(c).deleteRefused } }, 409)
  })

  for (const what of ['publish', 'unpublish'] as const) {
    app.get(`/organiser/festivals/:festival/${what}`, async (c) => await showQuestion(c, what))
    app.post(`/organiser/festivals/:festival/${what}`, async (c) => {
      const refused = textOf(c)[what === 'publish' ? 'publishRefused' : 'unpublishRefused']
      return await act(c, { route: LISTING_ROUTES[what], params: ofFestival(c) }, { refused })
    })
  }

  app.route('/', createOrganiserImagePages({ ...deps, showEdit }))
  return app

  async function find(c: Context<PageEnv>): Promise<AdminFestival | Response> {
    const answer = await api(c, readFestivalRoute, { params: ofFestival(c) })
    return answer.ok ? answer.body : refuse(c, answer, pathOf(c))
  }

  async function showQuestion(
    c: Context<PageEnv>,
    what: 'publish' | 'unpublish' | 'delete',
  ): Promise<Response> {
    const found = await find(c)
    if (found instanceof Response) return found
    c.header('cache-control', 'no-store')
    return c.html(askPage(contextOf(c), { festival: found, what }))
  }

  async function showEdit(
    c: Context<PageEnv>,
    told: Told | undefined,
    status: 200 | 409 | 422 | 503 = 200,
  ): Promise<Response> {
    const festival = await find(c)
    if (festival instanceof Response) return festival
    c.header('cache-control', 'no-store')
    return c.html(
      editPage(contextOf(c), { festival, now: now(), told, imageBytesMax, newKey: randomUUID() }),
      status,
    )
  }

  /** Carries out an action without fields, and explains a refusal. */
  async function act(
    c: Context<PageEnv>,
    { route, params }: { route: RouteConfig; params: Readonly<Record<string, string>> },
    { refused, at }: { refused: string; at?: PartName },
  ): Promise<Response> {
    const answer = await api(c, route, { params })
    if (answer.ok) return c.redirect(at === undefined ? `${pathOf(c)}?done` : donePath(pathOf(c), at), 303)
    if (answer.status !== 409) return refuse(c, answer, pathOf(c))
    const { errors = [] } = answer.problem
    const flash = { flash: { bad: refused }, ...(at === undefined ? {} : { at }) }
    const told = errors.length === 0 ? flash : { refused: { bad: refused, errors } }
    return await showEdit(c, told, 409)
  }

  /** The message about an action, shown in the part that it changed. */
  function doneOf(c: Context<PageEnv>): Told | undefined {
    const part = c.req.query('done')
    if (part === undefined) return undefined
    const { saved, typeAdded, typeRemoved } = textOf(c)
    if (part === '' || !PART.test(part)) return { flash: { good: saved } }
    const good = part === 'new-type' ? typeAdded : part === 'types' ? typeRemoved : saved
    return { flash: { good }, at: part }
  }

  function contextOf(c: Context<PageEnv>) {
    // Target of the language switch after a refused form: the page with the form.
    const context = pageContext(c, deps.assets)
    const festival = c.req.param('festival')
    return c.req.method === 'GET' || festival === undefined ? context : { ...context, path: pathOf(c) }
  }

  function textOf(c: Context<PageEnv>) {
    return organiserText[contextOf(c).language]
  }
}

function pathOf(c: Context): string {
  return festivalPath(c.req.param('festival') ?? '')
}

/** The text fields of a form; files are ignored. */
async function fieldsOf(c: Context): Promise<Record<string, string>> {
  const form = await c.req.parseBody()
  return Object.fromEntries(
    Object.entries(form).flatMap(([name, value]) => (typeof value === 'string' ? [[name, value]] : [])),
  )
}
