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
import { caughtUp, follow, saveSnapshot } from '../../develop/stores/redis-pair.ts'
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
  const password = randomBytes(16).toString('hex')
  const nodes = createNodes({ program, env, folder, password, socket: true })
  let lost: Previous | undefined
  let primary = await nodes.start()
  let copy = await nodes.startCopy(primary)
  /** The previous primary, while it exists. */
  let previous: RedisNode | undefined

  return {
    kind: 'pair',
    password,
    url: () => primary.url,
    targets: () => (nodes.isRunning(primary) ? [{ path: socketIn(primary.folder) }] : []),
    async holdBack() {
      copy.way.change({ hold: true })
    },
    async losePrimary(of) {
      lost = of
      if (of === 'killed') await nodes.end(primary)
      // A separate process group, of which it is the leader (scripts/develop/stores/guarded.ts).
      if (of === 'silent') process.kill(-primary.pid, 'SIGSTOP')
      // Nothing listens there: it is a replica that waits for its primary.
      if (of === 'kept, read-only') await follow(primary, NO_PORT)
    },
    async promote() {
      await follow(copy.node)
      previous = nodes.isRunning(primary) ? primary : undefined
      primary = copy.node
      const { port } = primary
      if (previous !== undefined && lost === 'kept, read-only') {
        await follow(previous, port)
      }
      await nodes.closeWay(copy.way)
    },
    async renew() {
      if (previous !== undefined) {
        await nodes.end(previous)
        previous = undefined
      }
      lost = undefined
      copy = await nodes.startCopy(primary)
    },
    async takeSnapshot() {
      await saveSnapshot(primary)
    },
    async restoreSnapshot() {
      const snapshot = join(primary.folder, SNAPSHOT_FILE)
      await nodes.end(primary)
      await nodes.endCopy(copy)
      primary = await nodes.start(snapshot)
      copy = await nodes.startCopy(primary)
    },
    stop: nodes.endAll,
  }
}

type Nodes = {
  start(snapshot?: string): Promise<RedisNode>
  /** Starts a replica of a primary, and waits until it has its data. */
  startCopy(primary: RedisNode): Promise<Copy>
  isRunning(node: RedisNode): boolean
  end(node: RedisNode): Promise<void>
  endCopy(copy: Copy): Promise<void>
  closeWay(way: TcpProxy): Promise<void>
  endAll(): Promise<void>
}

/** The servers that run, and the proxies between them. */
function createNodes(own: Parameters<typeof startNode>[1]): Nodes {
  const running = new Set<RedisNode>()
  const ways = new Set<TcpProxy>()

  async function start(snapshot?: string): Promise<RedisNode> {
    const [port = 0] = await findFreePorts(NODE_HOST, 1)
    const node = await startNode(port, { ...own, ...(snapshot === undefined ? {} : { snapshot }) })
    running.add(node)
    return node
  }

  async function end(node: RedisNode): Promise<void> {
    running.delete(node)
    node.kill()
    await node.stop()
  }

  async function closeWay(way: TcpProxy): Promise<void> {
    ways.delete(way)
    await way.close()
  }

  return {
    start,
    async startCopy(primary) {
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
    },
    isRunning: (node) => running.has(node),
    end,
    async endCopy({ node, way }) {
      await end(node)
      await closeWay(way)
    },
    closeWay,
    async endAll() {
      // A stopped process does not handle the signal to end.
      await Promise.all([...running].map(end))
      await Promise.all([...ways].map((way) => way.close()))
    },
  }
}

const NO_PORT = 1
