import { createRedis, type Redis } from '../../../shared/redis/client.ts'
import { createLogger } from '../../../shared/runtime/log.ts'

/** A connection like the services' own. */
export async function openRedis(url: string): Promise<Redis> {
  const redis = createRedis({ url, name: 'bench', log: createLogger('bench', 'warn') })
  await redis.connect()
  return redis
}
