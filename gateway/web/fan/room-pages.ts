import { type Context, Hono } from 'hono'
import { enterRoomRoute } from '../../../shared/api/entries.ts'
import { leavePlaceRoute } from '../../../shared/api/leaving.ts'
import { claimPassRoute } from '../../../shared/api/passes.ts'
import { bindPlaceRoute } from '../../../shared/api/places.ts'
import { readOwnCookie, setOwnCookie } from '../../../shared/http/cookies.ts'
import type { Clock } from '../../../shared/runtime/clock.ts'
import { placeCookie, SESSION_COOKIE } from '../../../shared/tokens/cookies.ts'
import { type GatewayVerifiers, sessionOf } from '../../api/auth/credentials.ts'
import { forgetPlace } from '../../api/auth/forget-place.ts'
import { endOfPass } from '../../api/auth/visitors-pass.ts'
import type { Api, ApiAnswer } from '../../api/page-api.ts'
import { type FanDeps, fanOf } from '../../api/rooms/fan.ts'
import type { Fan } from '../../api/rooms/fan-status.ts'
import { requireRoom } from '../../api/rooms/rooms.ts'
import type { Festivals } from '../../catalogue/festivals.ts'
import { entryCookie, makeEntryKey } from '../../room/entry-key.ts'
import type { Snapshots } from '../../room/snapshot.ts'
import type { Status } from '../../room/status.ts'
import type { Assets } from '../assets/assets.ts'
import { type PageEnv, pageContext } from '../layout/page-context.ts'
import { requireFestival } from '../layout/page-festival.ts'
import { flashQuery, readFacts } from '../layout/refusal-facts.ts'
import { signInFirst } from '../layout/sign-in-first.ts'
import { flashText } from '../layout/text/flash.ts'
import { drawPage } from './draw.ts'
import { isSettled } from './fan-part.ts'
import { roomPage } from './room.ts'
import { type Chance, chanceOf, hasChances } from './room-view.ts'
import { type VisitorsPlace, type VisitorsPlaceDeps, visitorsPlace } from './visitors-place.ts'

export type RoomPageRoutesDeps = FanDeps & {
  festivals: Festivals
  snapshots: Pick<Snapshots, 'of'>
  verifiers: GatewayVerifiers
  isPlaceUsed: VisitorsPlaceDeps['isPlaceUsed']
  readTurn: VisitorsPlaceDeps['readTurn']
  now: Clock
  assets: Assets
  api: Api
  config: { publicUrl: string }
}

/** Codes for a place that is no longer valid: the browser's cookie is cleared, and a new place can be taken. */
const PLACE_OVER = ['turn-missed', 'place-used', 'place-lost', 'token-invalid', 'token-wrong-audience']
/** Leaving another account's place does not affect that account; only this browser's cookie is cleared. */
const PLACE_LEFT = [...PLACE_OVER, 'place-of-another-account']

/** The account has a pass or waits with another place than this browser's, and may continue with that. */
const CLAIMED_ELSEWHERE = ['pass-held', 'place-bound']
const OF_ACCOUNT = { of: 'account' }

/** Flash messages that other tabs, devices and history entries get once a purchase has used up place, pass and hold. */
const ENDED_BY_BUYING = [
  ...PLACE_LEFT,
  ...['missed', 'used', 'lost', 'place-missing', 'place-moved', 'pass-ended', 'room-restored'],
  ...['hold-expired', 'hold-missing', 'hold-paying', 'hold-changed'],
]

/** The waiting room's page, and the targets of its forms in a browser without JavaScript. */
export function createRoomPageRoutes(deps: RoomPageRoutesDeps) {
  const app = new Hono<PageEnv>()
  app.get('/festivals/:festival/room', (c) => showRoom(deps, c))
  app.get('/festivals/:festival/draw', (c) => showDraw(deps, c))
  app.post('/festivals/:festival/room/enter', (c) => enter(deps, c))
  app.post('/festivals/:festival/room/leave', (c) => leave(deps, c))
  app.post('/festivals/:festival/room/claim', (c) => claim(deps, c))
  return app
}

async function showRoom(deps: RoomPageRoutesDeps, c: Context<PageEnv>): Promise<Response> {
  const festival = requireFestival(c, deps.festivals)
  const { status, state } = requireRoom(deps, festival.room.id)
  const context = pageContext(c, deps.assets)
  const fan = await fanOf(deps, c, festival)
  const place = await visitorsPlace(deps, c, { state, fan })
  if (place.status !== 'held' && needsEntryKey(c, festival.room.id))
    setOwnCookie(c, entryCookie(festival.room.id), makeEntryKey())
  const query = (name: string) => c.req.query(name)
  const flash = wordFor(fan, endOfPlace(place) ?? query('flash') ?? endOfPass(fan))
  c.header('cache-control', 'no-store')
  return c.html(
    roomPage(context, {
      ...{ festival, status, fan },
      placeStatus: place.status === 'held' ? place.placeStatus : undefined,
      signedIn: isSignedIn(deps, c),
      chance: place.status === 'held' ? await chanceIn(deps, c, status) : undefined,
      more: query('more') !== undefined,
      now: deps.now(),
      flash: flashText(flash, context.language, readFacts(query, deps.now())),
    }),
  )
}

