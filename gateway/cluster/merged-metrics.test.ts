import { expect, it } from 'vitest'
import { createReadiness } from '../../shared/http/readiness.ts'
import { measureTroubles } from '../../shared/http/trouble-metrics.ts'
import { createMetrics, gauge, outcomeCounter } from '../../shared/runtime/metrics.ts'
import { createMergedMetrics, type MetricsSource } from './merged-metrics.ts'

/** A worker's metrics: a counter by outcome, a sum, and a gauge that is aggregated by its maximum. */
function makeWorker(id: number, level: number) {
  const metrics = createMetrics({ service: 'test', withProcess: false })
  const count = outcomeCounter(metrics, 'naru_things_total', 'Things')
  gauge(metrics, 'naru_connections', 'Connections', () => 3)
  gauge(metrics, 'naru_level', 'Level', () => level, 'max')
  const source: MetricsSource = { id, readMetrics: () => metrics.registry.getMetricsAsJSON() }
  return { source, count }
}

const silent = (id: number): MetricsSource => ({ id, readMetrics: () => new Promise(() => {}) })

function merge(workers: () => MetricsSource[]) {
  const own = createMetrics({ service: 'test', withProcess: false })
  gauge(own, 'naru_gateway_workers', 'Workers', () => workers().length)
  return createMergedMetrics({ own: () => own.registry.getMetricsAsJSON(), workers, waitMs: 20 })
}

it('adds up workers’ counters, and aggregates gauges as each declares', async () => {
  const [first, second] = [makeWorker(1, 5), makeWorker(2, 9)]
  first.count('sold', 2)
  second.count('sold', 3)
  second.count('failed')
  const text = await merge(() => [first.source, second.source]).text()
  expect(text).toContain('naru_things_total{outcome="sold",service="test"} 5')
  expect(text).toContain('naru_things_total{outcome="failed",service="test"} 1')
  expect(text).toContain('naru_connections{service="test"} 6')
  expect(text).toContain('naru_level{service="test"} 9')
  expect(text).toContain('naru_gateway_workers{service="test"} 2')
})

it('names the release that runs once, however many workers run it', async () => {
  const { registry } = createMetrics({ service: 'test', withProcess: true })
  const sourceOf = (id: number): MetricsSource => ({ id, readMetrics: () => registry.getMetricsAsJSON() })
  const text = await merge(() => [sourceOf(1), sourceOf(2)]).text()
  expect(text).toContain('naru_build_info{version="source",service="test"} 1\n')
})

it('uses the last response of a worker that does not respond', async () => {
  const [first, second] = [makeWorker(1, 5), makeWorker(2, 9)]
  first.count('sold', 2)
  second.count('sold', 3)
  let workers = [first.source, second.source]
  const merged = merge(() => workers)
  await merged.text()
  first.count('sold')
  workers = [first.source, silent(2)]
  expect(await merged.text()).toContain('naru_things_total{outcome="sold",service="test"} 6')
})

it('preserves the counters of ended workers, and nothing else of them', async () => {
  const workers = [1, 2, 3].map((id) => makeWorker(id, id))
  for (const { count } of workers) count('sold', 10)
  let living = workers.map(({ source }) => source)
  const merged = merge(() => living)
  await merged.text()
  for (const id of [3, 2]) {
    living = living.filter((worker) => worker.id !== id)
    merged.retire(id)
  }
  const text = await merged.text()
  expect(text).toContain('naru_things_total{outcome="sold",service="test"} 30')
  expect(text).toContain('naru_connections{service="test"} 3')
  expect(text).toContain('naru_level{service="test"} 1')
})

it('counts a worker that ends during its request once', async () => {
  const worker = makeWorker(1, 5)
  worker.count('sold', 7)
  let living = [worker.source]
  const merged = merge(() => living)
  await merged.text()
  const answer = Promise.withResolvers<void>()
  const slow: MetricsSource = {
    id: 1,
    async readMetrics() {
      await answer.promise
      return worker.source.readMetrics()
    },
  }
  living = [slow]
  const reading = merged.text()
  living = []
  merged.retire(1)
  answer.resolve()
  expect(await reading).toContain('naru_things_total{outcome="sold",service="test"} 7')
  expect(await merged.text()).toContain('naru_things_total{outcome="sold",service="test"} 7')
})

it('shows a problem of several workers once', async () => {
  const sourceOf = (id: number) => {
    const metrics = createMetrics({ service: 'test', withProcess: false })
    measureTroubles(metrics, createReadiness().report)
    return { id, readMetrics: () => metrics.registry.getMetricsAsJSON() }
  }
  const workers = [sourceOf(1), sourceOf(2)]
  const text = await createMergedMetrics({ own: async () => [], workers: () => workers, waitMs: 1000 }).text()
  expect(text).toContain('naru_troubles{code="starting",service="test"} 1\n')
})
