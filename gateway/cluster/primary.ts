import cluster from 'node:cluster'
import { Counter } from 'prom-client'
import { listenInternal } from '../../shared/http/internal.ts'
import { createReadiness, type ReadinessReport } from '../../shared/http/readiness.ts'
import { measureTroubles } from '../../shared/http/trouble-metrics.ts'
import type { Logger } from '../../shared/runtime/log.ts'
import { createMetrics, gauge } from '../../shared/runtime/metrics.ts'
import { createShutdown, exitOnSignals, SHUTDOWN_STEP_MS } from '../../shared/runtime/shutdown.ts'
import { type Systemd, startNotifier } from '../../shared/runtime/systemd.ts'
import { VERSION } from '../../shared/runtime/version.ts'
import { createMergedMetrics } from './merged-metrics.ts'
import { mergeReports } from './merged-readiness.ts'
import { createWorkerPool } from './worker-pool.ts'

const METRICS_WAIT_MS = 1000
/** One for the requests in progress, one for everything else that a worker finishes. */
const STEPS_OF_A_WORKER = 2
const RESTARTS = { windowMs: 60_000, pauseMs: 200, pauseMaxMs: 2000 }
const DEATHS_MAX_PER_WORKER = 3

/**
 * Runs the workers and the operators' port until the process is told to stop. It serves no fans' requests itself: it
 * accepts connections and hands each to the next worker in turn. That costs some 50 µs per connection and spreads a
 * crowd that arrives over hours evenly, which the operating system does not: a worker that is awake takes more than its
 * share, and retains it as long as connections are kept alive.
 */
export async function runPrimary(
  config: { workers: number; internalHost: string; internalPort: number },
  log: Logger,
  systemd: Systemd = {},
): Promise<void> {
  cluster.schedulingPolicy = cluster.SCHED_RR
  // JSON has no NaN, which metrics contain.
  cluster.setupPrimary({ serialization: 'advanced' })
  const { workers: size } = config
  const metrics = createMetrics({ service: 'gateway', withProcess: true })
  const deaths = new Counter({
    name: 'naru_gateway_worker_deaths_total',
    help: 'Workers that have ended without being told to',
    registers: [metrics.registry],
  })
  const readiness = createReadiness()
  const stopMs = STEPS_OF_A_WORKER * SHUTDOWN_STEP_MS
  const shutdown = createShutdown(log, stopMs + SHUTDOWN_STEP_MS)

  const pool = createWorkerPool({
    size,
    limits: { ...RESTARTS, deathsMax: DEATHS_MAX_PER_WORKER * size },
    stopMs,
    lastCloses: systemd.socket !== undefined,
    log,
    onStarted: (port) => log.info({ port, internalPort: internal.port, workers: size }, 'gateway listens'),
    onReady() {
      if (pool.readyCount() === size) readiness.set()
    },
    onEnded(id, asRequested) {
      if (!asRequested) deaths.inc()
      merged.retire(id)
    },
    onFailure(reason) {
      log.fatal({ reason }, 'the gateway gives up')
      void shutdown.run().then(() => process.exit(1))
    },
  })
  gauge(metrics, 'naru_gateway_workers', 'Workers that should be sent requests', pool.readyCount)
  const merged = createMergedMetrics({
    own: () => metrics.registry.getMetricsAsJSON(),
    workers: pool.sources,
    waitMs: METRICS_WAIT_MS,
  })
  const report = (): ReadinessReport => {
    const own = readiness.report()
    // At first all must be ready, later any: the remaining workers continue while one is replaced.
    return own.ready ? mergeReports(pool.troubles()) : own
  }
  measureTroubles(metrics, report)
  const internal = await listenInternal(
    { service: 'gateway', readiness: { report }, metrics: merged.text },
    { ...config, systemd },
  )
  const notifier = startNotifier(systemd, { version: VERSION, report, log })

  shutdown.step('tell systemd', notifier.stopping)
  shutdown.step('not ready', () => readiness.stop())
  shutdown.step('stop the workers', pool.stop)
  shutdown.step('close the internal port', internal.close)
  exitOnSignals(shutdown, log)
  pool.start()
}
