import { createRoute, z } from '@hono/zod-openapi'
import { createOpenApiApp, jsonResponse, problemResponses } from '../../shared/http/openapi.ts'
import { Problem } from '../../shared/problem.ts'
import { RoomIdSchema } from '../../shared/room-id.ts'
import type { OriginState } from '../health/beat.ts'
import type { ReadSale, Sale } from '../sales/read-sale.ts'
import type { OriginEnv } from './principal.ts'
import { requireTeam } from './require-access.ts'

const share = (description: string) => z.number().openapi({ description: `${description}, 0 to 1` })
const counted = (description: string) => z.int().openapi({ description })

const SaleSchema = z
  .object({
    room: z.string(),
    at: z.iso.datetime().openapi({ description: 'The moment of these figures, by the clock of the room' }),
    phase: z.enum(['restoring', 'scheduled', 'lobby', 'open', 'paused', 'closed']),
    epoch: z.int(),
    entries: counted('How many have entered'),
    serving: counted('The highest position called so far; -1 before the first'),
    waiting: counted('Not called yet'),
    called: counted('Called, with time left to come in, and not in yet'),
    turnsKept: counted('Came when no slot was free, and go in first'),
    inside: counted('Live passes'),
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
        heardMsAgo: z.int(),
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
      troubled: counted('In the last minute: failed, delayed or unknown, and tried again'),
      setAside: counted('For an organiser to decide; counted to 1000'),
      acceptedLong: counted('Not begun to be charged after a minute; counted to 1000'),
      chargingLong: counted('Not ended after a minute; counted to 1000'),
      refundingLong: counted('Not given back after a minute; counted to 1000'),
      reversed: counted('Refunded or disputed at the provider, for an organiser to look at; counted to 1000'),
    }),
  })
  .openapi('Sale')

const saleRoute = createRoute({
  method: 'get',
  path: '/admin/rooms/{room}/sale',
  summary: 'The figures of a sale at this moment',
  description: 'Costs the same however many are waiting; to be asked for once a second.',
  security: [{ session: [] }],
  request: { params: z.object({ room: RoomIdSchema }) },
  responses: {
    200: jsonResponse(SaleSchema, 'The figures'),
    ...problemResponses('invalid-input', 'token-missing', 'token-invalid', 'not-found', 'unavailable'),
    ...problemResponses('token-foreign', 'forbidden'),
  },
})

export type AdminSaleRoutesDeps = {
  readSale: ReadSale
  /** The name of a ticket type, where it is known. */
  typeName: (type: number) => string | undefined
}

export function createAdminSaleRoutes(deps: AdminSaleRoutesDeps) {
  const app = createOpenApiApp<OriginEnv>()

  app.openapi(saleRoute, async (c) => {
    await requireTeam(c, c.req.valid('param').room, 'view')
    const { room } = c.req.valid('param')
    const sale = await deps.readSale(room)
    if (sale === undefined) throw new Problem('not-found', 'There is no such room, or it is not published')
    c.header('cache-control', 'no-store')
    return c.json(shown(room, sale, deps.typeName), 200)
  })

  return app
}

function shown(
  room: string,
  { at, stock, origins, recent, attention, paymentsWaiting, ...figures }: Sale,
  typeName: AdminSaleRoutesDeps['typeName'],
): z.output<typeof SaleSchema> {
  return {
    room,
    at: at.toISOString(),
    ...figures,
    health: meanHealth(origins),
    ticketTypes: stock.map((type) => ({
      ...type,
      name: type.name ?? typeName(type.type) ?? String(type.type),
    })),
    origins: origins.map(({ said, ...origin }) => ({
      ...origin,
      ...(said === undefined ? {} : { load: said.load }),
    })),
    payments: { waiting: paymentsWaiting, ...recent, ...attention },
  }
}

/** As gateways take it for the rate: one in trouble counts for its share. */
function meanHealth(origins: readonly OriginState[]): number {
  if (origins.length === 0) return 0
  return origins.reduce((sum, { health }) => sum + health, 0) / origins.length
}
