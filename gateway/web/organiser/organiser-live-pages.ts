import { type Context, Hono } from 'hono'
import {
  changeRoomRoute,
  listRoomChangesRoute,
  type RoomSettings,
  readRoomRoute,
} from '../../../shared/api/admin-rooms.ts'
import { readSaleRoute, type Sale } from '../../../shared/api/sale.ts'
import { type PageEnv, pageContext } from '../layout/page-context.ts'
import { confirmPage } from './live/confirm.ts'
import { type Control, type ControlFields, isDirect, readControl } from './live/control.ts'
import type { ControlFault } from './live/control-fault.ts'
import { festivalPath } from './live/frame.ts'
import { livePage } from './live/live.ts'
import type { FestivalName } from './live/sale.ts'
import { createOrganiserAccountPages } from './organiser-account-pages.ts'
import { createDeadLetterPages } from './organiser-dead-letter-pages.ts'
import { createOrganiserGatePages } from './organiser-gate-pages.ts'
import { createOrganiserOrderPages } from './organiser-order-pages.ts'
import {
  festivalOf,
  ifMatchHeader,
  type OrganiserLivePageDeps,
  ofRoom,
  type Refused,
  refuse,
} from './organiser-page.ts'
import { createOrganiserPaymentPages } from './organiser-payment-pages.ts'
import { createOrganiserTeamPages } from './organiser-team-pages.ts'
import { timeErrorText } from './text/organiser.ts'
import { organiserLiveText } from './text/organiser-live.ts'

const CHANGES_SHOWN = 5

/** The data for the live page and the confirmation page. */
type Known = { settings: RoomSettings; sale: Sale | undefined; festival: FestivalName }

/** The organiser's pages about a live sale. They act through the API with the organiser's rights. */
export function createOrganiserLivePageRoutes(deps: OrganiserLivePageDeps) {
  const { api, now } = deps
  const app = new Hono<PageEnv>()

  app.get('/organiser/festivals/:festival/live', async (c) => {
    const { language } = pageContext(c, deps.assets)
    const done = c.req.query('done') !== undefined
    return await showLive(c, done ? { flash: { good: organiserLiveText[language].done } } : {})
  })

  /** The confirmation page. Forms work with and without JavaScript. */
  app.post('/organiser/festivals/:festival/live/confirm', async (c) => {
    const fields = await fieldsOf(c)
    const known = await read(c)
    if (known instanceof Response) return known
    const control = readControl(fields, known.settings, now())
    if (control.status !== 'read') return await showFault(c, control, fields)
    return ask(c, known, control, fields)
  })

  app.post('/organiser/festivals/:festival/live/change', async (c) => {
    const { version, ...fields } = await fieldsOf(c)
    const known = await read(c)
    if (known instanceof Response) return known
    const control = readControl(fields, known.settings, now())
    if (control.status !== 'read') return await showFault(c, control, fields)
    const direct = isDirect(control.effect)
    if (!direct && version !== String(known.settings.version)) return ask(c, known, control, fields, true)
    // Actions without confirmation are valid whatever else was changed.
    const headers = direct ? {} : ifMatchHeader(known.settings.version)
    const answer = await api(c, changeRoomRoute, { params: ofRoom(c), body: control.change, headers })
    if (answer.ok) return c.redirect(`${livePath(c)}?done`, 303)
    return await showRefusal(c, answer, fields)
  })

  app.route('/', createOrganiserOrderPages(deps))
  app.route('/', createOrganiserPaymentPages(deps))
  app.route('/', createOrganiserGatePages(deps))
  app.route('/', createOrganiserAccountPages(deps))
  app.route('/', createDeadLetterPages(deps))
  app.route('/', createOrganiserTeamPages(deps))
  return app

  async function showRefusal(c: Context<PageEnv>, answer: Refused, fields: ControlFields): Promise<Response> {
    if (answer.status === 401 || answer.status === 403) return refuse(c, answer, livePath(c))
    if (answer.status === 412) return await askAgain(c, fields)
    const text = organiserLiveText[pageContext(c, deps.assets).language]
    const { language } = pageContext(c, deps.assets)
    const [code] = (answer.problem.errors ?? []).map((error) => error.code)
    const wrongTime = timeErrorText(code, language)
    if (answer.status === 422 && wrongTime !== undefined) {
      return await showLive(c, { flash: { bad: wrongTime } }, 422)
    }
    const isConflict = answer.status === 409
    return await showLive(
      c,
      { flash: { bad: isConflict ? text.conflict : text.failed } },
      isConflict ? 409 : 503,
    )
  }

  /** Another user changed the settings concurrently: asks again, about the current settings. */
  async function askAgain(c: Context<PageEnv>, fields: ControlFields): Promise<Response> {
    const known = await read(c)
    if (known instanceof Response) return known
    const control = readControl(fields, known.settings, now())
    return control.status === 'read'
      ? ask(c, known, control, fields, true)
      : await showFault(c, control, fields)
  }

  async function read(c: Context<PageEnv>): Promise<Known | Response> {
    const [settings, sale] = await Promise.all([
      api(c, readRoomRoute, { params: ofRoom(c) }),
      api(c, readSaleRoute, { params: ofRoom(c) }),
    ])
    if (!settings.ok) return refuse(c, settings, livePath(c))
    if (!sale.ok && sale.status !== 404) return refuse(c, sale, livePath(c))
    const stats = sale.ok ? sale.body : undefined
    return { settings: settings.body, sale: stats, festival: festivalOf(c, deps.festivals) }
  }

  async function showLive(
    c: Context<PageEnv>,
    told: { flash?: { good: string } | { bad: string }; fault?: ControlFault },
    status: 200 | 409 | 422 | 503 = 200,
  ): Promise<Response> {
    const [known, log] = await Promise.all([
      read(c),
      api(c, listRoomChangesRoute, { params: ofRoom(c), query: { limit: CHANGES_SHOWN } }),
    ])
    if (known instanceof Response) return known
    if (!log.ok) return refuse(c, log, livePath(c))
    const context = { ...pageContext(c, deps.assets), path: livePath(c) }
    c.header('cache-control', 'no-store')
    return c.html(livePage(context, { ...known, changes: log.body.changes, ...told, now: now() }), status)
  }

  async function showFault(
    c: Context<PageEnv>,
    control: Exclude<ReturnType<typeof readControl>, Control>,
    fields: ControlFields,
  ): Promise<Response> {
    if (control.status === 'unknown') return c.redirect(livePath(c), 303)
    return await showLive(c, { fault: { field: control.field, fault: control.fault, fields } }, 422)
  }

  function ask(
    c: Context<PageEnv>,
    known: Known,
    control: Control,
    fields: ControlFields,
    changedMeanwhile = false,
  ) {
    // Target of the language switch: the page that the question came from.
    const context = { ...pageContext(c, deps.assets), path: livePath(c) }
    c.header('cache-control', 'no-store')
    return c.html(
      confirmPage(context, { ...known, control, fields, changedMeanwhile }),
      changedMeanwhile ? 409 : 200,
    )
  }
}

function livePath(c: Context): string {
  return `${festivalPath(c.req.param('festival') ?? '')}/live`
}

/** The text fields of a form; files are ignored. */
async function fieldsOf(c: Context): Promise<Record<string, string>> {
  const form = await c.req.parseBody()
  return Object.fromEntries(
    Object.entries(form).flatMap(([name, value]) => (typeof value === 'string' ? [[name, value]] : [])),
  )
}
