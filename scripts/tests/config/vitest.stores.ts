import type { TestProject } from 'vitest/node'
import type {} from '../../../shared/testing/stores.ts'
import { startDatabase } from '../../develop/stores/database.ts'
import { startRedis } from '../../develop/stores/redis.ts'

/**
 * Starts the stores that all tests of a run share, and returns what stops them. They keep nothing on disk, and
 * end with this process however it ends. A store that REDIS_URL or DATABASE_URL names is used in place of one of ours:
 * tests make databases there, as a user that may.
 */
export async function setup(project: TestProject): Promise<() => Promise<void>> {
  const { env } = process
  const [redis, database] = await Promise.all([
    givenOr(env['REDIS_URL'], () => startRedis({ env })),
    givenOr(env['DATABASE_URL'], () => startDatabase({ env, durable: false })),
  ])
  project.provide('redisUrl', redis.url)
  project.provide('databaseUrl', database.url)
  return async () => {
    await Promise.all([redis.stop(), database.stop()])
  }
}

type Store = { url: string; stop: () => Promise<void> }

async function givenOr(url: string | undefined, start: () => Promise<Store>): Promise<Store> {
  return url === undefined || url === '' ? await start() : { url, stop: async () => {} }
}
