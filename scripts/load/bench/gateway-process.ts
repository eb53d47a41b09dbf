import { readFileSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Catalogue, Festival } from '../../../shared/catalogue.ts'
import type { Env } from '../../../shared/runtime/env.ts'
import { testFestival } from '../../../shared/testing/catalogue.ts'
import { makeTestKey } from '../../../shared/testing/keys.ts'
import type { Exit } from '../../develop/stores/guarded.ts'
import { makePrivateFolder } from '../../develop/stores/private-folder.ts'
import { becomeReady, startProcess } from '../../develop/stores/process.ts'
import { onCore } from './processes.ts'

export type GatewayProcess = {
  port: number
  internalPort: number
  pid: number
  /** The log so far, line by line. */
  logged(): LogLine[]
  ended: Promise<Exit>
  placeSecret: string
  /** Signs sessions and passes, PKCS#8 DER in base64. */
  sessionKeyBase64: string
  passKeyBase64: string
  stop(): Promise<void>
}

/** The fields of a log line that this module and tests read. */
type LogLine = { msg: string; pid: number; port?: number; internalPort?: number; worker?: number }

const MAIN = fileURLToPath(new URL('../../../gateway/main.ts', import.meta.url))
const READY_TIMEOUT_MS = 120_000

/**
 * Starts gateway/main.ts, unchanged, with an origin that serves nothing but the catalogue.
 *
 * @param options.core - the one core it runs on
 * @param options.settings - additional or overriding environment variables
 */
export async function startGateway(options: {
  redisUrl: string
  rooms: readonly string[]
  core: number | undefined
  env: Env
  settings?: Readonly<Record<string, string>>
}): Promise<GatewayProcess> {
  const { redisUrl, rooms, core, env, settings } = options
  const origin = await startOrigin(rooms)
  const scratch = makePrivateFolder()
  const logFile = join(scratch, 'gateway.log')
  const keys = { pass: makeTestKey(), session: makeTestKey(), service: makeTestKey() }
  const placeSecret = 'a secret of at least 32 characters'
  const started = await startProcess({
    name: 'The gateway',
    ...onCore(core, process.execPath, [MAIN]),
    env: {
      PATH: env['PATH'],
      NODE_COMPILE_CACHE: env['NODE_COMPILE_CACHE'],
      NODE_ENV: 'production',
      GATEWAY_PORT: '0',
      GATEWAY_INTERNAL_PORT: '0',
      GATEWAY_WORKERS: '1',
      GATEWAY_PUBLIC_URL: 'http://127.0.0.1',
      ORIGIN_URL: `http://127.0.0.1:${(origin.address() as AddressInfo).port}`,
      REDIS_URL: redisUrl,
      PLACE_SECRET: placeSecret,
      PASS_PRIVATE_KEY: keys.pass.privateBase64,
      SERVICE_PRIVATE_KEY: keys.service.privateBase64,
      SESSION_PUBLIC_KEYS: keys.session.publicBase64,
      ...settings,
    },
    logFile,
    scratch,
  })
  const listening = () => readLog(logFile).find(({ msg }) => msg === 'gateway listens')
  const isReady = async () => listening() !== undefined
  await becomeReady(started, { isReady, timeoutMs: READY_TIMEOUT_MS, logFile })
  const { port = 0, internalPort = 0, pid = started.pid } = listening() ?? {}
  return {
    port,
    internalPort,
    // The process that logs that it listens is the one that serves, or the primary of those.
    pid,
    logged: () => readLog(logFile),
    ended: started.ended,
    placeSecret,
    sessionKeyBase64: keys.session.privateBase64,
    passKeyBase64: keys.pass.privateBase64,
    async stop() {
      await started.stop()
      origin.closeAllConnections()
      await new Promise((resolve) => origin.close(resolve))
    },
  }
}

/** The complete lines; a crash writes others between them. */
function readLog(logFile: string): LogLine[] {
  return readFileSync(logFile, 'utf8')
    .split('\n')
    .filter((line) => line.startsWith('{') && line.endsWith('}'))
    .map((line) => JSON.parse(line) as LogLine)
}

async function startOrigin(rooms: readonly string[]): Promise<Server> {
  const catalogue = JSON.stringify({ festivals: rooms.map(festivalOf) } satisfies Catalogue)
  const server = createServer((request, response) => {
    const status = request.url === '/api/catalogue' ? 200 : 404
    response.writeHead(status, { 'content-type': 'application/json' }).end(status === 200 ? catalogue : '{}')
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  server.unref() // should the gateway not start, nothing waits for this
  return server
}

function festivalOf(id: string): Festival {
  const at = new Date(0).toISOString()
  const ticketTypes = ['Day', 'Evening', 'Weekend'].map((name, i) => ({
    ...{ id: i + 1, name, priceMinor: 10_000, accountLimit: 4 },
    ...{ saleFrom: at, saleTo: at, refundUntil: at },
  }))
  return testFestival(id, { at, name: id, ticketTypes })
}
