import { type ReadinessReport, reportOf, type Trouble } from '../../shared/http/readiness.ts'

const NO_WORKER: Trouble = { code: 'no-worker', detail: 'No worker is ready to take requests', stops: true }

/**
 * The problems of all workers. They make the gateway unready only if no worker is without a blocking problem.
 *
 * @param workers - the problems of each worker that has become ready
 */
export function mergeReports(workers: readonly (readonly Trouble[])[]): ReadinessReport {
  if (workers.length === 0) return reportOf([NO_WORKER])
  const byCode = new Map(workers.flat().map((trouble) => [trouble.code, trouble]))
  const someWork = workers.some((troubles) => reportOf(troubles).ready)
  return reportOf([...byCode.values()].map((trouble) => ({ ...trouble, stops: trouble.stops && !someWork })))
}
