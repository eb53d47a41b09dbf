import type { Check, Trouble } from '../http/readiness.ts'
import { nodeOf, nodesOf, type Redis, type RedisNodeClient } from './client.ts'
import { readinessKey } from './keys.ts'
import { replyCodesOf } from './unavailable.ts'

const REMEMBER_MS = 60_000
/**
 * More keys than nodes, so that each node has one: with ten nodes, one is left without about once in a hundred runs.
 */
const KEYS = Array.from({ length: 64 }, (_, i) => readinessKey(i))

const UNREACHABLE = redisTrouble('redis-unreachable', 'Redis does not answer')

/** By the code of an error reply. */
const TROUBLES: ReadonlyMap<string, Trouble> = new Map([
  ['READONLY', redisTrouble('redis-read-only', 'Redis is a replica and takes no writes')],
  ['OOM', redisTrouble('redis-out-of-memory', 'Redis has no memory left for writes')],
  ['MISCONF', redisTrouble('redis-cannot-persist', 'Redis takes no writes because it cannot save them')],
  ['NOREPLICAS', redisTrouble('redis-without-replicas', 'Redis takes no writes because it lacks replicas')],
  ['MASTERDOWN', redisTrouble('redis-without-primary', 'Redis is a replica that has lost its primary')],
  ['LOADING', redisTrouble('redis-loading', 'Redis is loading its data')],
  ['BUSY', redisTrouble('redis-busy', 'Redis is busy with a script that does not end')],
  ['CLUSTERDOWN', redisTrouble('redis-cluster-down', 'The Redis Cluster does not serve')],
  ...['NOAUTH', 'WRONGPASS', 'NOPERM'].map((code): [string, Trouble] => [
    code,
    redisTrouble('redis-refuses', 'Redis refuses our credentials'),
  ]),
])

/**
 * Checks whether Redis accepts a write: one that is read-only or full still serves reads. A cluster counts as working
 * while one of its nodes accepts writes, since that node's rooms keep working.
 */
export function checkRedis(redis: Redis): Check {
  return { run: () => look(redis), silent: UNREACHABLE }
}

async function look(redis: Redis): Promise<readonly Trouble[]> {
  const nodes = nodesOf(redis)
  if (nodes.length < 2) {
    const trouble = await write(redis, readinessKey(0))
    return trouble === undefined ? [] : [trouble]
  }
  const written = await Promise.all(nodes.map((node) => writeTo(redis, node)))
  const troubles = new Map(
    written.flatMap((trouble) => (trouble === undefined ? [] : [[trouble.code, trouble]])),
  )
  const someWork = written.includes(undefined)
  return [...troubles.values()].map((trouble) => ({ ...trouble, stops: !someWork }))
}

/** A node that none of the keys belongs to is not checked. */
async function writeTo(redis: Redis, { options }: RedisNodeClient): Promise<Trouble | undefined> {
  const key = KEYS.find((each) => {
    const node = nodeOf(redis, each)
    return node?.host === options.host && node?.port === options.port
  })
  return key === undefined ? undefined : write(redis, key)
}

async function write(redis: Redis, key: string): Promise<Trouble | undefined> {
  try {
    await redis.set(key, 1, 'PX', REMEMBER_MS)
    return undefined
  } catch (error) {
    const codes = error instanceof Error ? replyCodesOf(error) : []
    return codes.map((code) => TROUBLES.get(code)).find((trouble) => trouble !== undefined) ?? UNREACHABLE
  }
}

function redisTrouble(code: string, detail: string): Trouble {
  return { code, detail, stops: true }
}
