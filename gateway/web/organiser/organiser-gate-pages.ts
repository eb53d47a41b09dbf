import { Hono } from 'hono'
import { listConflictsRoute } from '../../../shared/api/gate-record.ts'
import { type PageEnv, pageContext } from '../layout/page-context.ts'
import { gatePage } from './live/gate.ts'
import { festivalOf, hereOf, type OrganiserLivePageDeps, ofRoom, refuse } from './organiser-page.ts'

const SHOWN = 50
/** A valid cursor in an address; any other value starts at the newest. */
const CURSOR = /^[1-9]\d{0,14}$/

/** The conflicts at a festival's gates, for its organiser. */
export function createOrganiserGatePages({ api, assets, festivals }: OrganiserLivePageDeps) {
  const app = new Hono<PageEnv>()

  app.get('/organiser/festivals/:festival/gate', async (c) => {
    const before = c.req.query('before') ?? ''
    const isFirst = !CURSOR.test(before)
    const answer = await api(c, listConflictsRoute, {
      params: ofRoom(c),
      query: { limit: SHOWN, before: isFirst ? undefined : before },
    })
    if (!answer.ok) return refuse(c, answer, hereOf(c))
    const { conflicts, next } = answer.body
    c.header('cache-control', 'no-store')
    const festival = festivalOf(c, festivals)
    return c.html(gatePage(pageContext(c, assets), { festival, conflicts, isFirst, next }))
  })

  return app
}
