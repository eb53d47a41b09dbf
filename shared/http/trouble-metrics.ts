import { gaugeBy, type Metrics } from '../runtime/metrics.ts'
import type { ReadinessReport } from './readiness.ts'

/**
 * Shows the problems of `/readyz` as a metric, for alerts. A gateway's primary and workers each show theirs: a problem
 * is 1, however many of them have it.
 */
export function measureTroubles(metrics: Metrics, report: () => ReadinessReport): void {
  const read = () => report().troubles.map(({ code }): [string, number] => [code, 1])
  gaugeBy(metrics, 'naru_troubles', 'Problems that /readyz reports now, by code', 'code', read, 'max')
}
