import { and, count, eq, inArray, isNotNull } from 'drizzle-orm'
import type { Redis } from 'ioredis'
import { v7 as uuidv7 } from 'uuid'
import type { Database } from '../../drizzle/database.ts'
import { units } from '../../drizzle/schema/catalogue.ts'
import { payments } from '../../drizzle/schema/purchases.ts'
import { roomKeys } from '../../shared/redis/keys.ts'
import type { FestivalRecord } from './read-catalogue.ts'

/**
 * Writes a room's settings and ticket types to Redis, from where gateways and scripts read them. A room that Redis
 * does not know gets its stock from MySQL: units that an order owns, or that a payment under way may have paid for,
 * are not for sale. Settings older than those Redis has are passed over.
 */
export async function publishRoom(
  deps: { db: Database; redis: Redis },
  record: FestivalRecord,
): Promise<'made' | 'updated'> {
  const keys = roomKeys(record.room.id)
  const known = (await deps.redis.exists(keys.settings)) === 1
  const taken = known ? new Map<number, number>() : await readTaken(deps.db, record)
  const made = await deps.redis.roomPublish(
    keys.settings,
    keys.stock,
    keys.types,
    uuidv7(),
    JSON.stringify(settingsOf(record)),
    JSON.stringify(
      record.ticketTypes.map((type) => ({
        type: type.id,
        quantity: type.quantity,
        sold: taken.get(type.id) ?? 0,
        price: type.priceMinor,
        limit: type.accountLimit,
        from: type.saleFrom.getTime(),
        to: type.saleTo.getTime(),
      })),
    ),
  )
  return made === 1 ? 'made' : 'updated'
}

function settingsOf({ festival, room }: FestivalRecord): Record<string, string | number> {
  return {
    order: room.order,
    drawSecret: room.drawSecret ?? '',
    currency: festival.currency,
    lobbyAt: room.lobbyAt.getTime(),
    opensAt: room.opensAt.getTime(),
    closesAt: room.closesAt.getTime(),
    ratePerSecond: room.ratePerSecond,
    maxActive: room.maxActive,
    entriesMax: room.entriesMax,
    graceSeconds: room.graceSeconds,
    passSeconds: room.passSeconds,
    holdSeconds: room.holdSeconds,
    entriesPerAddressMax: room.entriesPerAddressMax,
    proofOfWork: room.proofOfWork,
    paused: room.paused ? 1 : 0,
    noticeKo: room.noticeKo ?? '',
    noticeEn: room.noticeEn ?? '',
    version: room.version,
  }
}

/** Ticket type → units that are owned or may already have been paid for. */
async function readTaken(
  db: Database,
  { festival, ticketTypes }: FestivalRecord,
): Promise<Map<number, number>> {
  const types = ticketTypes.map((type) => type.id)
  if (types.length === 0) return new Map()
  const owned = await db
    .select({ type: units.ticketTypeId, taken: count() })
    .from(units)
    .where(and(inArray(units.ticketTypeId, types), isNotNull(units.orderId)))
    .groupBy(units.ticketTypeId)
  const charging = await db
    .select({ basket: payments.basket })
    .from(payments)
    .where(and(eq(payments.festivalId, festival.id), eq(payments.state, 'charging')))
  const taken = new Map(owned.map((row) => [row.type, row.taken]))
  for (const line of charging.flatMap((payment) => payment.basket)) {
    taken.set(line.type, (taken.get(line.type) ?? 0) + line.quantity)
  }
  return taken
}
