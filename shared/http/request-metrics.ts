import { createMiddleware } from 'hono/factory'
import { routePath } from 'hono/route'
import { Histogram } from 'prom-client'
import type { Metrics } from '../runtime/metrics.ts'

/** Times every request by route pattern, method and status class. */
export function requestMetrics({ registry }: Metrics) {
  const seconds = new Histogram({
    name: 'naru_http_request_seconds',
    help: 'Time to answer a request, by route',
    labelNames: ['method', 'route', 'status'] as const,
    buckets: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5],
    registers: [registry],
  })
  return createMiddleware(async (c, next) => {
    const startedAt = performance.now()
    await next()
    const route = routePath(c, -1)
    seconds.observe(
      { method: c.req.method, route, status: `${Math.floor(c.res.status / 100)}xx` },
      (performance.now() - startedAt) / 1000,
    )
  })
}
