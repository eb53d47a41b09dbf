import type { Registry } from 'prom-client'
import type { Trouble } from '../../shared/http/readiness.ts'

/** A process's metrics, as prom-client merges them. */
export type MetricsJson = Awaited<ReturnType<Registry['getMetricsAsJSON']>>

/** What a worker says to its primary: it should be sent requests; what is wrong by now; its metrics, as asked. */
export type WorkerMessage =
  | { type: 'ready' }
  | { type: 'troubles'; troubles: readonly Trouble[] }
  | { type: 'metrics'; request: number; metrics: MetricsJson }

/** What the primary says to a worker. */
export type PrimaryMessage = { type: 'metrics'; request: number } | { type: 'stop' }
