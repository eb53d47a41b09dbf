import type { Redis } from '../../shared/redis/client.ts'
import { roomKeys } from '../../shared/redis/keys.ts'
import type { FestivalRecord } from '../festivals/read-catalogue.ts'
import { settingsInRedis, typesInRedis } from '../rooms/settings-in-redis.ts'

/** Longer than deleting the rows and committing takes; when that fails, units are not for sale for this long. */
const WITHDRAWN_MS = 60_000

export type WithdrawStockResult =
  | { status: 'withdrawn' }
  | { status: 'short'; free: number; held: number }
  | { status: 'absent' }

/**
 * Withdraws free units of a ticket type from sale in Redis, until the room is published in its next version with a
 * quantity reduced by as many.
 *
 * @param record - the row in MySQL before the change, with the room's row locked
 */
export async function withdrawStock(
  redis: Redis,
  record: FestivalRecord,
  { type, units }: { type: number; units: number },
): Promise<WithdrawStockResult> {
  const keys = roomKeys(record.room.id)
  const [status, free, held] = await redis.stockWithdraw(
    ...([keys.settings, keys.stock, keys.types, keys.holds, keys.hold, keys.counts] as const),
    ...([JSON.stringify(settingsInRedis(record)), JSON.stringify(typesInRedis(record))] as const),
    ...([type, units, record.room.version + 1, WITHDRAWN_MS] as const),
  )
  switch (status) {
    case 'withdrawn':
    case 'absent':
      return { status }
    case 'short':
      return { status, free: Number(free), held: Number(held) }
    default:
      throw new Error(`stockWithdraw answered ${status}`)
  }
}
