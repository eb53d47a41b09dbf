import { readFileSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Catalogue } from '../../shared/catalogue.ts'
import type { Env } from '../../shared/env.ts'
import { makeTestKey } from '../../shared/testing/keys.ts'
import { makePrivateFolder } from '../stores/private-folder.ts'
import { becomeReady, startProcess } from '../stores/process.ts'
import { onCore } from './processes.ts'

export type GatewayProcess = {
  port: number
  pid: number
  placeSecret: string
  /** Signs sessions and passes, PKCS#8 DER in base64. */
  sessionKeyBase64: string
  passKeyBase64: string
  stop(): Promise<void>
}

export const ENTRY_REMEMBER_SECONDS = 600
const MAIN = fileURLToPath(new URL('../../gateway/main.ts', import.meta.url))
const READY_TIMEOUT_MS = 20_000

/** Starts gateway/main.ts, as it is, on one core, before an origin that knows nothing but the catalogue. */
export async function startGateway(options: {
  redisUrl: string
  rooms: readonly string[]
  core: number | undefined
  env: Env
}): Promise<GatewayProcess> {
  const { redisUrl, rooms, core, env } = options
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
      NODE_ENV: 'production',
      GATEWAY_PORT: '0',
      GATEWAY_INTERNAL_PORT: '0',
      ORIGIN_URL: `http://127.0.0.1:${(origin.address() as AddressInfo).port}`,
      REDIS_URL: redisUrl,
      PLACE_SECRET: placeSecret,
      PASS_PRIVATE_KEY: keys.pass.privateBase64,
      SERVICE_PRIVATE_KEY: keys.service.privateBase64,
      SESSION_PUBLIC_KEYS: keys.session.publicBase64,
      ENTRY_REMEMBER_SECONDS: String(ENTRY_REMEMBER_SECONDS),
    },
    logFile,
    scratch,
  })
  const isReady = async () => listeningOf(logFile) !== undefined
  await becomeReady(started, { isReady, timeoutMs: READY_TIMEOUT_MS, logFile })
  return {
    port: listeningOf(logFile)?.port ?? 0,
    pid: listeningOf(logFile)?.pid ?? started.pid,
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

/** What the gateway says once it takes requests; the process that says it is the one that serves. */
function listeningOf(logFile: string): { port: number; pid: number } | undefined {
  const line = readFileSync(logFile, 'utf8')
    .split('\n')
    .find((text) => text.includes('"msg":"gateway listens"'))
  return line === undefined ? undefined : (JSON.parse(line) as { port: number; pid: number })
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

function festivalOf(id: string): Catalogue['festivals'][number] {
  const at = new Date(0).toISOString()
  return {
    id,
    name: id,
    place: 'Seoul',
    startsAt: at,
    endsAt: at,
    currency: 'KRW',
    room: { id, order: 'arrival', lobbyAt: at, opensAt: at, closesAt: at },
    ticketTypes: [],
  }
}
