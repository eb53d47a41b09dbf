import { createRoute, z } from '@hono/zod-openapi'
import { BEACON_RULES } from './draw-record.ts'
import { jsonResponse, problemResponses } from './openapi.ts'
import { RoomIdSchema } from './room-id.ts'
import { ClosingSchema } from './room-status.ts'

export const DrawSchema = z
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
          'What the seed follows from in addition to the secret and the entries. Without a beacon, anyone who knew the secret ' +
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

export const readDrawRoute = createRoute({
  operationId: 'readDraw',
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

export const readDrawEntriesRoute = createRoute({
  operationId: 'readDrawEntries',
  method: 'get',
  path: '/rooms/{room}/draw/entries',
  summary:
    'The entries that were in the lobby, 16 bytes each, in order of arrival; once the lobby has closed',
  request: { params },
  responses: bytesOf('The entries'),
})

export const readDrawParticipantsRoute = createRoute({
  operationId: 'readDrawParticipants',
  method: 'get',
  path: '/rooms/{room}/draw/participants',
  summary: 'Which of the entries take part, a bit for each from the highest of the first byte on',
  request: { params },
  responses: bytesOf('The bitmap, ⌈N / 8⌉ bytes'),
})
