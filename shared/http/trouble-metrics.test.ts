import { expect, it } from 'vitest'
import { createMetrics } from '../runtime/metrics.ts'
import { createReadiness } from './readiness.ts'
import { measureTroubles } from './trouble-metrics.ts'

it('shows each problem by its code until it has passed', async () => {
  const metrics = createMetrics({ service: 'test', withProcess: false })
  const readiness = createReadiness()
  measureTroubles(metrics, readiness.report)
  expect(await metrics.registry.metrics()).toContain('naru_troubles{code="starting",service="test"} 1\n')
  readiness.set()
  readiness.note([{ code: 'redis-read-only', detail: 'It takes no writes', stops: false }])
  const text = await metrics.registry.metrics()
  expect(text).toContain('naru_troubles{code="redis-read-only",service="test"} 1\n')
  expect(text).not.toContain('starting')
  readiness.note([])
  expect(await metrics.registry.metrics()).not.toContain('naru_troubles{')
})
