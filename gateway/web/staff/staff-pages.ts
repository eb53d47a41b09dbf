import { type Context, Hono } from 'hono'
import { getCookie, setCookie } from 'hono/cookie'
import { v5 as uuidv5 } from 'uuid'
import { readMeRoute } from '../../../shared/api/accounts.ts'
import {
  checkInRoute,
  readCheckInSummaryRoute,
  readCheckInWindowRoute,
  undoCheckInRoute,
} from '../../../shared/api/check-ins.ts'
import { Problem } from '../../../shared/api/problem.ts'
import { inLanguage } from '../../../shared/in-language.ts'
import { cutText } from '../../../shared/text.ts'
import { isHangul } from '../../../shared/ticket-input.ts'
import type { Api, ApiAnswer } from '../../api/page-api.ts'
import type { Festivals } from '../../catalogue/festivals.ts'
import { sendWorker } from '../assets/asset-routes.ts'
import type { Assets } from '../assets/assets.ts'
import type { PageContext } from '../layout/page.ts'
import { ownPath, type PageEnv, pageContext } from '../layout/page-context.ts'
import { requireFestival } from '../layout/page-festival.ts'
import { signInFirst } from '../layout/sign-in-first.ts'
import { GATE_CHARACTERS_MAX, type StaffPage, type StoredGate, staffChoicePage, staffPage } from './staff.ts'
import { CONFIRMABLE, type Verdict } from './staff-verdict.ts'
import { staffText } from './text/staff.ts'

export type StaffPageRoutesDeps = {
  festivals: Festivals
  assets: Assets
  api: Api
}

const GATE_COOKIE = 'naru-gate'
/** A festival and the days around it. */
const GATE_COOKIE_SECONDS = 30 * 86_400

/** Check-in at the gates, with forms that need no script. */
export function createStaffPageRoutes(deps: StaffPageRoutesDeps) {
  const app = new Hono<PageEnv>()
  app.get('/staff/worker.js', (c) => sendWorker(c, deps.assets, 'staff-worker.js'))
  app.get('/staff', (c) => showChoice(deps, c))
  app.get('/staff/:festival', (c) => showGate(deps, c))
  app.post('/staff/:festival/check-in', (c) => checkIn(deps, c))
  app.post('/staff/:festival/undo', (c) => undoCheckIn(deps, c))
  return app
}

/** The choice of a gate; a device that has chosen one before goes there. */
async function showChoice(deps: StaffPageRoutesDeps, c: Context<PageEnv>): Promise<Response> {
  const { festivals, assets } = deps
  const me = await deps.api(c, readMeRoute)
  if (!me.ok) return failed(c, me)
  if (!me.body.roles.includes('staff')) throw notForYou()
  const { festival = '', gate = '' } = c.req.query()
  if (festivals.of(festival) !== undefined && gate.trim() !== '') {
    return c.redirect(`/staff/${festival}?gate=${encodeURIComponent(gate.trim())}`, 303)
  }
  const own = festivals
    .all()
    .filter(({ id }) => me.body.gateFestivals.includes(id))
    .map((festival) => inLanguage(festival, c.get('language')))
  const stored = readGate(c)
  const isOwn = stored !== undefined && own.some(({ id }) => id === stored.festival)
  if (isOwn && c.req.query('change') === undefined && festival === '') {
    return c.redirect(gatePath(stored.festival, stored.gate), 303)
  }
  c.header('cache-control', 'no-store')
  return c.html(staffChoicePage(pageContext(c, assets), own, stored))
}

async function showGate(deps: StaffPageRoutesDeps, c: Context<PageEnv>): Promise<Response> {
  const festival = requireFestival(c, deps.festivals)
  const gate = gateOf(c.req.query('gate'))
  if (gate === '') return c.redirect('/staff', 303)
  const context = pageContext(c, deps.assets)
  const flash = flashOf(c.req.query('flash'), staffText[context.language])
  storeGate(c, { festival: festival.id, gate })
  return await sendGate(deps, c, context, { festival, gate, flash })
}

