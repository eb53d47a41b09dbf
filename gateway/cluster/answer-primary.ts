import type { Registry } from 'prom-client'
import type { PrimaryMessage, WorkerMessage } from './messages.ts'

/**
 * Does what the primary asks of this worker. Should the primary be gone, Node itself ends a worker at once: what it
 * listens on was the primary's.
 */
export function answerPrimary(deps: { registry: Registry; stop: () => void }): void {
  process.on('message', (message: PrimaryMessage) => {
    if (message.type === 'stop') deps.stop()
    else void answerMetrics(deps.registry, message.request)
  })
}

async function answerMetrics(registry: Registry, request: number): Promise<void> {
  tellPrimary({ type: 'metrics', request, metrics: await registry.getMetricsAsJSON() })
}

/** A primary that is gone is told nothing. */
export function tellPrimary(message: WorkerMessage): void {
  if (process.connected) process.send?.(message)
}
