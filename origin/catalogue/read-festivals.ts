import { and, count, desc, eq, inArray, isNotNull, max } from 'drizzle-orm'
import type { Database, Transaction } from '../../drizzle/database.ts'
import { festivals, rooms, ticketTypes, units } from '../../drizzle/schema/catalogue.ts'
import { teamMembers } from '../../drizzle/schema/teams.ts'
import { RIGHTS } from '../access/rights.ts'
import type { FestivalRecord, TicketTypeRow } from '../festivals/read-catalogue.ts'

/** A ticket type with what organisers need to change it. */
type TicketTypeWithStock = TicketTypeRow & {
  /** Units that orders own. */
  sold: number
  /** The minimum of its quantity: the highest unit sold. */
  quantityMin: number
}

export type FestivalWithStock = Omit<FestivalRecord, 'ticketTypes'> & { ticketTypes: TicketTypeWithStock[] }

/** The festivals of an account's teams, drafts among them, latest created first. */
export async function listFestivals(
  db: Database,
  { account, offset, limit }: { account: string; offset: number; limit: number },
): Promise<FestivalRecord[]> {
  const found = await db
    .select({ festival: festivals, room: rooms })
    .from(festivals)
    .innerJoin(rooms, eq(rooms.id, festivals.id))
    .innerJoin(teamMembers, eq(teamMembers.festivalId, festivals.id))
    .where(and(eq(teamMembers.accountId, account), inArray(teamMembers.role, [...RIGHTS.view])))
    .orderBy(desc(festivals.createdAt), desc(festivals.id))
    .limit(limit)
    .offset(offset)
  const ids = found.map(({ festival }) => festival.id)
  const types =
    ids.length === 0
      ? []
      : await db
          .select()
          .from(ticketTypes)
          .where(inArray(ticketTypes.festivalId, ids))
          .orderBy(ticketTypes.id)
  const typesOf = Map.groupBy(types, (type) => type.festivalId)
  return found.map((each) => ({ ...each, ticketTypes: typesOf.get(each.festival.id) ?? [] }))
}

/** A festival as a transaction leaves it, for the response to the change: nothing can fail after the commit. */
export async function readChanged(tx: Transaction, id: string): Promise<FestivalWithStock> {
  const festival = await findFestival(tx, id)
  if (festival === undefined)
    throw new Error(`the festival ${id} is gone within the transaction that changes it`)
  return festival
}

/** One festival, draft or not, with the state of its ticket types; undefined when there is none. */
export async function findFestival(
  db: Database | Transaction,
  id: string,
): Promise<FestivalWithStock | undefined> {
  const [found] = await db
    .select({ festival: festivals, room: rooms })
    .from(festivals)
    .innerJoin(rooms, eq(rooms.id, festivals.id))
    .where(eq(festivals.id, id))
  if (found === undefined) return undefined
  const types = await db
    .select()
    .from(ticketTypes)
    .where(eq(ticketTypes.festivalId, id))
    .orderBy(ticketTypes.id)
  const owned = await db
    .select({ type: units.ticketTypeId, sold: count(), highest: max(units.number) })
    .from(units)
    .innerJoin(ticketTypes, eq(ticketTypes.id, units.ticketTypeId))
    .where(and(eq(ticketTypes.festivalId, id), isNotNull(units.orderId)))
    .groupBy(units.ticketTypeId)
  const ownedOf = new Map(owned.map((each) => [each.type, each]))
  return {
    ...found,
    ticketTypes: types.map((type) => ({
      ...type,
      sold: ownedOf.get(type.id)?.sold ?? 0,
      quantityMin: ownedOf.get(type.id)?.highest ?? 0,
    })),
  }
}
