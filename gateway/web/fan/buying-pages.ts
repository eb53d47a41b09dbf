import { Hono } from 'hono'
import { createMiddleware } from 'hono/factory'
import { readOwnCookie } from '../../../shared/http/cookies.ts'
import { SESSION_COOKIE } from '../../../shared/tokens/cookies.ts'
import { sessionOf } from '../../api/auth/credentials.ts'
import type { PageEnv } from '../layout/page-context.ts'
import { requireFestival } from '../layout/page-festival.ts'
import { signInFirst } from '../layout/sign-in-first.ts'
import { createBasketPages } from './basket-pages.ts'
import type { BuyingPageRoutesDeps } from './buying-deps.ts'
import { createPaymentPages } from './payment-pages.ts'

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
