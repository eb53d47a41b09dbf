import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Env } from '../../../shared/runtime/env.ts'
import { makeTestKey, type TestKey } from '../../../shared/testing/keys.ts'
import { findFreePorts } from '../../develop/stores/free-ports.ts'
import { makePrivateFolder } from '../../develop/stores/private-folder.ts'
import { becomeReady, startProcess } from '../../develop/stores/process.ts'
import { onCore } from './processes.ts'

export type OriginProcess = {
  port: number
  pid: number
  /** The private keys of the tokens that it accepts. */
  keys: Record<'pass' | 'session' | 'service', TestKey>
  stop(): Promise<void>
}

const MAIN = fileURLToPath(new URL('../../../origin/main.ts', import.meta.url))
const READY_TIMEOUT_MS = 20_000
const LOOPBACK = '127.0.0.1'

/**
 * Starts origin/main.ts, unchanged, and waits until it has published its rooms.
 *
 * @param options.core - the one core it runs on
 */
export async function startOrigin(options: {
  redisUrl: string
  databaseUrl: string
  providerUrl: string
  core: number | undefined
  env: Env
}): Promise<OriginProcess> {
  const { redisUrl, databaseUrl, providerUrl, core, env } = options
  const keys = { pass: makeTestKey(), session: makeTestKey(), service: makeTestKey() }
  const [port = 0, internalPort = 0] = await findFreePorts(LOOPBACK, 2)
  const scratch = makePrivateFolder()
  const logFile = join(scratch, 'origin.log')
  const started = await startProcess({
    name: 'The origin',
    ...onCore(core, process.execPath, [MAIN]),
    env: {
      PATH: env['PATH'],
      NODE_COMPILE_CACHE: env['NODE_COMPILE_CACHE'],
      NODE_ENV: 'production',
      ORIGIN_HOST: LOOPBACK,
      ORIGIN_PORT: String(port),
      ORIGIN_INTERNAL_PORT: String(internalPort),
      GATEWAY_PUBLIC_URL: 'http://127.0.0.1',
      REDIS_URL: redisUrl,
      DATABASE_URL: databaseUrl,
      PROVIDER_URL: providerUrl,
      PROVIDER_PUBLIC_URL: providerUrl,
      SESSION_PRIVATE_KEY: keys.session.privateBase64,
      TICKET_PRIVATE_KEY: makeTestKey().privateBase64,
      PASS_PUBLIC_KEYS: keys.pass.publicBase64,
      SERVICE_PUBLIC_KEYS: keys.service.publicBase64,
    },
    logFile,
    scratch,
  })
  const isReady = async () => {
    const response = await fetch(`http://${LOOPBACK}:${internalPort}/readyz`)
    await response.arrayBuffer()
    return response.ok
  }
  await becomeReady(started, { isReady, timeoutMs: READY_TIMEOUT_MS, logFile })
  return { port, pid: started.pid, keys, stop: () => started.stop() }
}
