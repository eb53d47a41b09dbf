import { randomBytes } from 'node:crypto'
import { Redis } from 'ioredis'
import type { Env } from '../../shared/env.ts'
import { Failure } from './failure.ts'
import { findRedis } from './programs.ts'
import type { PrivateStore } from './redis.ts'
import { NODE_HOST, startNodes } from './redis-node.ts'
import { waitUntil } from './wait.ts'

/** A primary and its replica that run for us alone. */
export type PrivatePair = {
  primary: PrivateStore
  replica: PrivateStore
  /** Makes the first a replica of the second, or with one of them a primary of its own; does not wait for the copy. */
  follow(node: PrivateStore, other?: PrivateStore): Promise<void>
  /** Waits until a replica has all that its primary had when it was asked. */
  caughtUp(replica: PrivateStore, primary: PrivateStore): Promise<void>
  stop(): Promise<void>
}

const CAUGHT_UP_TIMEOUT_MS = 20_000

/** Starts a primary and a replica of it on loopback ports; they ask for a password of this run. */
export async function startRedisPair({ env }: { env: Env }): Promise<PrivatePair> {
  const program = await findRedis(env)
  if (program === undefined) throw new Failure('There is no redis-server on this machine')
  const nodes = await startNodes(2, { program, env, password: randomBytes(16).toString('hex') })
  const [primary, replica] = nodes
  if (primary === undefined || replica === undefined) throw new Failure('Two servers were not started')
  const pair: PrivatePair = {
    ...{ primary, replica, caughtUp },
    async follow(node, other) {
      const { port } = new URL(other?.url ?? node.url)
      await asked(node, (client) =>
        other === undefined ? client.replicaof('NO', 'ONE') : client.replicaof(NODE_HOST, port),
      )
    },
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

async function caughtUp(replica: PrivateStore, primary: PrivateStore): Promise<void> {
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

/** Does something as an operator, on a connection of its own. */
async function asked<T>({ url }: PrivateStore, ask: (client: Redis) => Promise<T>): Promise<T> {
  const client = new Redis(url)
  client.on('error', () => {}) // the call below throws it too
  try {
    return await ask(client)
  } finally {
    client.disconnect()
  }
}
