import { ORIGIN_CONNECTIONS_MAX } from '../origin-client/origin-client.ts'

/** The configuration of one process, made from that of the whole gateway. */
export type WorkerConfig<C> = C & { originConnectionsMax: number }

type SharedLimits = { workers: number; connectionsMax: number; signInConcurrency: number }

/**
 * One worker's share of the limits that hold for the whole gateway, rounded up. Connections come to all workers in
 * turn, so each has about its share of everything that follows from them. Other limits are each worker's own.
 */
export function workerShare<C extends SharedLimits>(config: C): WorkerConfig<C> {
  const shareOf = (limit: number) => Math.ceil(limit / config.workers)
  return {
    ...config,
    connectionsMax: shareOf(config.connectionsMax),
    originConnectionsMax: shareOf(ORIGIN_CONNECTIONS_MAX),
    signInConcurrency: shareOf(config.signInConcurrency),
  }
}
