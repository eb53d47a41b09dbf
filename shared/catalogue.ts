import { z } from 'zod'

/** What the origin tells gateways about festivals; gateways show it to everyone from their own copy. */
export const TicketTypeSchema = z.object({
  id: z.int().positive(),
  name: z.string(),
  priceMinor: z.int().min(0),
  accountLimit: z.int().positive(),
  saleFrom: z.iso.datetime(),
  saleTo: z.iso.datetime(),
  refundUntil: z.iso.datetime(),
})

export const FestivalSchema = z.object({
  id: z.string(),
  name: z.string(),
  place: z.string(),
  startsAt: z.iso.datetime(),
  endsAt: z.iso.datetime(),
  currency: z.string().length(3),
  room: z.object({
    id: z.string(),
    order: z.enum(['arrival', 'draw']),
    lobbyAt: z.iso.datetime(),
    opensAt: z.iso.datetime(),
    closesAt: z.iso.datetime(),
  }),
  ticketTypes: z.array(TicketTypeSchema),
})

export const CatalogueSchema = z.object({ festivals: z.array(FestivalSchema) })

export type Festival = z.output<typeof FestivalSchema>
export type Catalogue = z.output<typeof CatalogueSchema>
