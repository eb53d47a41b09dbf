import type { z } from '@hono/zod-openapi'
import type { Context } from 'hono'
import {
  type DrawSchema,
  readDrawEntriesRoute,
  readDrawParticipantsRoute,
  readDrawRoute,
} from '../../../shared/api/draws.ts'
import { createOpenApiApp, type RequestVariables } from '../../../shared/api/openapi.ts'
import { Problem } from '../../../shared/api/problem.ts'
import { streamed } from '../../../shared/http/streamed.ts'
import { IMMUTABLE } from '../../edge/caching.ts'
import { commitmentOf, type Draw, isDrawn } from '../../room/draw.ts'
import { shownClosing } from '../../room/status.ts'
import { type Rooms, requireRoom } from './rooms.ts'

export type DrawRoutesDeps = Rooms & {
  /** The first `count` entries of a room, in chunks of a bounded size. */
  readEntries: (room: string, count: number) => AsyncGenerator<Uint8Array>
  /** The participants among the first `count` entries, likewise. */
  readParticipants: (room: string, count: number) => AsyncGenerator<Uint8Array>
}

/** What a draw's verification needs (`npm run verify-draw`). */
export function createDrawRoutes(deps: DrawRoutesDeps) {
  const app = createOpenApiApp<{ Variables: RequestVariables }>()

  app.openapi(readDrawRoute, (c) => {
    const { room } = c.req.valid('param')
    return c.json(shownDraw(room, requireDraw(room)), 200)
  })

  app.openapi(readDrawEntriesRoute, async (c) => {
    const { room } = c.req.valid('param')
    return c.body(await begun(c, deps.readEntries(room, requireClosed(room))), 200)
  })

  app.openapi(readDrawParticipantsRoute, async (c) => {
    const { room } = c.req.valid('param')
    const entries = requireClosed(room)
    if (requireDraw(room).version === 1) throw new Problem('not-found', 'All of its lobby takes part')
    return c.body(await begun(c, deps.readParticipants(room, entries)), 200)
  })

  function requireDraw(room: string): Draw {
    const { draw } = requireRoom(deps, room).state
    if (draw === undefined) throw new Problem('not-found', 'This room goes by arrival; it has no draw')
    return draw
  }

  /** How many entries a lobby had. Nothing of it is published before all of it is recorded. */
  function requireClosed(room: string): number {
    const { version, lobbyEntries, closing, seed } = requireDraw(room)
    const isClosed = version === 1 ? seed !== undefined : closing !== undefined
    if (lobbyEntries === undefined || !isClosed) throw new Problem('conflict', 'The lobby has not closed yet')
    return lobbyEntries
  }

  return app
}

/** The body once its first chunk has arrived: until then, an unavailable store can still be reported as a problem. */
async function begun(c: Context, source: AsyncGenerator<Uint8Array>): Promise<ReadableStream<Uint8Array>> {
  const { done, value } = await source.next()
  c.header('content-type', 'application/octet-stream')
  c.header('cache-control', IMMUTABLE)
  return streamed(c, source, done === true ? undefined : value)
}

function shownDraw(room: string, draw: Draw): z.output<typeof DrawSchema> {
  const { version, secret, beacon, lobbyEntries, closing, signature = '', seed } = draw
  return {
    ...{ room, order: 'draw' as const, version, commitment: commitmentOf(secret), beacon },
    drawn: isDrawn(draw),
    ...(lobbyEntries === undefined ? {} : { lobbyEntries }),
    ...(closing === undefined ? {} : { closing: shownClosing(closing) }),
    ...(seed === undefined ? {} : { secret: secret.toString('hex'), seed: seed.toString('hex') }),
    ...(seed === undefined ? {} : { randomness: randomnessOf(draw) }),
    ...(signature === '' ? {} : { signature }),
  }
}

function randomnessOf({ version, closing, signature }: Draw): z.output<typeof DrawSchema>['randomness'] {
  if (version === 1) return 'none: version 1'
  if (closing?.round === undefined) return 'none: the organiser chose so'
  return signature === '' ? 'none: the beacon stayed silent' : 'beacon'
}
