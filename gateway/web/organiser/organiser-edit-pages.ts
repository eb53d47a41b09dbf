import { type Context, Hono } from 'hono'
import { type AdminFestival, changeFestivalRoute } from '../../../shared/api/admin-festivals.ts'
import { changeRoomRoute } from '../../../shared/api/admin-rooms.ts'
import { addTicketTypeRoute, changeTicketTypeRoute } from '../../../shared/api/admin-ticket-types.ts'
import { inLanguage } from '../../../shared/in-language.ts'
import { SELLER_FIELDS } from '../../../shared/seller.ts'
import { festivalPage } from '../fan/festival.ts'
import type { PageEnv } from '../layout/page-context.ts'
import type { Feedback } from './festivals/edit.ts'
import {
  FESTIVAL_FIELDS,
  festivalValues,
  SCHEDULE_FIELDS,
  TYPE_FIELDS,
  typeValues,
} from './festivals/festival-form.ts'
import { previewOf } from './festivals/preview.ts'
import { contextOf, findFestival, type OrganiserPageDeps, showEdit, textOf } from './organiser-festival.ts'
import { fieldsOf, pathOf } from './organiser-page.ts'
import { createSave, readFormKey, type SavedForm, type SentForm, type ToForm } from './organiser-save.ts'

const PART = /^(?:festival|schedule|seller|image|types|new-type|[1-9]\d{0,9})$/

/** The page of a festival, and its forms. */
export function createOrganiserEditPages(deps: OrganiserPageDeps) {
  const app = new Hono<PageEnv>()
  const save = createSaveForm(deps)

  app.get('/organiser/festivals/:festival', (c) => showEdit(deps, c, doneOf(deps, c)))
  app.get('/organiser/festivals/:festival/preview', (c) => showPreview(deps, c))
  app.post('/organiser/festivals/:festival', (c) => save(c, () => festivalForm))
  app.post('/organiser/festivals/:festival/seller', (c) => save(c, () => sellerForm))
  app.post('/organiser/festivals/:festival/schedule', (c) => {
    const conflict = textOf(deps, c).scheduleConflict
    return save(c, () => (festival) => ({ ...scheduleForm(festival), conflict }))
  })
  app.post('/organiser/festivals/:festival/types', (c) => {
    const conflict = textOf(deps, c).tooMany
    return save(c, (sent) => {
      const key = readFormKey(sent)
      return (festival) => ({ ...newTypeForm(festival, key), conflict })
    })
  })
  app.post('/organiser/festivals/:festival/types/:type', (c) =>
    save(c, () => (festival) => typeForm(festival, c.req.param('type'))),
  )
  return app
}

/** Reads the sent form of a request and saves it. */
function createSaveForm(deps: OrganiserPageDeps) {
  const save = createSave({
    ...{ api: deps.api, now: deps.now, pathOf },
    find: (c) => findFestival(deps, c),
    showEdit: (c, feedback, status) => showEdit(deps, c, feedback, status),
    textOf: (c) => textOf(deps, c),
  })
  return async (c: Context<PageEnv>, formOf: (sent: SentForm) => ToForm): Promise<Response> => {
    const found = await findFestival(deps, c)
    if (found instanceof Response) return found
    const sent = await fieldsOf(c)
    return await save(c, sent, found, formOf(sent))
  }
}

function festivalForm(festival: AdminFestival): SavedForm {
  return {
    name: 'festival',
    fields: FESTIVAL_FIELDS,
    stored: festivalValues(festival),
    route: changeFestivalRoute,
    params: { festival: festival.id },
  }
}

function sellerForm(festival: AdminFestival): SavedForm {
  return { ...festivalForm(festival), name: 'seller', fields: SELLER_FIELDS }
}

function scheduleForm(festival: AdminFestival): SavedForm {
  return {
    name: 'schedule',
    fields: SCHEDULE_FIELDS,
    stored: festivalValues(festival),
    route: changeRoomRoute,
    params: { room: festival.id },
  }
}

function newTypeForm({ id }: AdminFestival, key: string): SavedForm {
  return {
    name: 'new-type',
    fields: TYPE_FIELDS,
    key,
    route: addTicketTypeRoute,
    params: { festival: id },
  }
}

function typeForm(festival: AdminFestival, name: string): SavedForm | undefined {
  const type = festival.ticketTypes.find(({ id }) => String(id) === name)
  if (type === undefined) return undefined
  return {
    name,
    fields: TYPE_FIELDS,
    stored: typeValues(type, festival),
    route: changeTicketTypeRoute,
    params: { festival: festival.id, type: name },
  }
}

async function showPreview(deps: OrganiserPageDeps, c: Context<PageEnv>): Promise<Response> {
  const found = await findFestival(deps, c)
  if (found instanceof Response) return found
  c.header('cache-control', 'no-store')
  const context = contextOf(deps, c)
  const now = deps.now()
  return c.html(festivalPage(context, previewOf(inLanguage(found, context.language), now), now))
}

/** The message about an action, shown in the part that it changed. */
function doneOf(deps: OrganiserPageDeps, c: Context<PageEnv>): Feedback | undefined {
  const part = c.req.query('done')
  if (part === undefined) return undefined
  const { saved, typeAdded, typeRemoved } = textOf(deps, c)
  if (part === '' || !PART.test(part)) return { flash: { good: saved } }
  const good = part === 'new-type' ? typeAdded : part === 'types' ? typeRemoved : saved
  return { flash: { good }, at: part }
}
