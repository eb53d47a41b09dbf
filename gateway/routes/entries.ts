import { createRoute, z } from '@hono/zod-openapi'
import {
  createOpenApiApp,
  jsonBody,
  jsonResponse,
  problemResponses,
  type RequestVariables,
} from '../../shared/http/openapi.ts'
import { Problem } from '../../shared/problem.ts'
import { RoomIdSchema } from '../../shared/room-id.ts'
import { placeCookie } from '../../shared/tokens/cookies.ts'
import type { SignToken } from '../../shared/tokens/sign.ts'
import type { EnterResult } from '../room/enter-room.ts'
import { keepCookie } from './credentials.ts'
import { PlaceSchema, placeOf } from './place.ts'
import { type Rooms, requireRoom, roomAbsent } from './rooms.ts'

const EntrySchema = z
  .object({
    key: z
      .string()
      .regex(/^[A-Za-z0-9_-]{21}[AQgw]$/)
      .openapi({ description: '16 random bytes in base64url, chosen by the client; a retry sends the same' }),
  })
  .strict()
  .openapi('Entry')

const enterRoute = createRoute({
  method: 'post',
  path: '/rooms/{room}/entries',
  summary: 'Enter the room; needs no account',
  request: { params: z.object({ room: RoomIdSchema }), body: jsonBody(EntrySchema) },
  responses: {
    201: jsonResponse(PlaceSchema, 'A place; entering again with the same key gives the same'),
    ...problemResponses(
      'not-found',
      'room-not-open',
      'sold-out',
      'invalid-input',
      'room-full',
      'unavailable',
    ),
  },
})

const FULL_RETRY_SECONDS = 30

export type EntryRoutesDeps = Rooms & {
  enterRoom: (room: string, entryKey: Buffer) => Promise<EnterResult>
  signPlace: SignToken<'place'>
  placeSeconds: number
}

/** Coming into the room. */
export function createEntryRoutes(deps: EntryRoutesDeps) {
  const app = createOpenApiApp<{ Variables: RequestVariables }>()

  app.openapi(enterRoute, async (c) => {
    const { room } = c.req.valid('param')
    const { status, state } = requireRoom(deps, room)
    if (status.phase === 'sold-out') throw new Problem('sold-out')
    const result = await deps.enterRoom(room, Buffer.from(c.req.valid('json').key, 'base64url'))
    if (result.status !== 'entered') throw refuseEntry(result)
    const issuedAt = Math.floor(result.at.getTime() / 1000)
    const expires = issuedAt + deps.placeSeconds
    const place = deps.signPlace({ aud: room, index: result.index, iat: issuedAt, exp: expires })
    keepCookie(c, placeCookie(room), place, new Date(expires * 1000))
    return c.json(placeOf(state, result.index, place), 201)
  })

  return app
}

function refuseEntry(result: Exclude<EnterResult, { status: 'entered' }>): Problem {
  switch (result.status) {
    case 'full':
      return new Problem('room-full', undefined, { retryAfterSeconds: FULL_RETRY_SECONDS })
    case 'shut':
      return new Problem('room-not-open', `The room is ${result.phase}`, { members: { phase: result.phase } })
    case 'absent':
      return roomAbsent()
  }
}
