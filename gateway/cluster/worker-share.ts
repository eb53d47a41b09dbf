import { ORIGIN_CONNECTIONS_MAX } from '../origin-client/origin-client.ts'

/** The configuration of one process, derived from that of the entire gateway. */
export type WorkerConfig<C> = C & { originConnectionsMax: number }

type SharedLimits = { workers: number; connectionsMax: number; signInConcurrency: number }

/**
 * One worker's share of the limits for the entire gateway, rounded up. Connections are distributed in turn, so each
 * worker has about its share of everything that follows from them. Other limits apply to each worker.
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
