import { nodeOf, nodesOf, type Redis, type RedisNodeClient, UNSERVED } from './client.ts'
import { roomKeys } from './keys.ts'
import type { RedisNode } from './url.ts'

/**
 * The run of Redis that each room is in, read from all nodes together. A run is an uninterrupted period of service of
 * one server: after a restart, a failover, or a previous primary's return there is a new run, which may lack the last
 * writes.
 */
export type Runs = {
  /** The run of the node that serves a room. Throws that node's error when it is not known. */
  of(room: string): string
  /** The runs of all nodes together. Throws when one of them is not known. */
  all(): string
}

/** Throws when no node responds. */
export async function readRuns(redis: Redis): Promise<Runs> {
  const nodes = nodesOf(redis)
  const read = await Promise.allSettled(nodes.map(readRunOf))
  if (!read.some(({ status }) => status === 'fulfilled')) throw failureOf(read[0])
  return {
    of(room) {
      if (nodes.length === 1) return runIn(read[0])
      const served = nodeOf(redis, roomKeys(room).settings)
      return runIn(read[nodes.findIndex((node) => isAt(node, served))])
    },
    all: () => read.map(runIn).toSorted().join(' '),
  }
}

/** The run of Redis that one room is in: see `Runs`. */
export async function readRun(redis: Redis, room: string): Promise<string> {
  return (await readRuns(redis)).of(room)
}

/**
 * A server's run ID, with the replication offset at which it last took over from another primary. Redis forgets that
 * offset after an hour without a replica (`repl-backlog-ttl`), which then counts as another run.
 */
async function readRunOf(node: RedisNodeClient): Promise<string> {
  const [server, replication] = await Promise.all([node.info('server'), node.info('replication')])
  const run = fieldOf(server, 'run_id')
  const tookOverAt = fieldOf(replication, 'second_repl_offset')
  if (run === undefined) throw new Error('Redis does not tell the ID of its run')
  return tookOverAt === undefined || tookOverAt === '-1' ? run : `${run}@${tookOverAt}`
}

function fieldOf(info: string, name: string): string | undefined {
  return new RegExp(`^${name}:(\\S+)`, 'm').exec(info)?.[1]
}

const isAt = ({ options }: RedisNodeClient, node: RedisNode | undefined): boolean =>
  options.host === node?.host && options.port === node?.port

function runIn(result: PromiseSettledResult<string> | undefined): string {
  if (result?.status !== 'fulfilled') throw failureOf(result)
  return result.value
}

function failureOf(result: PromiseSettledResult<string> | undefined): unknown {
  return result?.status === 'rejected' ? result.reason : new Error(UNSERVED)
}
