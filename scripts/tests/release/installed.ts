import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Addresses } from '../../develop/start/addresses.ts'
import { serviceEnvironments } from '../../develop/start/environment.ts'
import { loadDevelopmentKeys } from '../../develop/start/keys.ts'
import { findFreePorts } from '../../develop/stores/free-ports.ts'
import { becomeReady, startProcess } from '../../develop/stores/process.ts'
import { holdSocket, type Instance, type SocketHolder } from './socket-holder.ts'

type Service = 'gateway' | 'origin'

/** The hosts of an installation in one: its sockets, its configuration, and a payment provider. */
export type Installation = {
  gatewayUrl: string
  providerUrl: string
  /** The internal port of a service. */
  internalUrl: (service: Service) => string
  /** Starts a service of an unpacked release as its unit does. */
  start: (service: Service, release: string) => Promise<Instance>
  close: () => Promise<void>
}

const ROOT = fileURLToPath(new URL('../../..', import.meta.url))
const HOST = '127.0.0.1'
const SECRET = /_PRIVATE_KEY$|_SECRET$|^(?:REDIS|DATABASE)_URL$/
const SANDBOX_MS_MAX = 60_000

/** @param folder - empty */
export async function install(
  folder: string,
  stores: { redisUrl: string; databaseUrl: string },
): Promise<Installation> {
  const folderOf = (name: string) => {
    const made = join(folder, name)
    mkdirSync(made, { recursive: true })
    return made
  }
  const sockets = {
    gateway: await holdSocket(folderOf('gateway')),
    origin: await holdSocket(folderOf('origin')),
  }
  const addresses = await addressesOf(sockets)
  const environments = serviceEnvironments({
    env: { GATEWAY_WORKERS: '2', LOG_LEVEL: 'info' },
    keys: loadDevelopmentKeys(join(folder, 'keys.env')).keys,
    addresses,
    ledger: join(folder, 'ledger.jsonl'),
    images: folderOf('images'),
    mailFolder: folderOf('mail'),
    ...stores,
  })
  const sandbox = await startSandbox(join(folder, 'sandbox.log'), addresses, environments.sandbox)
  let started = 0
  return {
    gatewayUrl: addresses.urls.gateway,
    providerUrl: addresses.urls.sandbox,
    internalUrl: (service) => new URL('/', addresses.readyUrls[service]).href,
    async start(service, release) {
      started += 1
      const { env, credentials } = apart(environments[service], folderOf(`credentials-${service}`))
      const name = `${service}-${started}`
      return await sockets[service].start({
        name,
        command: [join(release, 'bin/node'), join(release, service, 'main.mjs')],
        env: { ...env, ...(service === 'origin' ? { ORIGIN_NAME: name } : {}) },
        credentials,
      })
    },
    async close() {
      await sockets.gateway.close()
      await sockets.origin.close()
      await sandbox.stop()
    },
  }
}

/** The public ports are the sockets'; services that ignored them would take their usual ports. */
async function addressesOf(sockets: Record<Service, SocketHolder>): Promise<Addresses> {
  const [gatewayPort = 0, originPort = 0, sandboxPort = 0] = await findFreePorts(HOST, 3)
  const at = (port: number) => `http://${HOST}:${port}`
  return {
    urls: { gateway: at(sockets.gateway.port), origin: at(sockets.origin.port), sandbox: at(sandboxPort) },
    readyUrls: {
      gateway: `${at(gatewayPort)}/readyz`,
      origin: `${at(originPort)}/readyz`,
      sandbox: `${at(sandboxPort)}/healthz`,
    },
    variables: {
      GATEWAY_INTERNAL_PORT: String(gatewayPort),
      ORIGIN_INTERNAL_PORT: String(originPort),
      SANDBOX_PORT: String(sandboxPort),
    },
    note: undefined,
  }
}

/** Secrets go into the credentials directory, as `LoadCredential=naru:` makes it. */
function apart(environment: NodeJS.ProcessEnv, folder: string) {
  const env: Record<string, string> = {}
  for (const [name, value = ''] of Object.entries(environment)) {
    if (SECRET.test(name)) writeFileSync(join(folder, `naru_${name}`), `${value}\n`, { mode: 0o600 })
    else if (value !== '') env[name] = value
  }
  return { env, credentials: folder }
}

async function startSandbox(logFile: string, { readyUrls }: Addresses, env: NodeJS.ProcessEnv) {
  const sandbox = await startProcess({
    name: 'Sandbox payment provider',
    command: process.execPath,
    args: [join(ROOT, 'scripts/develop/sandbox-provider/main.ts')],
    env,
    cwd: ROOT,
    logFile,
  })
  await becomeReady(sandbox, {
    isReady: async () => (await fetch(readyUrls.sandbox)).ok,
    timeoutMs: SANDBOX_MS_MAX,
    logFile,
  })
  return sandbox
}
