import type { Logger } from '../runtime/log.ts'
import type { Metrics } from '../runtime/metrics.ts'
import { createShutdown, exitOnSignals, type Shutdown, type ShutdownStep } from '../runtime/shutdown.ts'
import { type Systemd, startNotifier } from '../runtime/systemd.ts'
import { VERSION } from '../runtime/version.ts'
import { listenInternal } from './internal.ts'
import { type App, type FirstListener, listen } from './listen.ts'
import type { Readiness } from './readiness.ts'

/** A composed service that does not listen yet. */
export type Service = {
  app: App
  /** See `ListenOptions`. */
  first?: FirstListener
  metrics: Metrics
  readiness: Readiness
  /** Steps to run after the last request, in this order: loops, workers, stores. */
  steps: readonly ShutdownStep[]
}

/** Clients that use their connections at least this often see none closed as a request arrives. */
const DRAIN_MS = 2000

export type ServeOptions = Service & {
  /** What systemd gave to the process, if that started it. */
  systemd?: Systemd
  config: { host: string; port: number; connectionsMax: number; shutdownStepMs?: number }
  log: Logger
}

/**
 * Listens for a service's requests.
 *
 * @param before - steps of the shutdown before all others
 * @returns the port, and the shutdown: not ready, no new requests, requests in flight finish, then the steps
 */
export async function serve(
  options: ServeOptions,
  before: readonly ShutdownStep[] = [],
): Promise<{ port: number; shutdown: Shutdown }> {
  const { app, first, config, systemd, readiness, log, steps } = options
  const server = await listen(app, {
    hostname: config.host,
    port: config.port,
    socket: systemd?.socket,
    connectionsMax: config.connectionsMax,
    drainMs: systemd?.socket === undefined ? 0 : DRAIN_MS,
    ...(first === undefined ? {} : { first }),
  })
  const shutdown = createShutdown(log, config.shutdownStepMs)
  for (const { name, run } of before) shutdown.step(name, run)
  shutdown.step('not ready', () => readiness.stop())
  shutdown.step('close the listener', server.close)
  for (const { name, run } of steps) shutdown.step(name, run)
  return { port: server.port, shutdown }
}

/** Serves, together with the operators' port, which closes last, until the process is told to stop. */
export async function serveUntilStopped(
  options: ServeOptions & { service: string; config: { internalHost: string; internalPort: number } },
): Promise<void> {
  const { service, config, systemd = {}, metrics, readiness, log } = options
  const internal = await listenInternal(
    { service, readiness, metrics: () => metrics.registry.metrics() },
    { ...config, systemd },
  )
  const notifier = startNotifier(systemd, { version: VERSION, report: readiness.report, log })
  const { port, shutdown } = await serve(options, [{ name: 'tell systemd', run: notifier.stopping }])
  log.info({ port, internalPort: internal.port }, `${service} listens`)
  shutdown.step('close the internal port', internal.close)
  exitOnSignals(shutdown, log)
}
