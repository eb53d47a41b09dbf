import { createOpenApiApp } from '../shared/api/openapi.ts'
import type { FindPass } from './api/auth/visitors-pass.ts'
import type { FanDeps } from './api/rooms/fan.ts'
import { createMeInRoomRoutes } from './api/rooms/me-in-room.ts'
import type { GatewayContext, GatewayEnv } from './context.ts'
import { countUnits } from './room/counted-units.ts'
import { findPass } from './room/find-pass.ts'
import { isPassValid, type NamedPass } from './room/is-pass-valid.ts'
import { isPlaceUsed } from './room/place-used.ts'
import { readTurn } from './room/read-turn.ts'
import { createAccountPageRoutes } from './web/account/account-pages.ts'
import { createConfirmPageRoutes } from './web/account/confirm-pages.ts'
import { createInvitationPageRoutes } from './web/account/invitation-pages.ts'
import { createMyPageRoutes } from './web/account/my-pages.ts'
import { createSecurityPageRoutes } from './web/account/security-pages.ts'
import { createBuyingPageRoutes } from './web/fan/buying-pages.ts'
import { createFestivalPageRoutes } from './web/fan/festival-pages.ts'
import { createRoomPageRoutes } from './web/fan/room-pages.ts'
import { createOrganiserLivePageRoutes } from './web/organiser/organiser-live-pages.ts'
import { createOrganiserPageRoutes } from './web/organiser/organiser-pages.ts'
import { createStaffPageRoutes } from './web/staff/staff-pages.ts'

/** The pages, and the API route with which open pages read what a fan has in a sale. */
export function createPagesApp(deps: GatewayContext) {
  const { redis } = deps
  const app = createOpenApiApp<GatewayEnv>()
  const pageDeps = {
    ...deps,
    isPassValid: (pass: NamedPass) => isPassValid(redis, pass),
    findPass: ((of) => findPass(redis, deps.now, of)) satisfies FindPass,
    isPlaceUsed: (room: string, position: number) => isPlaceUsed(redis, room, position),
    readTurn: (room: string, position: number) => readTurn(redis, room, position),
    countUnits: (of: Parameters<FanDeps['countUnits']>[0]) => countUnits(redis, of),
  }
  app.route('/api', createMeInRoomRoutes(pageDeps))
  app.route('/', createFestivalPageRoutes(pageDeps))
  app.route('/', createRoomPageRoutes(pageDeps))
  app.route('/', createAccountPageRoutes(pageDeps))
  app.route('/', createConfirmPageRoutes(pageDeps))
  app.route('/', createInvitationPageRoutes(pageDeps))
  app.route('/', createSecurityPageRoutes(pageDeps))
  app.route('/', createBuyingPageRoutes(pageDeps))
  app.route('/', createMyPageRoutes(pageDeps))
  app.route('/', createOrganiserPageRoutes(pageDeps))
  app.route('/', createOrganiserLivePageRoutes(pageDeps))
  app.route('/', createStaffPageRoutes(pageDeps))
  return app
}
