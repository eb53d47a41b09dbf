import { eq } from 'drizzle-orm'
import type { Database } from '../../drizzle/database.ts'
import { festivals, rooms, ticketTypes } from '../../drizzle/schema/catalogue.ts'
import type { Catalogue } from '../../shared/catalogue.ts'

export type FestivalRow = typeof festivals.$inferSelect
export type RoomRow = typeof rooms.$inferSelect
export type TicketTypeRow = typeof ticketTypes.$inferSelect

/** A festival with its room and ticket types, as MySQL has them. */
export type FestivalRecord = { festival: FestivalRow; room: RoomRow; ticketTypes: TicketTypeRow[] }

/**
 * All published festivals, in order of their sale's opening; at most `festivalsMax`. One view of MySQL: a room's version
 * says how old its ticket types are (`lua/roomPublish`).
 */
export async function readCatalogue(db: Database, festivalsMax: number): Promise<FestivalRecord[]> {
  const [sales, types] = await db.transaction(
    async (tx) => [
      await tx
        .select({ festival: festivals, room: rooms })
        .from(festivals)
        .innerJoin(rooms, eq(rooms.id, festivals.id))
        .where(eq(festivals.published, true))
        .orderBy(rooms.opensAt, festivals.id)
        .limit(festivalsMax),
      await tx.select().from(ticketTypes).orderBy(ticketTypes.id),
    ],
    { isolationLevel: 'repeatable read', withConsistentSnapshot: true },
  )
  const typesOf = Map.groupBy(types, (type) => type.festivalId)
  return sales.map((sale) => ({ ...sale, ticketTypes: typesOf.get(sale.festival.id) ?? [] }))
}

/** The catalogue as gateways and fans see it. */
export function toCatalogue(records: readonly FestivalRecord[]): Catalogue {
  return {
    festivals: records.map(({ festival, room, ticketTypes }) => ({
      id: festival.id,
      name: festival.name,
      place: festival.place,
      startsAt: festival.startsAt.toISOString(),
      endsAt: festival.endsAt.toISOString(),
      currency: festival.currency,
      ...(festival.descriptionKo === null && festival.descriptionEn === null
        ? {}
        : { description: { ko: festival.descriptionKo, en: festival.descriptionEn } }),
      ...(festival.picture === null ? {} : { picture: festival.picture }),
      room: {
        id: room.id,
        order: room.order,
        lobbyAt: room.lobbyAt.toISOString(),
        opensAt: room.opensAt.toISOString(),
        closesAt: room.closesAt.toISOString(),
      },
      ticketTypes: ticketTypes.map((type) => ({
        id: type.id,
        name: type.name,
        priceMinor: type.priceMinor,
        accountLimit: type.accountLimit,
        saleFrom: type.saleFrom.toISOString(),
        saleTo: type.saleTo.toISOString(),
        refundUntil: type.refundUntil.toISOString(),
      })),
    })),
  }
}
