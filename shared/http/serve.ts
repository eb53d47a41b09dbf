import type { Logger } from '../log.ts'
import type { Metrics } from '../metrics.ts'
import { createShutdown, exitOnSignals, type ShutdownStep } from '../shutdown.ts'
import { createInternalApp, type Readiness } from './internal.ts'
import { type App, type FirstListener, listen } from './listen.ts'

const INTERNAL_CONNECTIONS_MAX = 100

export type ServeOptions = {
  service: string
  app: App
  /** See `ListenOptions`. */
  first?: FirstListener
  config: { host: string; port: number; internalPort: number; connectionsMax: number; shutdownStepMs: number }
  metrics: Metrics
  readiness: Readiness
  log: Logger
  /** What ends after the last request, in this order: loops, workers, stores. */
  steps: readonly ShutdownStep[]
}

/**
 * Serves an app, and the operators' port beside it, until the process is told to stop. Then: not ready any more, no
 * new requests, those under way finish, the steps, and last the operators' port.
 */
export async function serveUntilStopped(options: ServeOptions): Promise<void> {
  const { service, app, first, config, metrics, readiness, log, steps } = options
  const internal = await listen(createInternalApp({ metrics, readiness }), {
    hostname: config.host,
    port: config.internalPort,
    connectionsMax: INTERNAL_CONNECTIONS_MAX,
  })
  const server = await listen(app, {
    hostname: config.host,
    port: config.port,
    connectionsMax: config.connectionsMax,
    ...(first === undefined ? {} : { first }),
  })
  log.info({ port: server.port, internalPort: internal.port }, `${service} listens`)

  const shutdown = createShutdown(log, config.shutdownStepMs)
  shutdown.step('not ready', () => readiness.stop())
  shutdown.step('close the listener', server.close)
  for (const { name, run } of steps) shutdown.step(name, run)
  shutdown.step('close the internal port', internal.close)
  exitOnSignals(shutdown, log)
}
