import type { Redis } from '../../shared/redis/client.ts'
import { roomKeys } from '../../shared/redis/keys.ts'
import type { FestivalRecord } from '../festivals/read-catalogue.ts'
import { settingsInRedis, typesInRedis } from './settings-in-redis.ts'

/**
 * Updates a room that Redis knows: its settings and ticket types, from where gateways and scripts read them. What is
 * held and sold stays; settings older than those in Redis are ignored. A room that Redis does not know is left to
 * rebuild-room.ts, which builds it completely.
 */
export async function publishRoom(
  deps: { redis: Redis },
  record: FestivalRecord,
): Promise<'updated' | 'absent'> {
  const keys = roomKeys(record.room.id)
  const published = await deps.redis.roomPublish(
    keys.settings,
    keys.stock,
    keys.types,
    keys.holds,
    keys.hold,
    '',
    JSON.stringify(settingsInRedis(record)),
    JSON.stringify(typesInRedis(record)),
  )
  return published === -1 ? 'absent' : 'updated'
}
