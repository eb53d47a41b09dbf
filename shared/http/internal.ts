import { Hono } from 'hono'
import { Registry } from 'prom-client'
import type { Systemd } from '../runtime/systemd.ts'
import { VERSION } from '../runtime/version.ts'
import { type Listening, listen } from './listen.ts'
import type { Readiness } from './readiness.ts'

export type InternalDeps = {
  service: string
  readiness: Pick<Readiness, 'report'>
  /** All metrics in Prometheus' text format. */
  metrics: () => Promise<string>
}

/**
 * The app of the internal port, which only operators reach: `/healthz` (the process runs), `/readyz` (whether to send
 * it requests, and its problems, for people and programs) and `/metrics`. Each names the release that answers: while
 * one replaces another, both may listen.
 */
export function createInternalApp(deps: InternalDeps): Hono {
  const app = new Hono()
  app.get('/healthz', (c) => c.json({ status: 'ok', service: deps.service, version: VERSION }))
  app.get('/readyz', (c) => {
    const { ready, troubles } = deps.readiness.report()
    const listed = troubles.map(({ code, detail }) => ({ code, detail }))
    const status = ready ? 'ready' : 'not-ready'
    return c.json({ status, version: VERSION, troubles: listed }, ready ? 200 : 503)
  })
  const collect = shareRuns(deps.metrics)
  app.get('/metrics', async (c) => {
    c.header('content-type', Registry.PROMETHEUS_CONTENT_TYPE)
    return c.body(await collect())
  })
  return app
}

/** Concurrent callers share one run: two overlapping collections would consume each other's responses. */
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

/**
 * Where two releases share the public socket, they share the internal port as well. Elsewhere a second process on it is
 * an error.
 *
 * @param internalHost - not the public one: these routes are not for fans
 */
export function listenInternal(
  deps: InternalDeps,
  { internalHost, internalPort, systemd }: { internalHost: string; internalPort: number; systemd: Systemd },
): Promise<Listening> {
  return listen(createInternalApp(deps), {
    hostname: internalHost,
    port: internalPort,
    reusePort: systemd.socket !== undefined,
    connectionsMax: CONNECTIONS_MAX,
  })
}
