import type { LosableCluster } from './cluster.ts'
import type { LosablePair } from './pair.ts'
import type { LosableStore } from './store.ts'

/** The kinds of Redis of a run. */
export const REDIS_KINDS = ['single', 'pair', 'cluster'] as const
export type RedisKind = (typeof REDIS_KINDS)[number]

export type ChaosRedis = ({ kind: 'single' } & LosableStore) | LosablePair | LosableCluster

/** The Redis of a system that must be of this kind, for a fault of its schedule. */
export function redisOf<K extends RedisKind>(
  { redis }: { redis: ChaosRedis },
  kind: K,
): Extract<ChaosRedis, { kind: K }> {
  if (isOf(redis, kind)) return redis
  throw new Error(`The Redis of this run is a ${redis.kind}, and a fault needs a ${kind}`)
}

function isOf<K extends RedisKind>(redis: ChaosRedis, kind: K): redis is Extract<ChaosRedis, { kind: K }> {
  return redis.kind === kind
}
