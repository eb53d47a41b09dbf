import { Hono } from 'hono'
import { setCookie } from 'hono/cookie'
import { Problem } from '../../../shared/api/problem.ts'
import { inLanguage } from '../../../shared/in-language.ts'
import type { Clock } from '../../../shared/runtime/clock.ts'
import { cutText } from '../../../shared/text.ts'
import { type BuyerDeps, buyerOf } from '../../api/rooms/fan.ts'
import type { Buyer } from '../../api/rooms/fan-status.ts'
import { type Festivals, notKnown } from '../../catalogue/festivals.ts'
import type { Snapshots } from '../../room/snapshot.ts'
import { sendWorker } from '../assets/asset-routes.ts'
import type { Assets } from '../assets/assets.ts'
import { detectLanguage, isLanguage } from '../i18n/language.ts'
import { LANGUAGE_COOKIE } from '../i18n/translated.ts'
import { offlinePage } from '../layout/offline.ts'
import { ownPath, type PageEnv, pageContext } from '../layout/page-context.ts'
import { requireFestival } from '../layout/page-festival.ts'
import { isSettled } from './fan-part.ts'
import { festivalPage } from './festival.ts'
import { homePage, type Sale } from './home.ts'

export type FestivalPageRoutesDeps = BuyerDeps & {
  festivals: Festivals
  snapshots: Pick<Snapshots, 'of'>
  assets: Assets
  now: Clock
  config: { publicUrl: string }
}

const LANGUAGE_COOKIE_SECONDS = 31_536_000

/** The pages that all visitors share, apart from what a fan has bought. */
export function createFestivalPageRoutes(deps: FestivalPageRoutesDeps) {
  const { festivals, snapshots, config } = deps
  const app = new Hono<PageEnv>()
  app.use(detectLanguage)

  app.get('/', (c) => {
    if (!festivals.known()) throw notKnown()
    const sales = festivals.all().map(
      (festival): Sale => ({
        festival: inLanguage(festival, c.get('language')),
        status: snapshots.of(festival.id)?.status,
      }),
    )
    const query = cutText(c.req.query('q') ?? '', 100)
    return c.html(homePage(pageContext(c, deps.assets), sales, query, config.publicUrl))
  })

  app.get('/festivals/:festival', async (c) => {
    const festival = requireFestival(c, festivals)
    const status = snapshots.of(festival.room.id)?.status
    const context = pageContext(c, deps.assets)
    // The page itself needs no store: without one it is shown, and reports that tickets cannot be checked.
    const fan = await buyerOf(deps, c, festival).catch((): Buyer => ({ status: 'unknown' }))
    if (isSettled(fan)) c.header('cache-control', 'private, no-store')
    const { publicUrl } = config
    return c.html(festivalPage(context, { festival, status }, deps.now(), { publicUrl, fan }))
  })

  app.get('/festivals-worker.js', (c) => sendWorker(c, deps.assets, 'festivals-worker.js'))

  app.get('/offline', (c) => c.html(offlinePage(deps.assets)))

  // The switch works without JavaScript: it stores the choice and returns to the previous page.
  app.post('/language', async (c) => {
    const { language, back } = await c.req.parseBody()
    if (!isLanguage(language)) throw new Problem('invalid-input', 'There is no such language')
    setCookie(c, LANGUAGE_COOKIE, language, { path: '/', sameSite: 'Lax', maxAge: LANGUAGE_COOKIE_SECONDS })
    return c.redirect(ownPath(back), 303)
  })

  return app
}
