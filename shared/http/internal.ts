import { Hono } from 'hono'
import type { Metrics } from '../metrics.ts'

/** Whether the process should be sent requests: from the first `set` on, until `stop`. */
export type Readiness = { ready: () => boolean; set: () => void; stop: () => void }

export function createReadiness(): Readiness {
  let state: 'starting' | 'ready' | 'stopping' = 'starting'
  return {
    ready: () => state === 'ready',
    set() {
      if (state === 'starting') state = 'ready'
    },
    stop() {
      state = 'stopping'
    },
  }
}

/**
 * The app of the internal port, which only operators reach: `/healthz` (the process runs), `/readyz`
 * (it should be sent requests) and `/metrics` in Prometheus' text format.
 */
export function createInternalApp(deps: { metrics: Metrics; readiness: Readiness }): Hono {
  const app = new Hono()
  app.get('/healthz', (c) => c.text('ok'))
  app.get('/readyz', (c) => (deps.readiness.ready() ? c.text('ready') : c.text('not ready', 503)))
  app.get('/metrics', async (c) => {
    c.header('content-type', deps.metrics.registry.contentType)
    return c.body(await deps.metrics.registry.metrics())
  })
  return app
}
