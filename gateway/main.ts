import cluster from 'node:cluster'
import { serveUntilStopped } from '../shared/http/serve.ts'
import { configureOrExit } from '../shared/runtime/env.ts'
import { createLogger } from '../shared/runtime/log.ts'
import { readSystemd } from '../shared/runtime/systemd.ts'
import { runPrimary } from './cluster/primary.ts'
import { runWorker } from './cluster/worker.ts'
import { workerShare } from './cluster/worker-share.ts'
import { readGatewayConfig } from './config.ts'

const config = configureOrExit(readGatewayConfig, {
  env: process.env,
  guide: 'gateway/CONFIGURATION.md',
})
const log = createLogger('gateway', config.logLevel)

if (config.workers > 1 && cluster.worker === undefined) {
  await runPrimary(config, log, readSystemd(process.env, process.pid))
} else {
  // The primary process answers no requests, and needs no memory for it.
  const { assembleGateway } = await import('./compose.ts')
  if (cluster.worker === undefined) {
    await serveUntilStopped({
      service: 'gateway',
      systemd: readSystemd(process.env, process.pid),
      config,
      log,
      ...(await assembleGateway(workerShare(config), log)),
    })
  } else {
    await runWorker({
      id: cluster.worker.id,
      config: workerShare(config),
      systemd: readSystemd(process.env, process.ppid),
      log,
      assemble: assembleGateway,
    })
  }
}
