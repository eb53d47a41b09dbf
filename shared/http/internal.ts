import { Hono } from 'hono'
import { Registry } from 'prom-client'
import { type Listening, listen } from './listen.ts'

/** Whether the process should be sent requests: from the first `set` on, until `stop`. */
export type Readiness = { ready: () => boolean; set: () => void; stop: () => void }

/** @param onReady - told when it is set for the first time */
export function createReadiness(onReady: () => void = () => {}): Readiness {
  let state: 'starting' | 'ready' | 'stopping' = 'starting'
  return {
    ready: () => state === 'ready',
    set() {
      if (state !== 'starting') return
      state = 'ready'
      onReady()
    },
    stop() {
      state = 'stopping'
    },
  }
}

export type InternalDeps = {
  readiness: Pick<Readiness, 'ready'>
  /** All metrics in Prometheus' text format. */
  metrics: () => Promise<string>
}

/**
 * The app of the internal port, which only operators reach: `/healthz` (the process runs), `/readyz`
 * (it should be sent requests) and `/metrics`.
 */
export function createInternalApp(deps: InternalDeps): Hono {
  const app = new Hono()
  app.get('/healthz', (c) => c.text('ok'))
  app.get('/readyz', (c) => (deps.readiness.ready() ? c.text('ready') : c.text('not ready', 503)))
  const collect = shareRuns(deps.metrics)
  app.get('/metrics', async (c) => {
    c.header('content-type', Registry.PROMETHEUS_CONTENT_TYPE)
    return c.body(await collect())
  })
  return app
}

/** Callers who come while a run is under way share it: two collections at once would take each other's answers. */
function shareRuns<T>(run: () => Promise<T>): () => Promise<T> {
  let running: Promise<T> | undefined
  return () => {
    running ??= run().finally(() => {
      running = undefined
    })
    return running
  }
}

const CONNECTIONS_MAX = 100

/** @param internalHost - not the public one: what is here is not for fans */
export function listenInternal(
  deps: InternalDeps,
  { internalHost, internalPort }: { internalHost: string; internalPort: number },
): Promise<Listening> {
  return listen(createInternalApp(deps), {
    hostname: internalHost,
    port: internalPort,
    connectionsMax: CONNECTIONS_MAX,
  })
}
