import type { Context } from 'hono'
import { type Purchase, readPurchaseRoute } from '../../../shared/api/orders.ts'
import type { Festival } from '../../../shared/catalogue.ts'
import { SESSION_COOKIE } from '../../../shared/tokens/cookies.ts'
import type { Festivals } from '../../catalogue/festivals.ts'
import { type GatewayVerifiers, sessionOf, tokenOf } from '../auth/credentials.ts'
import { type VisitorsPassDeps, visitorsPass } from '../auth/visitors-pass.ts'
import type { Api } from '../page-api.ts'
import type { Buyer, Fan } from './fan-status.ts'

export type BuyerDeps = {
  verifiers: Pick<GatewayVerifiers, 'session'>
  festivals: Pick<Festivals, 'archivedRoom'>
  api: Api
  countUnits: (of: { room: string; account: string; ticketTypes: readonly number[] }) => Promise<number>
}

export type FanDeps = VisitorsPassDeps & BuyerDeps

/**
 * Decides what a fan has in a sale, for pages and API alike: from Redis and MySQL, whatever a tab, a cookie or an
 * address says.
 */
export async function fanOf(deps: FanDeps, c: Context, festival: Festival): Promise<Fan> {
  const room = festival.room.id
  const pass = await visitorsPass(deps, c, room)
  const buyer = await buyerOf(deps, c, festival)
  if (buyer.status === 'paying') return buyer
  if (pass.status === 'live') return { status: 'admitted', until: pass.until }
  if (pass.status === 'elsewhere') return { status: 'elsewhere' }
  return buyer.status === 'none' ? { status: pass.status } : buyer
}

/** What a fan has bought or is paying for, regardless of passes. */
export async function buyerOf(deps: BuyerDeps, c: Context, festival: Festival): Promise<Buyer> {
  const account = sessionOf(deps.verifiers, tokenOf(c, SESSION_COOKIE))?.sub
  const purchase = account === undefined ? undefined : await purchaseOf(deps, c, festival, account)
  if (purchase === undefined) return { status: 'none' }
  if (purchase === 'unknown') return { status: 'unknown' }
  if (purchase.payment !== undefined) return { status: 'paying', payment: purchase.payment, purchase }
  return purchase.orders > 0 ? { status: 'bought', purchase } : { status: 'none' }
}

/** Undefined for an account that has nothing. The origin is queried only for accounts that have something. */
async function purchaseOf(
  deps: BuyerDeps,
  c: Context,
  festival: Festival,
  account: string,
): Promise<Purchase | 'unknown' | undefined> {
  const room = festival.room.id
  // A room that has left Redis counts nothing any more.
  if (deps.festivals.archivedRoom(room) === undefined) {
    const ticketTypes = festival.ticketTypes.map(({ id }) => id)
    if ((await deps.countUnits({ room, account, ticketTypes })) === 0) return undefined
  }
  const authorization = c.req.header('authorization')
  const answer = await deps.api(c, readPurchaseRoute, {
    params: { room },
    ...(authorization === undefined ? {} : { headers: { authorization } }),
  })
  if (answer.ok) return answer.body
  // A user who has been signed out has nothing here.
  return answer.status === 401 ? undefined : 'unknown'
}
