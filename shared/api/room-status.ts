import { createRoute, z } from '@hono/zod-openapi'
import { BEACON_RULES } from './draw-record.ts'
import { jsonResponse, problemResponses } from './openapi.ts'
import { RoomIdSchema } from './room-id.ts'

/** The state in which a lobby closed, published before the beacon's round exists. */
export const ClosingSchema = z
  .object({
    participants: z.int().meta({ description: 'How many places take part in the draw' }),
    logHash: z.string().meta({ description: 'SHA-256 of the log of lobby entries, in hex' }),
    participantsHash: z.string().meta({ description: 'SHA-256 of the bitmap of participants, in hex' }),
    closedAt: z.iso.datetime(),
    round: z.object({ number: z.int(), at: z.iso.datetime(), publicKey: z.string() }).optional().meta({
      description: 'Of the beacon, that the seed takes, and when it is due; missing where there is none',
    }),
  })
  .meta({ id: 'DrawClosing' })

export const StatusSchema = z
  .object({
    room: z.string(),
    phase: z.enum(['restoring', 'scheduled', 'lobby', 'open', 'paused', 'sold-out', 'closed']).meta({
      description:
        'restoring: the room was lost and comes back within seconds, or no origin keeps it; asking for the place once ' +
        'gives it back for sure',
    }),
    lobbyAt: z.iso.datetime(),
    opensAt: z.iso.datetime(),
    closesAt: z.iso.datetime(),
    entries: z.int().meta({ description: 'How many have entered' }),
    serving: z.int().meta({ description: 'The highest position called so far; -1 before the first' }),
    ratePerSecond: z.int().meta({ description: 'How many may be called in a second' }),
    pace: z
      .object({ perSecond: z.number(), low: z.number(), high: z.number() })
      .optional()
      .meta({
        description:
          'How fast the line moves, and the range that is sure: a fan with n before them waits n / high to n / low ' +
          'seconds. Missing while it is not known',
      }),
    proofOfWork: z.boolean().meta({
      description:
        'True when entering takes a proof of work, for which /rooms/{room}/challenge has the challenge',
    }),
    shop: z.enum(['up', 'slow', 'unavailable']).meta({
      description:
        'slow: fewer are called, so that it can keep up; unavailable: nobody is called, and places are kept',
    }),
    ticketTypes: z.array(
      z.object({
        type: z.int(),
        availability: z.enum(['plenty', 'few', 'held', 'none']),
        mayReturn: z.int().meta({ description: 'Units that others hold and have not paid for' }),
      }),
    ),
    notice: z
      .object({ ko: z.string(), en: z.string() })
      .optional()
      .meta({ description: 'What the organiser has to say to everyone waiting' }),
    poll: z
      .object({ nearPositions: z.int(), nearSeconds: z.int(), farSeconds: z.int(), jitterShare: z.number() })
      .meta({
        description:
          'Ask again after nearSeconds when fewer than nearPositions are before you, up to farSeconds when more are; ' +
          'vary it by jitterShare either way',
      }),
    draw: z
      .object({
        version: z
          .int()
          .meta({ description: '1: all of the lobby takes part; 2: places of proven accounts' }),
        commitment: z.string().meta({ description: 'SHA-256 of the secret, in hex' }),
        beacon: z.enum(BEACON_RULES).meta({
          description:
            'What the draw does about the public beacon: waits for its round, goes on without it after a minute, or ' +
            'asks for none',
        }),
        lobbyEntries: z
          .int()
          .optional()
          .meta({ description: 'How many came before the opening; known from then on' }),
        closing: ClosingSchema.optional(),
        drawn: z.boolean(),
      })
      .optional()
      .meta({ description: 'In rooms with a draw among those who came before the opening' }),
    stale: z
      .boolean()
      .meta({ description: 'True while the room cannot be read, and this is how it last stood' }),
  })
  .meta({ id: 'Status' })

export const readStatusRoute = createRoute({
  operationId: 'readStatus',
  method: 'get',
  path: '/rooms/{room}/status',
  summary: 'How the room stands: the same for everyone, to be polled',
  request: { params: z.object({ room: RoomIdSchema }) },
  responses: {
    200: jsonResponse(StatusSchema, 'The status'),
    304: { description: 'Unchanged since the ETag in If-None-Match' },
    ...problemResponses('not-found', 'too-many', 'unavailable'),
  },
})
