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
import type { ControlError } from './live/control-error.ts'
import { festivalPath } from './live/frame.ts'
import { livePage } from './live/live.ts'
import type { FestivalName } from './live/sale.ts'
import { createOrganiserAccountPages } from './organiser-account-pages.ts'
import { createDeadLetterPages } from './organiser-dead-letter-pages.ts'
import { createOrganiserGatePages } from './organiser-gate-pages.ts'
import { createOrganiserOrderPages } from './organiser-order-pages.ts'
import {
  festivalOf,
  fieldsOf,
  ifMatchHeader,
  type OrganiserLivePageDeps,
  ofRoom,
  type Refused,
  refuse,
} from './organiser-page.ts'
import { createOrganiserPaymentPages } from './organiser-payment-pages.ts'
import { createOrganiserRefundPages } from './organiser-refund-pages.ts'
import { createOrganiserTeamPages } from './organiser-team-pages.ts'
import { timeErrorText } from './text/organiser.ts'
import { organiserLiveText } from './text/organiser-live.ts'

const CHANGES_SHOWN = 5

/** The data for the live page and the confirmation page. */
type Known = { settings: RoomSettings; sale: Sale | undefined; festival: FestivalName }

/** The organiser's pages about a live sale. They act through the API with the organiser's rights. */
export function createOrganiserLivePageRoutes(deps: OrganiserLivePageDeps) {
  const app = new Hono<PageEnv>()
  app.get('/organiser/festivals/:festival/live', (c) => {
    const { done } = organiserLiveText[pageContext(c, deps.assets).language]
    return showLive(deps, c, c.req.query('done') === undefined ? {} : { flash: { good: done } })
  })
  app.post('/organiser/festivals/:festival/live/confirm', (c) => confirmControl(deps, c))
  app.post('/organiser/festivals/:festival/live/change', (c) => changeRoom(deps, c))
  app.route('/', createOrganiserOrderPages(deps))
  app.route('/', createOrganiserRefundPages(deps))
  app.route('/', createOrganiserPaymentPages(deps))
  app.route('/', createOrganiserGatePages(deps))
  app.route('/', createOrganiserAccountPages(deps))
  app.route('/', createDeadLetterPages(deps))
  app.route('/', createOrganiserTeamPages(deps))
  return app
}

/** The confirmation page. Forms work with and without JavaScript. */
async function confirmControl(deps: OrganiserLivePageDeps, c: Context<PageEnv>): Promise<Response> {
  const fields = await fieldsOf(c)
  const known = await read(deps, c)
  if (known instanceof Response) return known
  const control = readControl(fields, known.settings, deps.now())
  if (control.status !== 'read') return await showError(deps, c, control, fields)
  return ask(deps, c, known, { control, fields })
}

async function changeRoom(deps: OrganiserLivePageDeps, c: Context<PageEnv>): Promise<Response> {
  const { version, ...fields } = await fieldsOf(c)
  const known = await read(deps, c)
  if (known instanceof Response) return known
  const control = readControl(fields, known.settings, deps.now())
  if (control.status !== 'read') return await showError(deps, c, control, fields)
  const direct = isDirect(control.effect)
  if (!direct && version !== String(known.settings.version))
    return ask(deps, c, known, { control, fields, changedMeanwhile: true })
  // Actions without confirmation are valid whatever else was changed.
  const headers = direct ? {} : ifMatchHeader(known.settings.version)
  const answer = await deps.api(c, changeRoomRoute, { params: ofRoom(c), body: control.change, headers })
  if (answer.ok) return c.redirect(`${livePath(c)}?done`, 303)
  return await showRefusal(deps, c, answer, fields)
}

async function showRefusal(
  deps: OrganiserLivePageDeps,
  c: Context<PageEnv>,
  answer: Refused,
  fields: ControlFields,
): Promise<Response> {
  if (answer.status === 401 || answer.status === 403) return refuse(c, answer, livePath(c))
  if (answer.status === 412) return await askAgain(deps, c, fields)
  const { language } = pageContext(c, deps.assets)
  const text = organiserLiveText[language]
  const [code] = (answer.problem.errors ?? []).map((error) => error.code)
  const wrongTime = timeErrorText(code, language)
  if (answer.status === 422 && wrongTime !== undefined) {
    return await showLive(deps, c, { flash: { bad: wrongTime } }, 422)
  }
  return answer.status === 409
    ? await showLive(deps, c, { flash: { bad: text.conflict } }, 409)
    : await showLive(deps, c, { flash: { bad: text.failed } }, 503)
}

/** Another user changed the settings concurrently: asks again, about the current settings. */
async function askAgain(
  deps: OrganiserLivePageDeps,
  c: Context<PageEnv>,
  fields: ControlFields,
): Promise<Response> {
  const known = await read(deps, c)
  if (known instanceof Response) return known
  const control = readControl(fields, known.settings, deps.now())
  return control.status === 'read'
    ? ask(deps, c, known, { control, fields, changedMeanwhile: true })
    : await showError(deps, c, control, fields)
}

async function read(
  { api, festivals }: OrganiserLivePageDeps,
  c: Context<PageEnv>,
): Promise<Known | Response> {
  const [settings, sale] = await Promise.all([
    api(c, readRoomRoute, { params: ofRoom(c) }),
    api(c, readSaleRoute, { params: ofRoom(c) }),
  ])
  if (!settings.ok) return refuse(c, settings, livePath(c))
  if (!sale.ok && sale.status !== 404) return refuse(c, sale, livePath(c))
  const stats = sale.ok ? sale.body : undefined
  return { settings: settings.body, sale: stats, festival: festivalOf(c, festivals) }
}

async function showLive(
  deps: OrganiserLivePageDeps,
  c: Context<PageEnv>,
  feedback: { flash?: { good: string } | { bad: string }; error?: ControlError },
  status: 200 | 409 | 422 | 503 = 200,
): Promise<Response> {
  const [known, log] = await Promise.all([
    read(deps, c),
    deps.api(c, listRoomChangesRoute, { params: ofRoom(c), query: { limit: CHANGES_SHOWN } }),
  ])
  if (known instanceof Response) return known
  if (!log.ok) return refuse(c, log, livePath(c))
  const context = { ...pageContext(c, deps.assets), path: livePath(c) }
  c.header('cache-control', 'no-store')
  const { changes } = log.body
  return c.html(livePage(context, { ...known, changes, ...feedback, now: deps.now() }), status)
}

async function showError(
  deps: OrganiserLivePageDeps,
  c: Context<PageEnv>,
  control: Exclude<ReturnType<typeof readControl>, Control>,
  fields: ControlFields,
): Promise<Response> {
  if (control.status === 'unknown') return c.redirect(livePath(c), 303)
  return await showLive(deps, c, { error: { field: control.field, error: control.error, fields } }, 422)
}

function ask(
  { assets }: OrganiserLivePageDeps,
  c: Context<PageEnv>,
  known: Known,
  asked: { control: Control; fields: ControlFields; changedMeanwhile?: boolean },
): Response | Promise<Response> {
  const { changedMeanwhile = false } = asked
  // Target of the language switch: the page that the question came from.
  const context = { ...pageContext(c, assets), path: livePath(c) }
  c.header('cache-control', 'no-store')
  return c.html(confirmPage(context, { ...known, ...asked, changedMeanwhile }), changedMeanwhile ? 409 : 200)
}

function livePath(c: Context): string {
  return `${festivalPath(c.req.param('festival') ?? '')}/live`
}
