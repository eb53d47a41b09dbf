import { hostname } from 'node:os'
import { serveUntilStopped } from '../shared/http/serve.ts'
import { configureOrExit } from '../shared/runtime/env.ts'
import { createLogger } from '../shared/runtime/log.ts'
import { readSystemd } from '../shared/runtime/systemd.ts'
import { composeOrigin } from './compose.ts'
import { readOriginConfig } from './config.ts'

const config = configureOrExit((env) => readOriginConfig(env, hostname()), {
  env: process.env,
  guide: 'origin/CONFIGURATION.md',
})
const log = createLogger('origin', config.logLevel)

await serveUntilStopped({
  service: 'origin',
  systemd: readSystemd(process.env, process.pid),
  config,
  log,
  ...(await composeOrigin(config, log)),
})
