import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { createDatabase, type Database } from '../../../drizzle/database.ts'
import { makeTestDatabase } from '../../../drizzle/testing/database.ts'
import { chooseAddresses } from '../../develop/start/addresses.ts'
import { serviceEnvironments } from '../../develop/start/environment.ts'
import { foldersOf } from '../../develop/start/folders.ts'
import { loadDevelopmentKeys } from '../../develop/start/keys.ts'
import type { Service } from '../../develop/start/service.ts'
import { startServices } from '../../develop/start/services.ts'
import { createSteps } from '../../develop/start/steps.ts'
import { compileCache } from '../../develop/stores/compile-cache.ts'
import { Failure } from '../../develop/stores/failure.ts'
import { findFreePorts } from '../../develop/stores/free-ports.ts'
import { startLoneGateway } from './lone-gateway.ts'

/** The complete Naru as scripts/up runs it, processes and supervision included, on the stores of the test run. */
export type TestSystem = {
  gatewayUrl: string
  originUrl: string
  providerUrl: string
  originMetricsUrl: string
  redisUrl: string
  db: Database
  /** Signs sessions, PKCS#8 DER in base64. */
  sessionKeyBase64: string
  /** The process ID of the current origin. */
  originPid: () => number
  /** How often a service that died was restarted. */
  restarts: () => number
  /** Starts one more gateway, whose origin is unavailable; its URL. It ends with the system. */
  startLoneGateway: () => Promise<string>
  stop: () => Promise<void>
}

/** Stores, and the folder with the services' programs. */
type Ground = { redisUrl: string; databaseUrl: string; programs: string }

/** @param settings - additional or overriding environment variables */
export async function startTestSystem(
  ground: Ground,
  settings: Readonly<Record<string, string>> = {},
): Promise<TestSystem> {
  try {
    return await startOnce(ground, settings)
  } catch (error) {
    if (!(error instanceof Failure)) throw error
    // Another system that is starting may take a port that was free.
    return await startOnce(ground, settings)
  }
}

async function startOnce(ground: Ground, settings: Readonly<Record<string, string>>): Promise<TestSystem> {
  const database = await makeTestDatabase(ground.databaseUrl)
  const data = mkdtempSync(join(tmpdir(), 'naru-e2e-'))
  const { programs, redisUrl } = ground
  const root = fileURLToPath(new URL('../../..', import.meta.url))
  const folders = { ...foldersOf(data), root, programs }
  mkdirSync(folders.logs, { recursive: true })
  const { PATH } = process.env
  const [publicPort = 0] = await findFreePorts('127.0.0.1', 1)
  // One worker, so that consecutive requests see the same state; two would learn of a new room at different times.
  const env = {
    PATH,
    ...compileCache(),
    GATEWAY_PORT: String(publicPort),
    GATEWAY_WORKERS: '1',
    // A page of a pending payment must not change while all pages are captured.
    PAYMENT_EXPIRE_SECONDS: '86400',
    ...settings,
  }
  const addresses = await chooseAddresses(env)
  const { keys } = loadDevelopmentKeys(folders.keys)
  const started: Pick<Service, 'stop'>[] = []
  let restarts = 0
  const environments = serviceEnvironments({
    env,
    keys,
    addresses,
    ledger: folders.ledger,
    mailFolder: folders.mail,
    images: folders.images,
    redisUrl,
    databaseUrl: database.url,
  })
  const stopAll = async () => {
    for (const service of started.toReversed()) await service.stop()
    await database.drop()
    rmSync(data, { recursive: true })
  }
  const services = await startServices({
    folders,
    addresses,
    environments,
    steps: createSteps({ write: () => {} }, false),
    signal: new AbortController().signal,
    onStarted: (service) => started.push(service),
    onRestart: () => {
      restarts += 1
    },
    onFailure: (failure) => {
      throw failure
    },
  }).catch(async (error: unknown) => {
    await stopAll()
    throw error
  })
  const { db, close } = createDatabase({ url: database.url, connectionsMax: 4, queueMax: 100 })
  return {
    gatewayUrl: addresses.urls.gateway,
    originUrl: addresses.urls.origin,
    providerUrl: addresses.urls.sandbox,
    originMetricsUrl: new URL('/metrics', addresses.readyUrls.origin).href,
    db,
    sessionKeyBase64: keys.SESSION_PRIVATE_KEY,
    originPid: services.origin.pid,
    restarts: () => restarts,
    redisUrl,
    async startLoneGateway() {
      const gateway = await startLoneGateway(folders, environments.gateway)
      started.push(gateway)
      return gateway.url
    },
    async stop() {
      await close()
      await stopAll()
    },
  }
}
