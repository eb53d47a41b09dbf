import { randomBytes } from 'node:crypto'
import { type Context, Hono } from 'hono'
import { deleteCookie, getCookie } from 'hono/cookie'
import { Problem } from '../../shared/problem.ts'
import { placeCookie, SESSION_COOKIE } from '../../shared/tokens/cookies.ts'
import type { Festivals } from '../festivals.ts'
import type { Assets } from '../pages/assets.ts'
import { drawPage } from '../pages/draw.ts'
import { roomPage } from '../pages/room.ts'
import { saidText } from '../pages/text/said.ts'
import type { Snapshots } from '../room/snapshot.ts'
import { type GatewayVerifiers, sessionOf } from './credentials.ts'
import type { Api } from './page-api.ts'
import { type PageEnv, pageContext } from './pages.ts'
import { placeOf } from './place.ts'
import { requireRoom } from './rooms.ts'
import { type VisitorsPassDeps, visitorsPass } from './visitors-pass.ts'

export type RoomPageRoutesDeps = VisitorsPassDeps & {
  festivals: Festivals
  snapshots: Pick<Snapshots, 'of'>
  verifiers: GatewayVerifiers
  assets: Assets
  api: Api
}

const ENTRY_KEY_BYTES = 16
/** What an answer says of a place that is good for nothing any more: a new one is to be taken. */
const PLACE_OVER = ['turn-missed', 'place-used', 'place-lost']

/** The waiting room's page, and what its forms do in a browser without JavaScript. */
export function createRoomPageRoutes(deps: RoomPageRoutesDeps) {
  const { festivals, verifiers, api } = deps
  const app = new Hono<PageEnv>()

  app.get('/festivals/:festival/room', async (c) => {
    const festival = requireFestival(c)
    const { status, state } = requireRoom(deps, festival.room.id)
    const context = pageContext(c, deps.assets)
    const token = getCookie(c, placeCookie(festival.room.id), 'host')
    const place = token === undefined ? undefined : verifiers.place(token)
    const pass = await visitorsPass(deps, c, festival.room.id)
    // Its pass is over, and so is the place that it was claimed with; one that was taken later is not.
    const isOver =
      pass.status === 'over' && place?.status === 'valid' && place.claims.iat <= pass.issuedAtSeconds
    if (isOver) deleteCookie(c, placeCookie(festival.room.id), { prefix: 'host' })
    c.header('cache-control', 'no-store')
    return c.html(
      roomPage(context, {
        festival,
        status,
        standing: place?.status === 'valid' && !isOver ? placeOf(state, place.claims.index, '') : undefined,
        signedIn: sessionOf(verifiers, getCookie(c, SESSION_COOKIE, 'host')) !== undefined,
        inside: pass.status === 'live',
        entryKey: randomBytes(ENTRY_KEY_BYTES).toString('base64url'),
        said: saidText(c.req.query('said'), context.language),
      }),
    )
  })

  app.get('/festivals/:festival/draw', (c) => {
    const festival = requireFestival(c)
    const { status } = requireRoom(deps, festival.room.id)
    const place = verifiers.place(getCookie(c, placeCookie(festival.room.id), 'host') ?? '')
    const index = place.status === 'valid' ? place.claims.index : undefined
    c.header('cache-control', 'no-store')
    return c.html(drawPage(pageContext(c, deps.assets), { festival, status, index }))
  })

  app.post('/festivals/:festival/room/enter', async (c) => {
    const festival = requireFestival(c)
    const { key } = await c.req.parseBody()
    return await doAndReturn(c, festival.id, { method: 'POST', path: 'entries', body: { key } })
  })

  app.post('/festivals/:festival/room/leave', async (c) => {
    return await doAndReturn(c, requireFestival(c).id, { method: 'DELETE', path: 'place' })
  })

  app.post('/festivals/:festival/room/claim', async (c) => {
    const { id } = requireFestival(c)
    const call = { method: 'POST', path: 'claims', body: {} }
    return await doAndReturn(c, id, call, `/festivals/${id}/buy`)
  })

  function requireFestival(c: Context) {
    const festival = festivals.of(c.req.param('festival') ?? '')
    if (festival === undefined) throw new Problem('not-found', 'There is no such festival')
    return festival
  }

  /** Does what a form asks for through the API, and shows the page it leads to, or why it did not. */
  async function doAndReturn(
    c: Context<PageEnv>,
    festival: string,
    call: { method: string; path: string; body?: unknown },
    next = `/festivals/${festival}/room`,
  ): Promise<Response> {
    const answer = await api(c, { ...call, path: `/api/rooms/${festival}/${call.path}` })
    if (!answer.ok) {
      const { code } = answer.problem
      if (PLACE_OVER.includes(code)) deleteCookie(c, placeCookie(festival), { prefix: 'host' })
      return c.redirect(`/festivals/${festival}/room?said=${code}`, 303)
    }
    for (const cookie of answer.cookies) c.header('set-cookie', cookie, { append: true })
    return c.redirect(next, 303)
  }

  return app
}
