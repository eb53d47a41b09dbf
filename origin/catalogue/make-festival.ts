import { randomBytes } from 'node:crypto'
import type { Database, Transaction } from '../../drizzle/database.ts'
import { isDuplicate } from '../../drizzle/errors.ts'
import { festivals, rooms, ticketTypes, units } from '../../drizzle/schema/catalogue.ts'
import type { Clock } from '../../shared/clock.ts'

export type NewFestival = {
  id: string
  name: string
  place: string
  startsAt: Date
  endsAt: Date
  currency: string
  room: Omit<
    typeof rooms.$inferInsert,
    'id' | 'drawSecret' | 'version' | 'epoch' | 'lobbyEntries' | 'drawSeed'
  >
  ticketTypes: Omit<typeof ticketTypes.$inferInsert, 'id' | 'festivalId'>[]
}

/** Rows per statement, so that a large type does not make a statement larger than MySQL takes. */
const UNITS_PER_INSERT = 5000

/** Makes a festival with its room, its ticket types and a row for every unit: all of it or nothing. */
export async function makeFestival(
  deps: { db: Database; now: Clock },
  input: NewFestival,
): Promise<{ status: 'made'; ticketTypes: number[] } | { status: 'id-taken' }> {
  const { room, ticketTypes: types, ...festival } = input
  try {
    const made = await deps.db.transaction(async (tx) => {
      await tx.insert(festivals).values({ ...festival, createdAt: new Date(deps.now()) })
      await tx.insert(rooms).values({ ...room, id: festival.id, drawSecret: randomBytes(32).toString('hex') })
      const ids: number[] = []
      for (const type of types) ids.push(await makeTicketType(tx, festival.id, type))
      return ids
    })
    return { status: 'made', ticketTypes: made }
  } catch (error) {
    if (isDuplicate(error)) return { status: 'id-taken' }
    throw error
  }
}

async function makeTicketType(
  tx: Transaction,
  festivalId: string,
  type: NewFestival['ticketTypes'][number],
): Promise<number> {
  const [made] = await tx.insert(ticketTypes).values({ ...type, festivalId })
  const ticketTypeId = made.insertId
  for (let first = 1; first <= type.quantity; first += UNITS_PER_INSERT) {
    const count = Math.min(UNITS_PER_INSERT, type.quantity - first + 1)
    await tx
      .insert(units)
      .values(Array.from({ length: count }, (_, i) => ({ ticketTypeId, number: first + i })))
  }
  return ticketTypeId
}
