import { createRoute, z } from '@hono/zod-openapi'
import {
  createOpenApiApp,
  jsonResponse,
  problemResponses,
  type RequestVariables,
} from '../../shared/http/openapi.ts'
import { streamed } from '../../shared/http/streamed.ts'
import { Problem } from '../../shared/problem.ts'
import { RoomIdSchema } from '../../shared/room-id.ts'
import { commitmentOf, type Draw } from '../room/draw.ts'
import type { DrawVersion } from '../room/entry.ts'
import type { Snapshots } from '../room/snapshot.ts'

const DrawSchema = z
  .object({
    room: z.string(),
    order: z.literal('draw'),
    version: z.int().openapi({ description: '1: the log holds the keys of entries; 2: their hashes' }),
    commitment: z.string().openapi({ description: 'SHA-256 of the secret in hex, shown from the beginning' }),
    drawn: z.boolean(),
    lobbyEntries: z.int().optional().openapi({ description: 'N: how many were there at the opening' }),
    secret: z.string().optional().openapi({ description: 'In hex, once the lots are drawn' }),
    seed: z
      .string()
      .optional()
      .openapi({ description: 'HMAC-SHA256(secret, room ‖ 0x00 ‖ N as 8 bytes ‖ SHA-256(entries)), in hex' }),
  })
  .openapi('Draw')

const params = z.object({ room: RoomIdSchema })

const readRoute = createRoute({
  method: 'get',
  path: '/rooms/{room}/draw',
  summary: 'The draw: its commitment before, all that it follows from after',
  request: { params },
  responses: { 200: jsonResponse(DrawSchema, 'The draw'), ...problemResponses('not-found', 'invalid-input') },
})

const entriesRoute = createRoute({
  method: 'get',
  path: '/rooms/{room}/draw/entries',
  summary: 'The entries that took part in the draw, 16 bytes each, in order of arrival',
  request: { params },
  responses: {
    200: { description: 'The entries', content: { 'application/octet-stream': { schema: z.any() } } },
    ...problemResponses('not-found', 'invalid-input', 'conflict'),
  },
})

export type DrawRoutesDeps = {
  snapshots: Pick<Snapshots, 'of'>
  /** The first so many entries of a room, in pieces of a bounded size. */
  readEntries: (room: string, count: number) => AsyncIterable<Uint8Array>
}

/** What anyone needs to check a draw (`npm run verify-draw`). */
export function createDrawRoutes(deps: DrawRoutesDeps) {
  const app = createOpenApiApp<{ Variables: RequestVariables }>()

  app.openapi(readRoute, (c) => {
    const { room } = c.req.valid('param')
    const { draw, drawVersion } = requireDraw(room)
    const { secret, lobbyEntries, seed } = draw
    const before = {
      room,
      order: 'draw' as const,
      version: drawVersion,
      commitment: commitmentOf(secret),
      drawn: seed !== undefined,
    }
    if (seed === undefined) return c.json(before, 200)
    const after = { secret: secret.toString('hex'), seed: seed.toString('hex') }
    return c.json({ ...before, ...after, ...(lobbyEntries === undefined ? {} : { lobbyEntries }) }, 200)
  })

  app.openapi(entriesRoute, (c) => {
    const { room } = c.req.valid('param')
    const { lobbyEntries, seed } = requireDraw(room).draw
    if (lobbyEntries === undefined || seed === undefined) {
      throw new Problem('conflict', 'The lots have not been drawn yet')
    }
    c.header('content-type', 'application/octet-stream')
    c.header('cache-control', 'public, max-age=31536000, immutable')
    return c.body(streamed(c, deps.readEntries(room, lobbyEntries)), 200)
  })

  function requireDraw(room: string): { draw: Draw; drawVersion: DrawVersion } {
    const snapshot = deps.snapshots.of(room)
    if (snapshot === undefined) throw new Problem('not-found', 'There is no such room')
    const { draw, drawVersion } = snapshot.state
    if (draw === undefined) throw new Problem('not-found', 'This room goes by arrival; it draws no lots')
    return { draw, drawVersion }
  }

  return app
}
