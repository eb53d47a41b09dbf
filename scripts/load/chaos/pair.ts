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

/** What becomes of a primary that another one replaces. */
export type Previous = 'kept, read-only' | 'killed' | 'silent'

/**
 * A Redis and its replica, which can take its place: behind by what was held back, and with or without those who were
 * connected to the other noticing. Connections go through the proxies of links.ts, which ask for `targets`.
 */
export type LosablePair = {
  kind: 'pair'
  /** The primary's. */
  url(): string
  password: string
  /** Where the name leads now. */
  targets(): NetConnectOpts[]
  /** What the primary is told from now on does not reach its replica. */
  holdBack(): Promise<void>
  /** The primary is lost in this way; the name still leads to it. */
  losePrimary(of: Previous): Promise<void>
  /** The replica is the primary now, and the name leads to it. */
  promote(): Promise<void>
  /** Ends what is left of the previous primary, and gives the present one a replica. */
  renew(): Promise<void>
  /** Keeps a snapshot of what the primary has. */
  takeSnapshot(): Promise<void>
  /** Both are gone, and another primary begins with the snapshot, where the name leads. */
  restoreSnapshot(): Promise<void>
  stop(): Promise<void>
}

/** A replica, and the way on which it hears of the primary. */
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
  /** Who was the primary before, while it is there. */
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
      // Its own group, of which it is the leader (scripts/develop/stores/guarded.ts).
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
      // What stands still does not end when it is asked to.
      await Promise.all([...running].map(end))
      await Promise.all([...ways].map((way) => way.close()))
    },
  }
}

const NO_PORT = 1
