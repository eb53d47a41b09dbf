import type { TestProject } from 'vitest/node'
import type {} from '../../../shared/testing/stores.ts'
import { startRedisCluster } from '../../develop/stores/redis-cluster.ts'

/** Gives the tests of one project a Redis Cluster instead of the Redis that all others share. */
export async function setup(project: TestProject): Promise<() => Promise<void>> {
  const cluster = await startRedisCluster({ env: process.env })
  project.provide('redisUrl', cluster.url)
  return cluster.stop
}
