import { renameSync, rmSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import type { Env } from '../../../shared/runtime/env.ts'
import { Failure } from './failure.ts'
import { makePrivateFolder } from './private-folder.ts'
import type { PrivateStore } from './redis.ts'
import { NODE_HOST, type RedisNode, socketIn } from './redis-node.ts'
import { asked, follow, startRedisPair } from './redis-pair.ts'

/** The address of a pair, for code that makes it fail over: `name` is a link to the socket of the primary. */
export type NamedPlace = { name: string; nodes: readonly NamedNode[] }
type NamedNode = Pick<RedisNode, 'url' | 'port' | 'folder'>

/** A primary and its replica under one name, which is looked up when one connects, as in DNS: who is connected stays. */
export type NamedPair = PrivateStore & {
  place: NamedPlace
  nodes: readonly RedisNode[]
}

/** Longer than a planned failover takes, so that no write is accepted that the replica does not receive. */
const PAUSE_MS = 5000

export async function startNamedPair({ env }: { env: Env }): Promise<NamedPair> {
  const folder = makePrivateFolder()
  const name = join(folder, 'redis.sock')
  try {
    const { primary, replica, stop } = await startRedisPair({ env, socket: true })
    const nodes = [primary, replica]
    leadTo(name, primary)
    return {
      name: 'Redis',
      pid: primary.pid,
      ended: Promise.race(nodes.map(({ ended }) => ended)),
      url: primary.url.replace(socketIn(primary.folder), name),
      place: { name, nodes: nodes.map(({ url, port, folder: of }) => ({ url, port, folder: of })) },
      nodes,
      kill: () => nodes.forEach((node) => void node.kill()),
      async stop() {
        await stop()
        rmSync(folder, { recursive: true, force: true })
      },
    }
  } catch (error) {
    rmSync(folder, { recursive: true, force: true })
    throw error
  }
}

/**
 * A planned failover, as a managed Redis does it for maintenance: no write is lost, the name leads to the new primary,
 * and connections to the old one are kept, where every write is answered `READONLY` from now on.
 */
export async function failOver({ name, nodes }: NamedPlace): Promise<void> {
  const leading = await Promise.all(nodes.map(leads))
  const primary = nodes.find((_, i) => leading[i])
  const replica = nodes.find((_, i) => leading[i] === false)
  if (primary === undefined || replica === undefined) throw new Failure('Redis is no pair that can fail over')
  await asked(primary, async (client) => {
    await client.call('CLIENT', 'PAUSE', PAUSE_MS, 'WRITE')
    if ((await client.wait(1, PAUSE_MS)) < 1)
      throw new Failure('The replica of Redis is not there to take over')
    await follow(replica)
    leadTo(name, replica)
    await client.replicaof(NODE_HOST, replica.port)
    await client.call('CLIENT', 'UNPAUSE')
  })
}

async function leads(node: NamedNode): Promise<boolean> {
  return await asked(node, async (client) => (await client.info('replication')).includes('role:master'))
}

/** Atomic, so that the name always exists. */
function leadTo(name: string, { folder }: Pick<NamedNode, 'folder'>): void {
  const draft = `${name}.new`
  rmSync(draft, { force: true })
  symlinkSync(socketIn(folder), draft)
  renameSync(draft, name)
}
