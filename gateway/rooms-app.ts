import { createOpenApiApp } from '../shared/api/openapi.ts'
import type { FindPass } from './api/auth/visitors-pass.ts'
import { createBindingRoutes } from './api/rooms/binding.ts'
import type { FindPlace } from './api/rooms/bound-place.ts'
import { createChallengeRoutes } from './api/rooms/challenge.ts'
import { createClaimRoutes } from './api/rooms/claims.ts'
import { createDrawRoutes } from './api/rooms/draw.ts'
import { createEntryRoutes } from './api/rooms/entries.ts'
import type { HeldPlaceDeps } from './api/rooms/held-place.ts'
import { createLeavingRoutes } from './api/rooms/leaving.ts'
import { createPlaceRoutes } from './api/rooms/place.ts'
import { createStatusRoutes } from './api/rooms/status.ts'
import { createArchivedDraws } from './catalogue/archived-draws.ts'
import type { GatewayContext, GatewayEnv } from './context.ts'
import { bindPlace } from './room/bind-place.ts'
import { claimPass } from './room/claim-pass.ts'
import { readEntries, readParticipants } from './room/draw-log.ts'
import { enterRoom } from './room/enter-room.ts'
import { ENTRY_BYTES } from './room/entry.ts'
import { findPass } from './room/find-pass.ts'
import { findPlace } from './room/find-place.ts'
import { leavePass, leaveRoom } from './room/leave.ts'
import { readTurn } from './room/read-turn.ts'
import { restorePlace } from './room/restore.ts'
import { returnPlace } from './room/return-place.ts'

/** The API routes of rooms that the gateway serves itself. */
export function createRoomsApp(deps: GatewayContext) {
  const app = createOpenApiApp<GatewayEnv>()
  app.route('/', createStatusRoutes(deps))
  app.route('/', createChallengeRoutes(deps))
  app.route('/', createPlacesApp(deps))
  app.route('/', createDrawsApp(deps))
  return app
}

/** The routes of places and passes. */
function createPlacesApp(deps: GatewayContext) {
  const { redis, snapshots, limits } = deps
  const app = createOpenApiApp<GatewayEnv>()
  app.route(
    '/',
    createEntryRoutes({
      ...deps,
      enterRoom: async (room, entry, entrant) => {
        const deps = { redis, rememberSeconds: limits.entryRememberSeconds }
        const result = await enterRoom(deps, room, entry, entrant)
        if (result.status === 'entered') snapshots.noteEntry(room, result)
        return result
      },
      placeSeconds: limits.placeSeconds,
    }),
  )
  const findLivePass: FindPass = (of) => findPass(redis, deps.now, of)
  const find: FindPlace = (state, account) => findPlace(redis, state, account)
  const turnOf = (room: string, position: number) => readTurn(redis, room, position)
  const holding: Pick<HeldPlaceDeps, 'restorePlace' | 'returnPlace'> = {
    restorePlace: (room, epoch, place) => restorePlace(redis, room, epoch, place),
    returnPlace: (state, place) => returnPlace(redis, state, place),
  }
  app.route(
    '/',
    createPlaceRoutes({
      ...{ ...deps, ...holding, findPlace: find, placeSeconds: limits.placeSeconds },
      readTurn: turnOf,
    }),
  )
  app.route(
    '/',
    createBindingRoutes({
      ...deps,
      ...holding,
      bindPlace: (input, positions) => bindPlace(redis, input, positions),
      placeSeconds: limits.placeSeconds,
    }),
  )
  app.route(
    '/',
    createClaimRoutes({
      ...deps,
      claimPass: (input, positions) => claimPass(redis, input, positions),
      findPlace: find,
      findPass: findLivePass,
      ...holding,
    }),
  )
  app.route(
    '/',
    createLeavingRoutes({
      ...deps,
      leaveRoom: (input) => leaveRoom(redis, input),
      findPlace: find,
      ...holding,
      leavePass: (input) => leavePass(redis, input),
    }),
  )
  return app
}

/** The inputs of a draw: from Redis until the room is archived, then from the origin. */
function createDrawsApp({ redis, origin, festivals, snapshots }: GatewayContext) {
  const archivedDraws = createArchivedDraws(origin)
  const app = createOpenApiApp<GatewayEnv>()
  app.route(
    '/',
    createDrawRoutes({
      festivals,
      snapshots,
      readEntries: (room, count) =>
        festivals.archivedRoom(room) === undefined
          ? readEntries(redis, room, count)
          : archivedDraws.read(room, 'entries', count * ENTRY_BYTES),
      readParticipants: (room, count) =>
        festivals.archivedRoom(room) === undefined
          ? readParticipants(redis, room, count)
          : archivedDraws.read(room, 'participants', Math.ceil(count / 8)),
    }),
  )
  return app
}
