import { roomKeys } from '../../../shared/redis/keys.ts'
import type { Env } from '../../../shared/runtime/env.ts'
import { Failure } from '../../develop/stores/failure.ts'
import { startRedisCluster } from '../../develop/stores/redis-cluster.ts'
import type { RedisNode } from '../../develop/stores/redis-node.ts'
import { asked, saveSnapshot } from '../../develop/stores/redis-pair.ts'
import { waitUntil } from '../../develop/stores/wait.ts'

/** A Redis Cluster with a replica for each master, in which a room's node can be lost. */
export type LosableCluster = {
  kind: 'cluster'
  /** The URL of all nodes, as in `REDIS_URL`. */
  url(): string
  /** From now on, writes to the room's master do not reach its replica. */
  holdBack(room: string): Promise<void>
  /** Ends the room's master, and lets its replica take over. */
  replaceMaster(room: string): Promise<void>
  /** The room's master saves a snapshot. */
  takeSnapshot(room: string): Promise<void>
  /** Ends the room's master, and restarts it from its last snapshot. */
  restartMaster(room: string): Promise<void>
  /** Gives every master an up-to-date replica again. */
  renew(): Promise<void>
  stop(): Promise<void>
}

/** Nodes with the same slots: which of them is the master, only they know. */
type Shard = { password: string; nodes: [RedisNode, RedisNode]; ended: RedisNode | undefined }

const SETTLED_TIMEOUT_MS = 30_000

export async function startCluster(options: { env: Env; folder: string }): Promise<LosableCluster> {
  const cluster = await startRedisCluster({ ...options, withReplicas: true })
  const shards = cluster.nodes.map((master, i): Shard => {
    const replica = cluster.replicas[i]
    if (replica === undefined) throw new Failure('Every master has a replica')
    return { password: new URL(master.url).password, nodes: [master, replica], ended: undefined }
  })

  /** The room's shard, as it is now. */
  async function partsOf(room: string): Promise<{ shard: Shard; master: RedisNode; replica: RedisNode }> {
    const { settings } = roomKeys(room)
    for (const shard of shards) {
      const [first, second] = shard.nodes
      const [master, replica] = (await leads(first)) ? [first, second] : [second, first]
      if (await serves(master, settings)) return { shard, master, replica }
    }
    throw new Failure(`No node of Redis serves the room ${room}`)
  }

  async function end(node: RedisNode): Promise<void> {
    node.kill()
    await node.stop()
  }

  async function startAgain(shard: Shard, node: RedisNode): Promise<void> {
    const started = await cluster.startAgain(node)
    shard.nodes = shard.nodes[0] === node ? [started, shard.nodes[1]] : [shard.nodes[0], started]
  }

  return {
    kind: 'cluster',
    url: () => shards.flatMap(({ nodes }) => nodes.map(({ url }) => url)).join(','),
    async holdBack(room) {
      const { master, replica } = await partsOf(room)
      // The replica is refused when it reconnects, and lags behind.
      await asked(replica, (redis) => redis.config('SET', 'masterauth', 'held back'))
      await asked(master, (redis) => redis.call('CLIENT', 'KILL', 'TYPE', 'replica'))
    },
    async replaceMaster(room) {
      const { shard, master, replica } = await partsOf(room)
      await end(master)
      shard.ended = master
      await asked(replica, (redis) => redis.cluster('FAILOVER', 'TAKEOVER'))
    },
    async takeSnapshot(room) {
      const { master } = await partsOf(room)
      await saveSnapshot(master)
    },
    async restartMaster(room) {
      const { shard, master } = await partsOf(room)
      await end(master)
      await startAgain(shard, master)
    },
    async renew() {
      for (const shard of shards) {
        const { ended, password } = shard
        if (ended !== undefined) await startAgain(shard, ended)
        shard.ended = undefined
        for (const node of shard.nodes) {
          await asked(node, (redis) => redis.config('SET', 'masterauth', password))
        }
        const isWhole = async () => (await Promise.all(shard.nodes.map(follows))).includes(true)
        if (!(await waitUntil(isWhole, { timeoutMs: SETTLED_TIMEOUT_MS }))) {
          throw new Failure('A node of Redis that was lost does not find its place in the cluster again')
        }
      }
    },
    stop: cluster.stop,
  }
}

async function leads(node: RedisNode): Promise<boolean> {
  // A node that has ended is not a master.
  return await asked(node, async (redis) => (await redis.info('replication')).includes('role:master')).catch(
    () => false,
  )
}

async function follows(node: RedisNode): Promise<boolean> {
  return await asked(node, async (redis) =>
    (await redis.info('replication')).includes('master_link_status:up'),
  )
}

/** Only the node that serves the slot accepts a command about one of its keys. */
async function serves(node: RedisNode, key: string): Promise<boolean> {
  return await asked(node, (redis) => redis.exists(key)).then(
    () => true,
    () => false,
  )
}
