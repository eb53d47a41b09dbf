import type { Trouble } from '../../shared/http/readiness.ts'
import { type ServeOptions, type Service, serve } from '../../shared/http/serve.ts'
import type { Logger } from '../../shared/runtime/log.ts'
import { pause } from '../../shared/runtime/loop.ts'
import { exitOnSignals, exitThrough } from '../../shared/runtime/shutdown.ts'
import type { Systemd } from '../../shared/runtime/systemd.ts'
import { answerPrimary, sendToPrimary } from './answer-primary.ts'

/** Receives the state of a gateway process. */
export type GatewayListener = {
  /** Called when the process can take requests for the first time. */
  onReady: () => void
  /** Called when its problems have changed. */
  onTroubles: (troubles: readonly Trouble[]) => void
}

export type WorkerOptions<C extends ServeOptions['config']> = {
  id: number
  config: C
  /** What systemd gave to the primary. */
  systemd: Systemd
  log: Logger
  assemble: (config: C, log: Logger, listener: GatewayListener) => Promise<Service>
}

/** While the origin is unavailable, a newly started gateway listens anyway and reports that. */
const READY_WAIT_MS = 5000

/**
 * Runs one of the processes that share the gateway's port, until its primary or a signal stops it. It listens once it
 * is ready, so that fans do not notice when a worker is replaced.
 */
export async function runWorker<C extends ServeOptions['config']>({
  id,
  config,
  assemble,
  ...options
}: WorkerOptions<C>): Promise<void> {
  const log = options.log.child({ worker: id })
  const ready = new AbortController()
  const gateway = await assemble(config, log, {
    onReady() {
      sendToPrimary({ type: 'ready' })
      ready.abort()
    },
    onTroubles: (troubles) => sendToPrimary({ type: 'troubles', troubles }),
  })
  // Until it listens there is nothing to finish.
  let stop = (): void => process.exit(0)
  answerPrimary({ registry: gateway.metrics.registry, stop: () => stop() })
  await pause(READY_WAIT_MS, ready.signal)
  const { port, shutdown } = await serve({ config, systemd: options.systemd, log, ...gateway })
  stop = () => exitThrough(shutdown)
  exitOnSignals(shutdown, log)
  log.info({ port }, 'worker listens')
}
