import type { TestProject } from 'vitest/node'
import type {} from '../../shared/testing/stores.ts'
import { startMariadb } from '../stores/mariadb.ts'
import { startRedis } from '../stores/redis.ts'

/**
 * Starts the stores that all tests of a run share, and returns what stops them. They keep nothing on disk, and
 * end with this process however it ends.
 */
export async function setup(project: TestProject): Promise<() => Promise<void>> {
  const { env } = process
  const [redis, mariadb] = await Promise.all([startRedis({ env }), startMariadb({ env, durable: false })])
  project.provide('redisUrl', redis.url)
  project.provide('databaseUrl', mariadb.url)
  return async () => {
    await Promise.all([redis.stop(), mariadb.stop()])
  }
}
