import type { Env } from '../../../shared/runtime/env.ts'
import { Failure, failureLines } from '../stores/failure.ts'
import { lastLines } from '../stores/logs.ts'
import { describeExit, type RunningProcess } from '../stores/process.ts'
import { chooseAddresses } from './addresses.ts'
import { claimData } from './claim.ts'
import { migrate, seedDemo } from './demo.ts'
import { serviceEnvironments } from './environment.ts'
import { type Folders, logOf } from './folders.ts'
import { loadDevelopmentKeys } from './keys.ts'
import { startRotation } from './rotation.ts'
import { removeRunning, writeRunning } from './running.ts'
import { startServices } from './services.ts'
import type { Steps } from './steps.ts'
import { startStores } from './stores.ts'
import { summaryLines } from './summary.ts'

/** A process that runs until it is stopped. */
export type Part = { name: string; stop(): Promise<void>; kill(): void }

export type UpOptions = {
  env: Env
  folders: Folders
  /** Start over, without the data of earlier runs. */
  fresh: boolean
  /** Builds the services' programs into a folder. */
  build: (folder: string) => Promise<void>
  /** Start a Redis that can fail over. */
  redisPair?: boolean
  steps: Steps
  /** Aborted when the user wants to stop. */
  asked: AbortSignal
  /** Holds what runs, in the order it was started. */
  parts: Part[]
}

const LOG_BYTES_MAX = 50 * 1024 * 1024
const LOG_CHECK_MS = 2000

/**
 * Brings everything up, keeps it up until it is asked to stop or cannot go on, and takes it down again in the
 * opposite order.
 *
 * @returns the exit status: 0 when it was up and asked to stop, 130 when asked before that, 1 on a failure
 */
export async function up(options: UpOptions): Promise<number> {
  const { folders, fresh, steps, asked, parts } = options
  let release: () => void
  try {
    release = await claimData(folders, fresh, asked)
  } catch (error) {
    return report(error, options)
  }
  const broken = new AbortController()
  const ending = AbortSignal.any([asked, broken.signal])
  const rotation = startRotation(folders.logs, { bytesMax: LOG_BYTES_MAX, everyMs: LOG_CHECK_MS })
  try {
    await start(options, ending, (failure) => broken.abort(failure))
    await aborted(ending)
    if (!asked.aborted) throw broken.signal.reason
    return 0
  } catch (error) {
    return report(error, options)
  } finally {
    if (asked.aborted) steps.print('')
    removeRunning(folders.running)
    for (const part of parts.toReversed()) await steps.run(`${part.name} stopped`, () => part.stop())
    rotation.stop()
    release()
  }
}

/** Says why it cannot be up, unless that is what the user wants. */
function report(error: unknown, { asked, steps }: UpOptions): number {
  if (asked.aborted) return 130
  steps.print(`\n${failureLines(error).join('\n')}\n`)
  return 1
}

async function start(
  options: UpOptions,
  signal: AbortSignal,
  fail: (failure: Failure) => void,
): Promise<void> {
  const { env, folders, steps, parts, redisPair = false } = options
  const stores = await startStores({
    env,
    redisPair,
    folders,
    steps,
    signal,
    onStarted: (store) => {
      parts.push(store)
      failOnEnd(store, folders, signal, fail)
    },
  })
  const { keys } = await steps.run('Development keys', async (say) => {
    const loaded = loadDevelopmentKeys(folders.keys)
    say(loaded.made ? 'Development keys, made' : 'Development keys')
    return loaded
  })
  await steps.run('Programs built', () => options.build(folders.programs))
  const task = { root: folders.root, env, databaseUrl: stores.databaseUrl, signal }
  await steps.run('Database schema', () => migrate(task))
  const demo = await steps.run('Demo festival', () => seedDemo(task))
  const addresses = await chooseAddresses(env)
  if (addresses.note !== undefined) steps.print(`  ! ${addresses.note}`)
  const { ledger, images, mail: mailFolder } = folders
  const environments = serviceEnvironments({ env, keys, addresses, ledger, images, mailFolder, ...stores })
  const { PROVIDER_URL: providerUrl = addresses.urls.sandbox } = environments.origin
  let isUp = false
  const services = await startServices({
    folders,
    addresses,
    environments,
    steps,
    signal,
    onStarted: (service) => parts.push(service),
    onRestart: () => {
      if (isUp) announce()
    },
    onFailure: fail,
  })
  function announce(): void {
    const { origin, gateway, sandbox } = services
    writeRunning(folders.running, {
      pid: process.pid,
      gatewayUrl: addresses.urls.gateway,
      originUrl: addresses.urls.origin,
      providerUrl,
      ...stores,
      originPid: origin.pid(),
      gatewayPid: gateway.pid(),
      sandboxPid: sandbox.pid(),
    })
  }
  announce()
  isUp = true
  for (const line of summaryLines(addresses.urls.gateway, demo, pagesOf(environments.origin)))
    steps.print(line)
}

/** The pages of development that this origin has: e-mails, and the sandbox's dashboard where it charges. */
function pagesOf(origin: NodeJS.ProcessEnv): { hasMailPage: boolean; bankUrl: string | undefined } {
  const { EMAIL_FOLDER, PAYMENT_PROVIDER = 'sandbox', PROVIDER_PUBLIC_URL } = origin
  const isSandbox = PAYMENT_PROVIDER === 'sandbox' && PROVIDER_PUBLIC_URL !== undefined
  return {
    hasMailPage: EMAIL_FOLDER !== undefined,
    bankUrl: isSandbox ? new URL('/dashboard', PROVIDER_PUBLIC_URL).href : undefined,
  }
}

/** One of our own stores that ends unexpectedly stops everything: nothing works without it. */
function failOnEnd(
  store: RunningProcess,
  folders: Folders,
  signal: AbortSignal,
  fail: (failure: Failure) => void,
): void {
  void store.ended.then((exit) => {
    if (signal.aborted) return
    const details = lastLines(logOf(folders, store.name === 'Redis' ? 'redis' : 'database'))
    fail(new Failure(`${store.name} ended ${describeExit(exit)} without being asked`, { details }))
  })
}

async function aborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return
  await new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }))
}
