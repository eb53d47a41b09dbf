import type { Trouble } from '../../shared/http/readiness.ts'
import { type ServeOptions, type Service, serve } from '../../shared/http/serve.ts'
import type { Logger } from '../../shared/runtime/log.ts'
import { pause } from '../../shared/runtime/loop.ts'
import { exitOnSignals, exitThrough } from '../../shared/runtime/shutdown.ts'
import { answerPrimary, tellPrimary } from './answer-primary.ts'

/** Who wants to know how a process of the gateway is. */
export type GatewayListener = {
  /** Told when it should be sent requests for the first time. */
  onReady: () => void
  /** Told when something else is wrong than before. */
  onTroubles: (troubles: readonly Trouble[]) => void
}

export type WorkerOptions<C extends ServeOptions['config']> = {
  id: number
  config: C
  log: Logger
  assemble: (config: C, log: Logger, listener: GatewayListener) => Promise<Service>
}

/** While the origin is unavailable, a gateway just started listens all the same, and says so. */
const READY_WAIT_MS = 5000

/**
 * Runs one of the processes that share the gateway's port, until its primary or a signal tells it to stop. It takes its
 * turn once it is ready, so that fans notice nothing of a worker that takes another's place.
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
      tellPrimary({ type: 'ready' })
      ready.abort()
    },
    onTroubles: (troubles) => tellPrimary({ type: 'troubles', troubles }),
  })
  // Until it listens it has nothing to finish.
  let stop = (): void => process.exit(0)
  answerPrimary({ registry: gateway.metrics.registry, stop: () => stop() })
  await pause(READY_WAIT_MS, ready.signal)
  const { port, shutdown } = await serve({ config, log, ...gateway })
  stop = () => exitThrough(shutdown)
  exitOnSignals(shutdown, log)
  log.info({ port }, 'worker listens')
}
