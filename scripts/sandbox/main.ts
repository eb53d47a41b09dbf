import { once } from 'node:events'
import { createServer } from 'node:http'
import { setTimeout as wait } from 'node:timers/promises'
import { promisify } from 'node:util'
import { getRequestListener } from '@hono/node-server'
import { createLogger } from '../../shared/log.ts'
import { createShutdown, exitOnSignals } from '../../shared/shutdown.ts'
import { createSandboxApp } from './app.ts'
import { createCharges } from './charges.ts'
import { readSandboxConfig } from './config.ts'
import { createDials } from './dials.ts'
import { openLedger } from './ledger.ts'

/** Long, so that a client that keeps a connection does not meet its end half-way through a charge. */
const KEEP_ALIVE_MS = 65_000

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
const charges = createCharges({ ledger, dials, now: Date.now, wait })
const app = createSandboxApp({ charges, dials, ledger, log, limits: config })
const server = createServer({ keepAliveTimeout: KEEP_ALIVE_MS }, getRequestListener(app.fetch))

// Requests in flight may take the latency cap to finish, and a little more for the disk.
const shutdown = createShutdown(log, config.latencyCapMs + 5000)
shutdown.step('close the listener', closeListener)
shutdown.step('close the ledger', () => ledger.close())
exitOnSignals(shutdown, log)

server.listen(config.port, config.host)
await once(server, 'listening')
const address = server.address()
log.info(
  { port: typeof address === 'object' ? address?.port : config.port, records: ledger.records.length },
  'listening',
)

/** Takes no more connections, lets the requests in flight finish, and closes each connection once it is idle. */
async function closeListener(): Promise<void> {
  const idle = setInterval(() => server.closeIdleConnections(), 50)
  try {
    await promisify(server.close.bind(server))()
  } finally {
    clearInterval(idle)
  }
}
