import { and, asc, eq, gt, inArray, isNotNull, isNull, type SQL } from 'drizzle-orm'
import type { Database, Transaction } from '../../drizzle/database.ts'
import { festivals, rooms, ticketTypes } from '../../drizzle/schema/catalogue.ts'
import type { ArchivedRoom, Catalogue, Festival } from '../../shared/catalogue.ts'
import { sellerOf } from '../../shared/seller.ts'

export type FestivalRow = typeof festivals.$inferSelect
export type RoomRow = typeof rooms.$inferSelect
export type TicketTypeRow = typeof ticketTypes.$inferSelect

/** A festival with its room and ticket types, as MySQL has them. */
export type FestivalRecord = { festival: FestivalRow; room: RoomRow; ticketTypes: TicketTypeRow[] }

/**
 * All published festivals whose room is in Redis, or belongs there, in order of their sale's opening; at most
 * `festivalsMax`. One snapshot of MySQL: a room's version also dates its ticket types (`lua/roomPublish`).
 */
export function readCatalogue(db: Database, festivalsMax: number): Promise<FestivalRecord[]> {
  return readRecords(db, isNull(rooms.archivedAt), festivalsMax)
}

/** Fans look up a festival, and its gates are in use, until this long after its end. */
const SHOWN_AFTER_END_MS = 86_400_000
/** The maximum number of listed festivals whose sale is over, soonest first. */
const UPCOMING_MAX = 200

/** Published festivals whose room is archived and that are upcoming or have just ended. */
export function readUpcoming(db: Database, now: Date): Promise<FestivalRecord[]> {
  const from = new Date(now.getTime() - SHOWN_AFTER_END_MS)
  const condition = and(isNotNull(rooms.archivedAt), gt(festivals.endsAt, from))
  return readRecords(db, condition, UPCOMING_MAX)
}

/** One festival whose room is archived, however long ago; undefined when there is none. */
export async function readArchived(db: Database, id: string): Promise<FestivalRecord | undefined> {
  const [record] = await readRecords(db, and(eq(rooms.id, id), isNotNull(rooms.archivedAt)), 1)
  return record
}

function readRecords(
  db: Database,
  condition: SQL | undefined,
  festivalsMax: number,
): Promise<FestivalRecord[]> {
  return db.transaction(
    async (tx) => {
      const sales = await tx
        .select({ festival: festivals, room: rooms })
        .from(festivals)
        .innerJoin(rooms, eq(rooms.id, festivals.id))
        .where(and(eq(festivals.published, true), condition))
        .orderBy(rooms.opensAt, festivals.id)
        .limit(festivalsMax)
      const typesOf = await readTypes(
        tx,
        sales.map(({ festival }) => festival.id),
      )
      return sales.map((sale) => ({ ...sale, ticketTypes: typesOf.get(sale.festival.id) ?? [] }))
    },
    { isolationLevel: 'repeatable read', withConsistentSnapshot: true },
  )
}

async function readTypes(tx: Transaction, ids: readonly string[]): Promise<Map<string, TicketTypeRow[]>> {
  if (ids.length === 0) return new Map()
  const types = await tx
    .select()
    .from(ticketTypes)
    .where(inArray(ticketTypes.festivalId, [...ids]))
    .orderBy(asc(ticketTypes.id))
  return Map.groupBy(types, (type) => type.festivalId)
}

/** The catalogue as gateways see it. */
export function toCatalogue(
  records: readonly FestivalRecord[],
  upcoming: readonly (FestivalRecord & { archived: ArchivedRoom })[],
): Catalogue {
  return {
    festivals: [...records, ...upcoming].map(toFestival),
    archived: upcoming.map(({ archived }) => archived),
  }
}

/** A room within its festival. */
export function shownRoom({ id, order, lobbyAt, opensAt, closesAt }: RoomRow): Festival['room'] {
  return {
    ...{ id, order },
    lobbyAt: lobbyAt.toISOString(),
    opensAt: opensAt.toISOString(),
    closesAt: closesAt.toISOString(),
  }
}

/** A festival as fans see it. */
export function toFestival({ festival, room, ticketTypes }: FestivalRecord): Festival {
  return {
    id: festival.id,
    name: festival.name,
    place: festival.place,
    startsAt: festival.startsAt.toISOString(),
    endsAt: festival.endsAt.toISOString(),
    currency: festival.currency,
    timeZone: festival.timeZone,
    ...given({ nameKo: festival.nameKo, nameEn: festival.nameEn }),
    ...given({ placeKo: festival.placeKo, placeEn: festival.placeEn }),
    ...(festival.descriptionKo === null && festival.descriptionEn === null
      ? {}
      : { description: { ko: festival.descriptionKo, en: festival.descriptionEn } }),
    ...(festival.image === null ? {} : { image: festival.image }),
    ...shownSeller(festival),
    room: shownRoom(room),
    ticketTypes: ticketTypes.map((type) => ({
      id: type.id,
      name: type.name,
      ...given({ nameKo: type.nameKo, nameEn: type.nameEn }),
      priceMinor: type.priceMinor,
      accountLimit: type.accountLimit,
      saleFrom: type.saleFrom.toISOString(),
      saleTo: type.saleTo.toISOString(),
      refundUntil: type.refundUntil.toISOString(),
    })),
  }
}

function shownSeller(festival: FestivalRow): Pick<Festival, 'seller'> {
  const seller = sellerOf(festival)
  return Object.keys(seller).length === 0 ? {} : { seller }
}

/** The texts that exist. */
function given<K extends string>(words: Record<K, string | null>): { [P in K]?: string } {
  const pairs = Object.entries<string | null>(words).filter(([, value]) => value !== null)
  return Object.fromEntries(pairs) as { [P in K]?: string }
}
