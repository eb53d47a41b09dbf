import { setTimeout as wait } from 'node:timers/promises'
import { listen } from '../../../shared/http/listen.ts'
import { createLogger } from '../../../shared/runtime/log.ts'
import { createShutdown, exitOnSignals } from '../../../shared/runtime/shutdown.ts'
import { createSandboxApp } from './app.ts'
import { createCharges } from './charges.ts'
import { readSandboxConfig } from './config.ts'
import { createDials } from './dials.ts'
import { openLedger } from './ledger.ts'
import { createWebhooks } from './webhooks.ts'

const CONNECTIONS_MAX = 10_000

const config = readSandboxConfig(process.env)
const log = createLogger('sandbox', config.logLevel)

const ledger = await openLedger({
  path: config.ledgerPath,
  recordsMax: config.recordsMax,
  log,
  onFailure: (error) => {
    log.fatal({ err: error }, 'the ledger cannot be written')
    process.exit(1)
  },
})
const dials = createDials({
  seed: config.seed,
  latencyCapMs: config.latencyCapMs,
  dials: {
    declineShare: 0,
    errorShare: 0,
    loseAnswerShare: 0,
    medianMs: config.medianMs,
    p99Ms: config.p99Ms,
  },
})
const charges = createCharges({ ledger, dials, now: Date.now, wait, actionMsMax: config.actionMsMax })
const webhooks = createWebhooks({ target: config.webhook, now: Date.now, wait, log })
const app = createSandboxApp({ charges, dials, ledger, webhooks, log, limits: config })
const server = await listen(app, {
  hostname: config.host,
  port: config.port,
  connectionsMax: CONNECTIONS_MAX,
})
log.info({ port: server.port, records: ledger.records.length }, 'listening')

// Requests in flight may take the latency cap to finish, and a little more for the disk.
const shutdown = createShutdown(log, config.latencyCapMs + 5000)
shutdown.step('close the listener', server.close)
shutdown.step('close the ledger', () => ledger.close())
exitOnSignals(shutdown, log)