/** Shown without a redirect: a form that is sent again is the same scan, and has the same answer. */
async function checkIn(deps: StaffPageRoutesDeps, c: Context<PageEnv>): Promise<Response> {
  const festival = requireFestival(c, deps.festivals)
  const form = await c.req.parseBody({ all: true })
  const gate = gateOf(form['gate'])
  const code = String(form['code'] ?? '').trim()
  const nonce = nonceOf(form['nonce'])
  const given = [form['confirmed']].flat()
  const confirmed = CONFIRMABLE.filter((what) => given.includes(what))
  // A confirmation makes it a new scan: the first has its verdict already.
  const id = uuidv5([code, ...confirmed].join('\n'), nonce)
  const answer = await deps.api(c, checkInRoute, {
    body: { id, festival: festival.id, qr: code, gate, ...(confirmed.length === 0 ? {} : { confirmed }) },
  })
  if (!answer.ok && answer.status !== 422) return failed(c, answer, festival.id, gate)
  const evaluated: Verdict = answer.ok ? answer.body : { result: 'unknown', why: 'unreadable' }
  const isMistyped = evaluated.why === 'unreadable' && isHangul(code)
  const verdict: Verdict = isMistyped ? { ...evaluated, why: 'hangul' } : evaluated
  // Target of the language switch: the gate, since form actions cannot be opened with GET.
  const context = { ...pageContext(c, deps.assets), path: gatePath(festival.id, gate) }
  const scan = { id, code, nonce, confirmed }
  return await sendGate(deps, c, context, { festival, gate, verdict: { verdict, scan } })
}

async function undoCheckIn({ api, festivals }: StaffPageRoutesDeps, c: Context<PageEnv>): Promise<Response> {
  const festival = requireFestival(c, festivals)
  const form = await c.req.parseBody()
  const gate = gateOf(form['gate'])
  const answer = await api(c, undoCheckInRoute, { params: { id: String(form['id'] ?? '') } })
  return answer.ok
    ? c.redirect(gatePath(festival.id, gate, 'undone'), 303)
    : failed(c, answer, festival.id, gate)
}

/** The gate, ready for the next scan, whatever the result of the one before. */
async function sendGate(
  { api }: StaffPageRoutesDeps,
  c: Context,
  context: PageContext,
  shown: Pick<StaffPage, 'festival' | 'gate' | 'flash' | 'verdict'>,
): Promise<Response> {
  const params = { festival: shown.festival.id }
  const [answer, window] = await Promise.all([
    api(c, readCheckInSummaryRoute, { params }),
    api(c, readCheckInWindowRoute, { params }),
  ])
  // An existing verdict is shown, whatever else cannot be read.
  if (!answer.ok && shown.verdict === undefined) return failed(c, answer)
  if (!window.ok && shown.verdict === undefined) return failed(c, window)
  const known = answer.ok && window.ok ? { summary: answer.body, window: window.body } : undefined
  c.header('cache-control', 'no-store')
  const nonce = crypto.randomUUID()
  return c.html(staffPage(context, { ...shown, known, nonce }))
}

/** The device's gate, chosen once; not secret, and for these pages alone. */
function storeGate(c: Context, { festival, gate }: StoredGate): void {
  const options = { path: '/staff', httpOnly: true, sameSite: 'Lax', maxAge: GATE_COOKIE_SECONDS } as const
  setCookie(c, GATE_COOKIE, `${festival} ${gate}`, options)
}

function readGate(c: Context): StoredGate | undefined {
  const stored = getCookie(c, GATE_COOKIE) ?? ''
  const space = stored.indexOf(' ')
  const [festival, gate] = [stored.slice(0, Math.max(0, space)), gateOf(stored.slice(space + 1))]
  return festival === '' || gate === '' ? undefined : { festival, gate }
}

function toSignIn(c: Context): Response {
  const { pathname, search } = new URL(c.req.url)
  const back = c.req.method === 'GET' ? ownPath(pathname + search) : '/staff'
  return signInFirst(c, back)
}

/** Redirects to sign in without a session, or back to the gate with a message. */
function failed(
  c: Context,
  answer: Extract<ApiAnswer<unknown>, { ok: false }>,
  festival?: string,
  gate?: string,
): Response {
  if (answer.status === 401) return toSignIn(c)
  if (answer.problem.code === 'second-factor-needed') return c.redirect('/me/security?needed', 303)
  if (answer.status === 403) throw notForYou()
  if (festival !== undefined && gate !== undefined) {
    return c.redirect(gatePath(festival, gate, 'failed'), 303)
  }
  throw new Problem('unavailable', undefined, { retryAfterSeconds: 2 })
}

function notForYou(): Problem {
  return new Problem('forbidden', 'This is for gate staff')
}

function gatePath(festival: string, gate: string, flash?: 'undone' | 'failed'): string {
  return `/staff/${festival}?gate=${encodeURIComponent(gate)}${flash === undefined ? '' : `&flash=${flash}`}`
}

function flashOf(code: string | undefined, text: (typeof staffText)['en']): StaffPage['flash'] {
  if (code !== 'undone' && code !== 'failed') return undefined
  return { words: text[code], isGood: code === 'undone' }
}

function gateOf(value: unknown): string {
  return typeof value === 'string' ? cutText(value.trim(), GATE_CHARACTERS_MAX) : ''
}

/** The nonce of the page's form; any other value counts as a new page. */
function nonceOf(value: unknown): string {
  return typeof value === 'string' && UUID.test(value) ? value : crypto.randomUUID()
}

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/
