import { Hono } from 'hono'
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
import type { PageEnv } from './web/layout/page-context.ts'
import { createOrganiserLivePageRoutes } from './web/organiser/organiser-live-pages.ts'
import { createOrganiserPageRoutes } from './web/organiser/organiser-pages.ts'
import { createStaffPageRoutes } from './web/staff/staff-pages.ts'

/** The pages, and the API route with which open pages read what a fan has in a sale. */
export function createPagesApp(deps: GatewayContext) {
  const app = createOpenApiApp<GatewayEnv>()
  const pageDeps = withRoomReads(deps)
  app.route('/api', createMeInRoomRoutes(pageDeps))
  app.route('/', createFanPages(pageDeps))
  app.route('/', createAccountPages(pageDeps))
  app.route('/', createOrganiserPages(pageDeps))
  app.route('/', createStaffPages(pageDeps))
  return app
}

type PageDeps = ReturnType<typeof withRoomReads>

function withRoomReads(deps: GatewayContext) {
  const { redis } = deps
  return {
    ...deps,
    isPassValid: (pass: NamedPass) => isPassValid(redis, pass),
    findPass: ((of) => findPass(redis, deps.now, of)) satisfies FindPass,
    isPlaceUsed: (room: string, position: number) => isPlaceUsed(redis, room, position),
    readTurn: (room: string, position: number) => readTurn(redis, room, position),
    countUnits: (of: Parameters<FanDeps['countUnits']>[0]) => countUnits(redis, of),
  }
}

function createFanPages(deps: PageDeps) {
  const { endedSession, foreignPass, pastFestival } = deps.policies
  const app = new Hono<PageEnv>()
  app.use('/festivals/:festival/*', endedSession, foreignPass, pastFestival)
  app.route('/', createFestivalPageRoutes(deps))
  app.route('/', createRoomPageRoutes(deps))
  app.route('/', createBuyingPageRoutes(deps))
  return app
}

function createAccountPages(deps: PageDeps) {
  const app = new Hono<PageEnv>()
  app.route('/', createAccountPageRoutes(deps))
  app.route('/', createConfirmPageRoutes(deps))
  app.route('/', createInvitationPageRoutes(deps))
  app.route('/', createSecurityPageRoutes(deps))
  app.route('/', createMyPageRoutes(deps))
  return app
}

function createOrganiserPages(deps: PageDeps) {
  const app = new Hono<PageEnv>()
  app.use('/organiser/festivals/:festival/*', deps.policies.festivalName)
  app.route('/', createOrganiserPageRoutes(deps))
  app.route('/', createOrganiserLivePageRoutes(deps))
  return app
}

function createStaffPages(deps: PageDeps) {
  const { endedSession, pastFestival } = deps.policies
  const app = new Hono<PageEnv>()
  app.use('/staff/*', endedSession)
  app.use('/staff/:festival/*', pastFestival)
  app.route('/', createStaffPageRoutes(deps))
  return app
}