function showDraw(deps: RoomPageRoutesDeps, c: Context<PageEnv>): Response | Promise<Response> {
  const festival = requireFestival(c, deps.festivals)
  const { status } = requireRoom(deps, festival.room.id)
  const place = deps.verifiers.place(readOwnCookie(c, placeCookie(festival.room.id)) ?? '')
  const index = place.status === 'valid' ? place.claims.index : undefined
  c.header('cache-control', 'no-store')
  const { publicUrl } = deps.config
  return c.html(drawPage(pageContext(c, deps.assets), { festival, status, index, publicUrl }))
}

async function enter({ api, festivals }: RoomPageRoutesDeps, c: Context<PageEnv>): Promise<Response> {
  const { id, room } = requireFestival(c, festivals)
  const key = readOwnCookie(c, entryCookie(room.id)) ?? makeEntryKey()
  // Without a place, a key whose entry was in the draw is useless and cleared; with a place, the place is preserved.
  const over = readOwnCookie(c, placeCookie(room.id)) === undefined ? ['entry-drawn'] : []
  return lead(c, id, await api(c, enterRoomRoute, { params: { room: id }, body: { key } }), over)
}

async function leave({ api, festivals }: RoomPageRoutesDeps, c: Context<PageEnv>): Promise<Response> {
  const { id } = requireFestival(c, festivals)
  return lead(c, id, await api(c, leavePlaceRoute, { params: { room: id } }), PLACE_LEFT)
}

async function claim(deps: RoomPageRoutesDeps, c: Context<PageEnv>): Promise<Response> {
  const { id } = requireFestival(c, deps.festivals)
  if (!isSignedIn(deps, c)) return signInFirst(c, `/festivals/${id}/room`)
  const { of } = await c.req.parseBody()
  const next = `/festivals/${id}/buy`
  const claimPass = (query?: typeof OF_ACCOUNT) =>
    deps.api(c, claimPassRoute, { params: { room: id }, query, body: {} })
  // The account's other place does not affect the place that this browser may have.
  if (of === 'account') return lead(c, id, await claimPass(OF_ACCOUNT), [], next)
  const answer = await claimPass()
  const elsewhere = !answer.ok && CLAIMED_ELSEWHERE.includes(answer.problem.code)
  const there = elsewhere ? await claimPass(OF_ACCOUNT) : answer
  return lead(c, id, there.ok ? there : answer, PLACE_OVER, next)
}

function isSignedIn({ verifiers }: RoomPageRoutesDeps, c: Context): boolean {
  return sessionOf(verifiers, readOwnCookie(c, SESSION_COOKIE)) !== undefined
}

/**
 * Whether the visitor's place takes part in the draw. A place is bound as soon as its fan is signed in, so that no one
 * misses a draw for lack of a script or of a click.
 */
async function chanceIn(
  deps: RoomPageRoutesDeps,
  c: Context<PageEnv>,
  status: Status,
): Promise<Chance | undefined> {
  if (!hasChances(status)) return undefined
  if (!isSignedIn(deps, c)) return 'signed-out'
  const answer = await deps.api(c, bindPlaceRoute, { params: { room: status.room }, body: {} })
  if (!answer.ok) return chanceOf({ ok: false, code: answer.problem.code })
  for (const cookie of answer.cookies) c.header('set-cookie', cookie, { append: true })
  return chanceOf({ ok: true, participates: answer.body.participates })
}

/** For visitors without an entry, or whose place is over: its key would return the same place. */
function needsEntryKey(c: Context, room: string): boolean {
  const [key, place] = [entryCookie(room), placeCookie(room)].map((name) => readOwnCookie(c, name))
  return key === undefined || place !== undefined
}

/** Redirects after a response: to `next`, or to the room, which explains the refusal. */
function lead(
  c: Context,
  festival: string,
  answer: ApiAnswer<unknown>,
  over: readonly string[],
  next = `/festivals/${festival}/room`,
): Response {
  if (!answer.ok) {
    const { code } = answer.problem
    if (over.includes(code)) forgetPlace(c, festival)
    return c.redirect(`/festivals/${festival}/room?${flashQuery(answer.problem, Date.now())}`, 303)
  }
  for (const cookie of answer.cookies) c.header('set-cookie', cookie, { append: true })
  return c.redirect(next, 303)
}

function endOfPlace(place: VisitorsPlace): 'place-lost' | 'place-moved' | 'turn-missed' | undefined {
  if (place.status === 'lost') return 'place-lost'
  if (place.status === 'missed') return 'turn-missed'
  return place.status === 'held' && place.isMoved === true ? 'place-moved' : undefined
}

/** Fans who have bought or are paying are not told that a turn, place or time is over, since a purchase ends them. */
function wordFor(fan: Fan, flash: string | undefined): string | undefined {
  return flash !== undefined && isSettled(fan) && ENDED_BY_BUYING.includes(flash) ? undefined : flash
}
