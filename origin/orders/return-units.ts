import { eq, sql } from 'drizzle-orm'
import type { Transaction } from '../../drizzle/database.ts'
import { rooms } from '../../drizzle/schema/catalogue.ts'
import type { BasketLine } from '../../drizzle/schema/purchases.ts'
import type { Redis } from '../../shared/redis/client.ts'
import { roomKeys } from '../../shared/redis/keys.ts'

/** Units that become free in MySQL and are then for sale again in Redis, once for each ID: an order's or a refund's. */
export type UnitsToReturn = { id: string; room: string; account: string; basket: readonly BasketLine[] }

/**
 * Locks the room's row as `rebuild` does (as it increments the epoch) before it reads the units. Taken before any other
 * lock of the transaction that frees units.
 */
export async function shareRoom(tx: Transaction, room: string): Promise<void> {
  // MariaDB has no FOR SHARE.
  await tx.execute(sql`select 1 from ${rooms} where ${rooms.id} = ${room} lock in share mode`)
}

/**
 * Records in Redis that units are about to be freed, because only Redis knows whether its stock still counts them as
 * sold. Called under the room's lock: a rebuild after a record that was lost finds the units free, and one before it
 * has them as sold and is what the record is written in.
 */
export async function noteReturning(
  tx: Transaction,
  redis: Redis,
  { id, room }: Pick<UnitsToReturn, 'id' | 'room'>,
): Promise<'noted' | 'room-absent'> {
  const [row] = await tx.select({ archivedAt: rooms.archivedAt }).from(rooms).where(eq(rooms.id, room))
  // An archived room has no stock that could count the units, and is built from MySQL if it comes back.
  if (row?.archivedAt != null) return 'noted'
  const keys = roomKeys(room)
  const [noted] = await redis.orderReturning(keys.settings, keys.returning, id)
  return noted === 'absent' ? 'room-absent' : 'noted'
}

/** A room that Redis does not know will be built from MySQL, which has the units free: Redis needs no update. */
export async function returnUnits(redis: Redis, { id, room, account, basket }: UnitsToReturn): Promise<void> {
  const keys = roomKeys(room)
  await redis.orderReturn(
    ...([keys.settings, keys.stock, keys.counts, keys.returning] as const),
    ...([id, account, JSON.stringify(basket)] as const),
  )
}

/** What is left of a basket without units that were returned before. */
export function basketWithout(
  basket: readonly BasketLine[],
  returned: readonly BasketLine[] | null,
): BasketLine[] {
  const gone = new Map(returned?.map(({ type, quantity }) => [type, quantity]))
  return basket
    .map((line) => ({ ...line, quantity: line.quantity - (gone.get(line.type) ?? 0) }))
    .filter(({ quantity }) => quantity > 0)
}
