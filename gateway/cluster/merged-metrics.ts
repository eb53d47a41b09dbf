import { AggregatorRegistry } from 'prom-client'
import { pause } from '../../shared/runtime/loop.ts'
import type { MetricsJson } from './messages.ts'

/** A worker that can be asked for its metrics; one that hangs does not answer. */
export type MetricsSource = { id: number; readMetrics(): Promise<MetricsJson> }

export type MergedMetrics = {
  /** The metrics of all processes as one, in Prometheus' text format. */
  text(): Promise<string>
  /** Keeps what a worker that has ended counted. */
  retire(id: number): void
}

/**
 * The metrics of several processes as one. What is counted never falls, whoever dies or does not answer: of a silent
 * worker its last answer is taken, and what an ended one counted stays, as Prometheus takes a sum that falls for a
 * counter that began again. `AggregatorRegistry.clusterMetrics` of prom-client is not used: it fails as a whole when one
 * worker does not answer, forgets what an ended one counted, and leaves out the primary's own metrics.
 *
 * @param deps.own - those of the primary itself
 * @param deps.waitMs - how long workers are waited for
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
    // One that ended meanwhile is not known any more, and not to be counted twice.
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
      // Taken in one turn, so that a worker that ends now is in exactly one of the two.
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

/** What only ever grows; everything else ends with its process. */
const COUNTING: ReadonlySet<string> = new Set(['counter', 'histogram'])
