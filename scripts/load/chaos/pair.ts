import { randomBytes } from 'node:crypto'
import type { NetConnectOpts } from 'node:net'
import { join } from 'node:path'
import type { Env } from '../../../shared/runtime/env.ts'
import { Failure } from '../../develop/stores/failure.ts'
import { findFreePorts } from '../../develop/stores/free-ports.ts'
import { findRedis } from '../../develop/stores/programs.ts'
import {
  NODE_HOST,
  type RedisNode,
  SNAPSHOT_FILE,
  socketIn,
  startNode,
} from '../../develop/stores/redis-node.ts'
import { asked, caughtUp, follow } from '../../develop/stores/redis-pair.ts'
import { createProxy, type TcpProxy } from './proxy.ts'

/** The fate of a primary that is replaced. */
export type Previous = 'kept, read-only' | 'killed' | 'silent'

/**
 * A Redis and its replica, which can take over: without the withheld writes, and with or without the other one's
 * clients noticing. Connections pass through the proxies of links.ts, which call `targets`.
 */
export type LosablePair = {
  kind: 'pair'
  /** The primary's. */
  url(): string
  password: string
  /** The present target of the name. */
  targets(): NetConnectOpts[]
  /** From now on, writes to the primary do not reach its replica. */
  holdBack(): Promise<void>
  /** Loses the primary in this way; the name still resolves to it. */
  losePrimary(of: Previous): Promise<void>
  /** Promotes the replica, and makes the name resolve to it. */
  promote(): Promise<void>
  /** Ends the previous primary, and gives the present one a replica. */
  renew(): Promise<void>
  /** Saves a snapshot of the primary. */
  takeSnapshot(): Promise<void>
  /** Ends both, and starts another primary from the snapshot, to which the name resolves. */
  restoreSnapshot(): Promise<void>
  stop(): Promise<void>
}

/** A replica, and the proxy through which it follows the primary. */
type Copy = { node: RedisNode; way: TcpProxy }

export async function startPair({ env, folder }: { env: Env; folder: string }): Promise<LosablePair> {
  const program = await findRedis(env)
  if (program === undefined) throw new Failure('There is no redis-server on this machine')
  const own = { program, env, folder, password: randomBytes(16).toString('hex'), socket: true }
  const running = new Set<RedisNode>()
  const ways = new Set<TcpProxy>()
  let lost: Previous | undefined
  let primary = await start()
  let copy = await startCopy()
  /** The previous primary, while it exists. */
  let previous: RedisNode | undefined

  async function start(snapshot?: string): Promise<RedisNode> {
    const [port = 0] = await findFreePorts(NODE_HOST, 1)
    const node = await startNode(port, { ...own, ...(snapshot === undefined ? {} : { snapshot }) })
    running.add(node)
    return node
  }

  async function startCopy(): Promise<Copy> {
    const { port } = primary
    const way = await createProxy({
      listen: { host: NODE_HOST, port: 0 },
      targets: () => [{ host: NODE_HOST, port }],
    })
    ways.add(way)
    const node = await start()
    await follow(node, way.port)
    await caughtUp(node, primary)
    return { node, way }
  }

  async function end(node: RedisNode): Promise<void> {
    running.delete(node)
    node.kill()
    await node.stop()
  }

  async function endCopy({ node, way }: Copy): Promise<void> {
    await end(node)
    ways.delete(way)
    await way.close()
  }

  return {
    kind: 'pair',
    password: own.password,
    url: () => primary.url,
    targets: () => (running.has(primary) ? [{ path: socketIn(primary.folder) }] : []),
    async holdBack() {
      copy.way.change({ hold: true })
    },
    async losePrimary(of) {
      lost = of
      if (of === 'killed') await end(primary)
      // A separate process group, of which it is the leader (scripts/develop/stores/guarded.ts).
      if (of === 'silent') process.kill(-primary.pid, 'SIGSTOP')
      // Nothing listens there: it is a replica that waits for its primary.
      if (of === 'kept, read-only') await follow(primary, NO_PORT)
    },
    async promote() {
      await follow(copy.node)
      previous = running.has(primary) ? primary : undefined
      primary = copy.node
      const { port } = primary
      if (previous !== undefined && lost === 'kept, read-only') {
        await follow(previous, port)
      }
      ways.delete(copy.way)
      await copy.way.close()
    },
    async renew() {
      if (previous !== undefined) {
        await end(previous)
        previous = undefined
      }
      lost = undefined
      copy = await startCopy()
    },
    async takeSnapshot() {
      await asked(primary, (redis) => redis.save())
    },
    async restoreSnapshot() {
      const snapshot = join(primary.folder, SNAPSHOT_FILE)
      await end(primary)
      await endCopy(copy)
      primary = await start(snapshot)
      copy = await startCopy()
    },
    async stop() {
      // A stopped process does not handle the signal to end.
      await Promise.all([...running].map(end))
      await Promise.all([...ways].map((way) => way.close()))
    },
  }
}

const NO_PORT = 1
