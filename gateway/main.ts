import cluster from 'node:cluster'
import { serveUntilStopped } from '../shared/http/serve.ts'
import { createLogger } from '../shared/runtime/log.ts'
import { runPrimary } from './cluster/primary.ts'
import { runWorker } from './cluster/worker.ts'
import { assembleGateway } from './compose.ts'
import { readGatewayConfig } from './config.ts'

const config = readGatewayConfig(process.env)
const log = createLogger('gateway', config.logLevel)

if (config.workers === 1) {
  await serveUntilStopped({ service: 'gateway', config, log, ...(await assembleGateway(config, log)) })
} else if (cluster.worker === undefined) {
  await runPrimary(config, log)
} else {
  await runWorker(cluster.worker.id, config, log)
}
