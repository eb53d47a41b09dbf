import { serve } from '../../shared/http/serve.ts'
import type { Logger } from '../../shared/runtime/log.ts'
import { pause } from '../../shared/runtime/loop.ts'
import { exitOnSignals, exitThrough } from '../../shared/runtime/shutdown.ts'
import { assembleGateway } from '../compose.ts'
import type { GatewayConfig } from '../config.ts'
import { answerPrimary, tellPrimary } from './answer-primary.ts'
import { workerShare } from './worker-share.ts'

/** While the origin is away, a gateway just started listens all the same, and says so. */
const READY_WAIT_MS = 5000

/**
 * Runs one of the processes that share the gateway's port, until its primary or a signal tells it to stop. It takes its
 * turn once it is ready, so that fans notice nothing of a worker that takes another's place.
 */
export async function runWorker(id: number, whole: GatewayConfig, gatewayLog: Logger): Promise<void> {
  const log = gatewayLog.child({ worker: id })
  const config = workerShare(whole)
  const ready = new AbortController()
  const gateway = await assembleGateway(config, log, {
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
