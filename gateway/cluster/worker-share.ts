import type { GatewayConfig } from '../config.ts'

/**
 * One worker's share of the limits that hold for the whole gateway, rounded up. Connections come to all workers in
 * turn, so each has about its share of everything that follows from them. Other limits are each worker's own.
 */
export function workerShare(config: GatewayConfig): GatewayConfig {
  const shareOf = (limit: number) => Math.ceil(limit / config.workers)
  return {
    ...config,
    connectionsMax: shareOf(config.connectionsMax),
    originConnectionsMax: shareOf(config.originConnectionsMax),
    signInsAtOnceMax: shareOf(config.signInsAtOnceMax),
    signInsWaitingMax: shareOf(config.signInsWaitingMax),
  }
}
