import { AggregatorRegistry } from 'prom-client'
import { pause } from '../../shared/runtime/loop.ts'
import type { MetricsJson } from './messages.ts'

/** A worker that can be asked for its metrics; a hanging worker does not respond. */
export type MetricsSource = { id: number; readMetrics(): Promise<MetricsJson> }

export type MergedMetrics = {
  /** The metrics of all processes combined, in Prometheus' text format. */
  text(): Promise<string>
  /** Preserves the counters of a worker that has ended. */
  retire(id: number): void
}

/**
 * The combined metrics of several processes. Counters never fall, whichever process dies or hangs: the last response of
 * a silent worker is used, and counters of an ended one are preserved, since Prometheus takes a falling sum for a
 * counter reset. `AggregatorRegistry.clusterMetrics` of prom-client is not used: it fails entirely when one worker does
 * not respond, forgets the counters of ended workers, and omits the primary's own metrics.
 *
 * @param deps.own - the metrics of the primary itself
 * @param deps.waitMs - how long to wait for workers
 */
export function createMergedMetrics(deps: {
  own: () => Promise<MetricsJson>
  workers: () => readonly MetricsSource[]
  waitMs: number
}): MergedMetrics {
  const known = new Map<number, MetricsJson>()
  let retired: Promise<MetricsJson> = Promise.resolve([])

  async function ask({ id, readMetrics }: MetricsSource): Promise<void> {
    const metrics = await readMetrics()
    // A worker that has ended meanwhile is already retired and must not be counted twice.
    if (deps.workers().some((worker) => worker.id === id)) known.set(id, metrics)
  }

  async function askAll(): Promise<void> {
    const late = new AbortController()
    const answers = Promise.allSettled(deps.workers().map(ask))
    await Promise.race([answers, pause(deps.waitMs, late.signal)])
    late.abort()
  }

  return {
    async text() {
      const [own] = await Promise.all([deps.own(), askAll()])
      // Read in one turn of the event loop, so that a worker that ends now is in exactly one of the two.
      const [ended, living] = [retired, [...known.values()]]
      return AggregatorRegistry.aggregate([own, await ended, ...living]).metrics()
    },
    retire(id) {
      const counted = (known.get(id) ?? []).filter(({ type }) => COUNTING.has(String(type)))
      known.delete(id)
      retired = retired.then((before) => AggregatorRegistry.aggregate([before, counted]).getMetricsAsJSON())
    },
  }
}

/** Types that only grow; all others end with their process. */
const COUNTING: ReadonlySet<string> = new Set(['counter', 'histogram'])
