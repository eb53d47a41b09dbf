import { createRoute, z } from '@hono/zod-openapi'
import type { Context } from 'hono'
import { BEACON_RULES } from '../../shared/draw-record.ts'
import {
  createOpenApiApp,
  jsonResponse,
  problemResponses,
  type RequestVariables,
} from '../../shared/http/openapi.ts'
import { streamed } from '../../shared/http/streamed.ts'
import { Problem } from '../../shared/problem.ts'
import { RoomIdSchema } from '../../shared/room-id.ts'
import { commitmentOf, type Draw, isDrawn } from '../room/draw.ts'
import { ClosingSchema, shownClosing } from '../room/status.ts'
import { type Rooms, requireRoom } from './rooms.ts'

const DrawSchema = z
  .object({
    room: z.string(),
    order: z.literal('draw'),
    version: z.int().openapi({
      description:
        '1: the log holds the keys of entries, and all take part; 2: it holds their hashes, and places of proven accounts ' +
        'take part, before all others',
    }),
    commitment: z.string().openapi({ description: 'SHA-256 of the secret in hex, shown from the beginning' }),
    beacon: z.enum(BEACON_RULES).openapi({ description: 'What the organiser has chosen before the lobby' }),
    drawn: z.boolean(),
    lobbyEntries: z.int().optional().openapi({ description: 'N: how many were there at the opening' }),
    closing: ClosingSchema.optional().openapi({
      description: 'What was fixed and published before the beacon’s round; not in version 1',
    }),
    signature: z.string().optional().openapi({
      description:
        'The round’s, in hex; its SHA-256 is the randomness. Missing when the draw was made without',
    }),
    randomness: z
      .enum(['beacon', 'none: the organiser chose so', 'none: the beacon stayed silent', 'none: version 1'])
      .optional()
      .openapi({
        description:
          'What the seed follows from besides the secret and the entries. Without a beacon, whoever knew the secret ' +
          'could have added entries until the result pleased them',
      }),
    secret: z.string().optional().openapi({ description: 'In hex, once the draw is made' }),
    seed: z
      .string()
      .optional()
      .openapi({
        description:
          'In hex. HMAC-SHA256(secret, room ‖ 0x00 ‖ N ‖ SHA-256(log) ‖ SHA-256(participants) ‖ round ‖ SHA-256(signature)), ' +
          'numbers as 8 bytes, zeros without a beacon. In version 1: HMAC-SHA256(secret, room ‖ 0x00 ‖ N ‖ SHA-256(log))',
      }),
  })
  .openapi('Draw')

const params = z.object({ room: RoomIdSchema })

const readRoute = createRoute({
  method: 'get',
  path: '/rooms/{room}/draw',
  summary: 'The draw: its commitment before, its closing at the opening, all that it follows from after',
  request: { params },
  responses: { 200: jsonResponse(DrawSchema, 'The draw'), ...problemResponses('not-found', 'invalid-input') },
})

const bytesOf = (description: string) => ({
  200: { description, content: { 'application/octet-stream': { schema: z.any() } } },
  ...problemResponses('not-found', 'invalid-input', 'conflict', 'unavailable'),
})

const entriesRoute = createRoute({
  method: 'get',
  path: '/rooms/{room}/draw/entries',
  summary:
    'The entries that were in the lobby, 16 bytes each, in order of arrival; once the lobby has closed',
  request: { params },
  responses: bytesOf('The entries'),
})

const participantsRoute = createRoute({
  method: 'get',
  path: '/rooms/{room}/draw/participants',
  summary: 'Which of the entries take part, a bit for each from the highest of the first byte on',
  request: { params },
  responses: bytesOf('The bitmap, ⌈N / 8⌉ bytes'),
})

export type DrawRoutesDeps = Rooms & {
  /** The first so many entries of a room, in chunks of a bounded size. */
  readEntries: (room: string, count: number) => AsyncGenerator<Uint8Array>
  /** Who takes part among so many entries, likewise. */
  readParticipants: (room: string, count: number) => AsyncGenerator<Uint8Array>
}

/** What anyone needs to check a draw (`npm run verify-draw`). */
export function createDrawRoutes(deps: DrawRoutesDeps) {
  const app = createOpenApiApp<{ Variables: RequestVariables }>()

  app.openapi(readRoute, (c) => {
    const { room } = c.req.valid('param')
    return c.json(shownDraw(room, requireDraw(room)), 200)
  })

  app.openapi(entriesRoute, async (c) => {
    const { room } = c.req.valid('param')
    return c.body(await begun(c, deps.readEntries(room, requireClosed(room))), 200)
  })

  app.openapi(participantsRoute, async (c) => {
    const { room } = c.req.valid('param')
    const entries = requireClosed(room)
    if (requireDraw(room).version === 1) throw new Problem('not-found', 'All of its lobby takes part')
    return c.body(await begun(c, deps.readParticipants(room, entries)), 200)
  })

  function requireDraw(room: string): Draw {
    const { draw } = requireRoom(deps, room).state
    if (draw === undefined) throw new Problem('not-found', 'This room goes by arrival; it draws no lots')
    return draw
  }

  /** How many entries a lobby had. Nothing of it is shown before all of it is recorded. */
  function requireClosed(room: string): number {
    const { version, lobbyEntries, closing, seed } = requireDraw(room)
    const isClosed = version === 1 ? seed !== undefined : closing !== undefined
    if (lobbyEntries === undefined || !isClosed) throw new Problem('conflict', 'The lobby has not closed yet')
    return lobbyEntries
  }

  return app
}

/** The body once its first chunk has come: before that, a store that is unavailable is still told as a problem. */
async function begun(c: Context, source: AsyncGenerator<Uint8Array>): Promise<ReadableStream<Uint8Array>> {
  const { done, value } = await source.next()
  c.header('content-type', 'application/octet-stream')
  c.header('cache-control', 'public, max-age=31536000, immutable')
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
