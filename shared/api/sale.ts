import { createRoute, z } from '@hono/zod-openapi'
import { jsonResponse, problemResponses, TOKEN_PROBLEMS } from './openapi.ts'
import { RoomIdSchema } from './room-id.ts'

const share = (description: string) => z.number().openapi({ description: `${description}, 0 to 1` })
const counted = (description: string) => z.int().openapi({ description })

export const SaleSchema = z
  .object({
    room: z.string(),
    at: z.iso.datetime().openapi({ description: 'The moment of these stats, by the clock of the room' }),
    phase: z.enum(['restoring', 'scheduled', 'lobby', 'open', 'paused', 'closed']),
    epoch: z.int(),
    entries: counted('How many have entered'),
    serving: counted('The highest position called so far; -1 before the first'),
    waiting: counted('Not called yet'),
    called: counted('Called, with time left to come in, and not in yet'),
    turnsRetained: counted('Came when no slot was free, and go in first'),
    active: counted('Live passes'),
    draw: z.object({
      participants: counted('Places that take part in the draw'),
      overNetworkLimit: counted('Proven, and kept out because too many of their network take part'),
      overDomainLimit: counted('Proven, and kept out because too many of their mail domain take part'),
      awaitsBeacon: z.boolean().openapi({
        description: 'The lobby has closed, and nobody is called until the beacon’s round is there',
      }),
    }),
    maxActive: z.int(),
    ratePerSecond: z.int(),
    version: z.int().openapi({ description: "Of the room's settings: another one after each change" }),
    health: share('How much of the rate the origins can take'),
    ticketTypes: z.array(
      z.object({
        type: z.int(),
        name: z.string(),
        ...{ quantity: z.int(), free: z.int(), held: z.int(), sold: z.int() },
      }),
    ),
    origins: z.array(
      z.object({
        name: z.string(),
        lastSeenMsAgo: z.int(),
        health: share('How much of the rate it can take'),
        load: z
          .object({
            loopBusyShare: share('Of the time, its event loop was busy'),
            loopDelayMs: z.number(),
            processCpuShare: share("Of all the machine's processors, it took"),
            machineCpuShare: share("Of all the machine's processors, all programs took"),
            queueShare: share('Of the payments that may wait, in the fullest room'),
          })
          .optional(),
      }),
    ),
    payments: z.object({
      waiting: counted('Accepted, and not ended yet'),
      confirmed: counted('In the last minute'),
      declined: counted('In the last minute'),
      errors: counted('In the last minute: failed, delayed or unknown, and tried again'),
      deadLetters: counted('For an organiser to decide; counted to 1000'),
      acceptedLong: counted('Not begun to be charged after a minute; counted to 1000'),
      chargingLong: counted('Not ended after a minute; counted to 1000'),
      refundingLong: counted('Not given back after a minute; counted to 1000'),
      reversed: counted('Refunded or disputed at the provider, for an organiser to look at; counted to 1000'),
    }),
  })
  .openapi('Sale')

export const readSaleRoute = createRoute({
  operationId: 'readSale',
  method: 'get',
  path: '/admin/rooms/{room}/sale',
  summary: 'The stats of a sale at this moment',
  description: 'Costs the same however many are waiting; to be asked for once a second.',
  security: [{ session: [] }],
  request: { params: z.object({ room: RoomIdSchema }) },
  responses: {
    200: jsonResponse(SaleSchema, 'The stats'),
    ...problemResponses(...TOKEN_PROBLEMS, 'invalid-input', 'not-found', 'unavailable', 'forbidden'),
  },
})

export type Sale = z.input<typeof SaleSchema>
