import { Hono } from 'hono'
import { createMiddleware } from 'hono/factory'
import { readOwnCookie } from '../../../shared/http/cookies.ts'
import type { Clock } from '../../../shared/runtime/clock.ts'
import { SESSION_COOKIE } from '../../../shared/tokens/cookies.ts'
import { sessionOf } from '../../api/auth/credentials.ts'
import type { Api } from '../../api/page-api.ts'
import type { FanDeps } from '../../api/rooms/fan.ts'
import type { Festivals } from '../../catalogue/festivals.ts'
import type { Snapshots } from '../../room/snapshot.ts'
import type { Assets } from '../assets/assets.ts'
import type { PageEnv } from '../layout/page-context.ts'
import { requireFestival } from '../layout/page-festival.ts'
import { signInFirst } from '../layout/sign-in-first.ts'
import { createBasketPages } from './basket-pages.ts'
import { createPaymentPages } from './payment-pages.ts'

export type BuyingPageRoutesDeps = FanDeps & {
  festivals: Festivals
  snapshots: Pick<Snapshots, 'of'>
  assets: Assets
  api: Api
  config: { publicUrl: string }
  now: Clock
}

/**
 * The basket and the payment of an admitted fan. Every state has an address, so that a reload shows the current state.
 */
export function createBuyingPageRoutes(deps: BuyingPageRoutesDeps) {
  const app = new Hono<PageEnv>()
  const requireSignedIn = createMiddleware<PageEnv>(async (c, next) => {
    if (sessionOf(deps.verifiers, readOwnCookie(c, SESSION_COOKIE)) !== undefined) return await next()
    return signInFirst(c, `/festivals/${requireFestival(c, deps.festivals).id}/buy`)
  })
  app.use('/festivals/:festival/buy', requireSignedIn)
  app.use('/festivals/:festival/buy/*', requireSignedIn)
  app.route('/', createBasketPages(deps))
  app.route('/', createPaymentPages(deps))
  return app
}
