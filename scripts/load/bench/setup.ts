import { createRedis, type Redis } from '../../../shared/redis/client.ts'
import type { Env } from '../../../shared/runtime/env.ts'
import { createLogger } from '../../../shared/runtime/log.ts'
import { startRedis } from '../../develop/stores/redis.ts'
import { type GatewayProcess, startGateway } from './gateway-process.ts'
import type { LoadCalls, LoadOrder, LoadResult } from './load.ts'
import type { Measured } from './measure.ts'
import { type Child, type Cores, startChild } from './processes.ts'

export type BenchOptions = { seconds: number; runs: number; cores: Cores; env: Env }

/** The setup of a benchmark: a dedicated Redis, the gateway on its core, and a load on another. */
export type Setup = {
  redis: Redis
  redisUrl: string
  redisPid: number
  gateway: GatewayProcess
  load: Child<LoadCalls>
  /** Sends a load to the gateway, or to another server of the setup. */
  run(
    order: Pick<LoadOrder, 'send'> & Partial<Omit<LoadOrder, 'pids'>>,
    serverPid?: number,
  ): Promise<LoadResult>
  end(): Promise<void>
}

export const CONNECTIONS = 64
const WARM_SECONDS = 0.3

/** @param publish - creates the rooms before the gateway reads them */
export async function createSetup(
  { seconds, cores, env }: BenchOptions,
  rooms: readonly string[],
  publish: (redis: Redis) => Promise<unknown>,
): Promise<Setup> {
  const store = await startRedis({ env })
  const redis = createRedis({ url: store.url, name: 'bench', log: createLogger('bench', 'warn') })
  try {
    await redis.connect()
    await publish(redis)
    const gateway = await startGateway({ redisUrl: store.url, rooms, core: cores?.server, env })
    const load = startChild<LoadCalls>('load.ts', cores?.client)
    const usual = { port: gateway.port, connections: CONNECTIONS, seconds, warmSeconds: WARM_SECONDS }
    return {
      redis,
      redisUrl: store.url,
      redisPid: store.pid,
      gateway,
      load,
      run: (order, serverPid = gateway.pid) =>
        load.call('run', { ...usual, ...order, pids: { server: serverPid, redis: store.pid } }),
      async end() {
        load.stop()
        await gateway.stop()
        redis.disconnect()
        await store.stop()
      },
    }
  } catch (error) {
    redis.disconnect()
    await store.stop()
    throw error
  }
}

/** Responses per second; throws on an unexpected response, which makes the measurement invalid. */
export function rateOf(
  { answers, seconds, statuses, busy }: LoadResult,
  expected: readonly number[],
): Measured {
  const odd = Object.keys(statuses).filter((status) => !expected.includes(Number(status)))
  if (odd.length > 0) throw new Error(`Answers had the status ${odd.join(', ')}: ${JSON.stringify(statuses)}`)
  if (answers === 0) throw new Error('There were no answers')
  return { value: answers / seconds, busy }
}
