import type { Registry } from 'prom-client'
import type { Trouble } from '../../shared/http/readiness.ts'

/** A process's metrics, as prom-client merges them. */
export type MetricsJson = Awaited<ReturnType<Registry['getMetricsAsJSON']>>

/**
 * Messages from a worker to its primary: that it can take requests; its current problems; its metrics, as requested.
 */
export type WorkerMessage =
  | { type: 'ready' }
  | { type: 'troubles'; troubles: readonly Trouble[] }
  | { type: 'metrics'; request: number; metrics: MetricsJson }

/** Messages from the primary to a worker. */
export type PrimaryMessage = { type: 'metrics'; request: number } | { type: 'stop' }
