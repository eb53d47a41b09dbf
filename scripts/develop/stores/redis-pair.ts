import { randomBytes } from 'node:crypto'
import { Redis } from 'ioredis'
import type { Env } from '../../../shared/runtime/env.ts'
import { Failure } from './failure.ts'
import { findRedis } from './programs.ts'
import type { PrivateStore } from './redis.ts'
import { NODE_HOST, type RedisNode, startNodes } from './redis-node.ts'
import { waitUntil } from './wait.ts'

/** A private primary and its replica. */
export type PrivatePair = {
  primary: RedisNode
  replica: RedisNode
  /** Makes the first a replica of the second, or with one of them a primary of its own; does not wait for the copy. */
  follow(node: RedisNode, other?: RedisNode): Promise<void>
  /** Waits until a replica has everything that its primary had at the call. */
  caughtUp(replica: PrivateStore, primary: PrivateStore): Promise<void>
  stop(): Promise<void>
}

const CAUGHT_UP_TIMEOUT_MS = 20_000

/**
 * Starts a primary and a replica of it on loopback ports; they ask for a password of this run.
 *
 * @param options.socket - whether clients reach them on unix sockets as well, where their URLs then lead
 */
export async function startRedisPair({
  env,
  socket = false,
}: {
  env: Env
  socket?: boolean
}): Promise<PrivatePair> {
  const program = await findRedis(env)
  if (program === undefined) throw new Failure('There is no redis-server on this machine')
  const nodes = await startNodes(2, { program, env, socket, password: randomBytes(16).toString('hex') })
  const [primary, replica] = nodes
  if (primary === undefined || replica === undefined) throw new Failure('Two servers were not started')
  const pair: PrivatePair = {
    ...{ primary, replica, caughtUp },
    follow: (node, other) => follow(node, other?.port),
    async stop() {
      await Promise.all(nodes.map((node) => node.stop()))
    },
  }
  try {
    await pair.follow(replica, primary)
    await caughtUp(replica, primary)
    return pair
  } catch (error) {
    await pair.stop()
    throw error
  }
}

/** Makes it a replica of what listens at the port, or without that a primary of its own; does not wait for the copy. */
export async function follow(node: Pick<PrivateStore, 'url'>, port?: number): Promise<void> {
  await asked(node, (client) =>
    port === undefined ? client.replicaof('NO', 'ONE') : client.replicaof(NODE_HOST, port),
  )
}

/** Waits until a replica has everything that its primary had at the call. */
export async function caughtUp(
  replica: Pick<PrivateStore, 'url'>,
  primary: Pick<PrivateStore, 'url'>,
): Promise<void> {
  const goal = offsetIn(await asked(primary, (client) => client.info('replication')), 'master_repl_offset')
  const has = () =>
    asked(replica, async (client) => {
      const info = await client.info('replication')
      return info.includes('master_link_status:up') && offsetIn(info, 'slave_repl_offset') >= goal
    })
  if (await waitUntil(has, { timeoutMs: CAUGHT_UP_TIMEOUT_MS })) return
  throw new Failure('The replica does not catch up with its primary')
}

const offsetIn = (info: string, name: string): number =>
  Number(new RegExp(`^${name}:(\\d+)`, 'm').exec(info)?.[1] ?? Number.NaN)

const SNAPSHOT_TIMEOUT_MS = 20_000

/** Saves a snapshot of what a node has now. Redis refuses this while it saves one for a replica that copies it. */
export async function saveSnapshot(node: Pick<PrivateStore, 'url'>): Promise<void> {
  const saves = async () => (await asked(node, (client) => client.save())) === 'OK'
  if (!(await waitUntil(saves, { timeoutMs: SNAPSHOT_TIMEOUT_MS }))) {
    throw new Failure('Redis does not save a snapshot')
  }
}

const COMMAND_TIMEOUT_MS = 10_000

/** Runs an operator's command, on a separate connection. */
export async function asked<T>(
  { url }: Pick<PrivateStore, 'url'>,
  ask: (client: Redis) => Promise<T>,
): Promise<T> {
  const client = new Redis(url, { maxRetriesPerRequest: 1, commandTimeout: COMMAND_TIMEOUT_MS })
  client.on('error', () => {}) // the call below throws it too
  try {
    return await ask(client)
  } finally {
    client.disconnect()
  }
}
