import type { Registry } from 'prom-client'
import type { PrimaryMessage, WorkerMessage } from './messages.ts'

/**
 * Carries out the primary's requests to this worker. If the primary dies, Node ends the worker immediately, since the
 * listening socket belonged to the primary.
 */
export function answerPrimary(deps: { registry: Registry; stop: () => void }): void {
  process.on('message', (message: PrimaryMessage) => {
    if (message.type === 'stop') deps.stop()
    else void answerMetrics(deps.registry, message.request)
  })
}

async function answerMetrics(registry: Registry, request: number): Promise<void> {
  sendToPrimary({ type: 'metrics', request, metrics: await registry.getMetricsAsJSON() })
}

/** Messages to a dead primary are dropped. */
export function sendToPrimary(message: WorkerMessage): void {
  if (process.connected) process.send?.(message)
}
