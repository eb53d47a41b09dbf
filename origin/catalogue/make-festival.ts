import { randomBytes } from 'node:crypto'
import type { Database, Transaction } from '../../drizzle/database.ts'
import { isDuplicate } from '../../drizzle/errors.ts'
import { festivals, rooms, ticketTypes } from '../../drizzle/schema/catalogue.ts'
import type { Clock } from '../../shared/runtime/clock.ts'
import type { Seller } from '../../shared/seller.ts'
import { insertUnits } from './units.ts'

export type NewFestival = Seller & {
  id: string
  name: string
  place: string
  startsAt: Date
  endsAt: Date
  currency: string
  timeZone?: string
  nameKo?: string | null
  nameEn?: string | null
  placeKo?: string | null
  placeEn?: string | null
  descriptionKo?: string | null
  descriptionEn?: string | null
  /** Fans see it immediately, unless it is created as a draft. */
  published?: boolean
  room: Omit<
    typeof rooms.$inferInsert,
    | 'id'
    | 'drawSecret'
    | 'drawVersion'
    | 'version'
    | 'epoch'
    | 'lobbyEntries'
    | 'drawSeed'
    | 'drawRecord'
    | 'restored'
    | 'archivedAt'
    | 'leftRedisAt'
    | 'keptRun'
  >
  ticketTypes: Omit<typeof ticketTypes.$inferInsert, 'id' | 'festivalId'>[]
}

/** Creates a festival with its room, its ticket types and a row for every unit: all of it or nothing. */
export async function makeFestival(
  deps: { db: Database; now: Clock },
  input: NewFestival,
): Promise<{ status: 'made'; ticketTypes: number[] } | { status: 'id-taken' }> {
  try {
    return {
      status: 'made',
      ticketTypes: await deps.db.transaction((tx) => insertFestival(tx, deps.now, input)),
    }
  } catch (error) {
    if (isDuplicate(error)) return { status: 'id-taken' }
    throw error
  }
}

/** The same in the caller's transaction, where an ID that is taken throws. Returns the ticket types' IDs. */
export async function insertFestival(tx: Transaction, now: Clock, input: NewFestival): Promise<number[]> {
  const { room, ticketTypes: types, ...festival } = input
  await tx.insert(festivals).values({ ...festival, createdAt: new Date(now()) })
  await tx.insert(rooms).values({ ...room, id: festival.id, drawSecret: randomBytes(32).toString('hex') })
  const ids: number[] = []
  for (const type of types) ids.push(await insertTicketType(tx, festival.id, type))
  return ids
}

/** Creates a ticket type with its units. Returns its ID. */
export async function insertTicketType(
  tx: Transaction,
  festivalId: string,
  type: NewFestival['ticketTypes'][number],
): Promise<number> {
  const [{ insertId }] = await tx.insert(ticketTypes).values({ ...type, festivalId })
  await insertUnits(tx, insertId, { first: 1, last: type.quantity })
  return insertId
}
