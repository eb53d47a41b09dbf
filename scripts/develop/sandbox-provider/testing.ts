import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { onTestFinished } from 'vitest'
import { createLogger } from '../../../shared/runtime/log.ts'
import { compileCache } from '../stores/compile-cache.ts'
import { createSandboxApp } from './app.ts'
import { createCharges } from './charges.ts'
import { createDials, type DialSettings } from './dials.ts'
import { type Ledger, openLedger } from './ledger.ts'
import type { ChargeOrder } from './records.ts'
import type { Webhooks } from './webhooks.ts'

export const NO_DIALS: DialSettings = {
  declineShare: 0,
  errorShare: 0,
  loseAnswerShare: 0,
  medianMs: 0,
  p99Ms: 0,
}
export const ORDER: ChargeOrder = {
  amountMinor: 12_000,
  currency: 'KRW',
  method: 'card-ok',
  reference: 'order-1',
}
export const NOW_MS = Date.UTC(2026, 4, 1)
const log = createLogger('sandbox-test', 'silent')

/** A separate path for the running test's ledger; removed after the test. */
export async function newLedgerPath(): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'naru-sandbox-'))
  onTestFinished(() => rm(directory, { recursive: true, force: true }))
  return join(directory, 'data', 'ledger.jsonl')
}

/** Opens a ledger that the running test need not close. */
export async function openTestLedger(path: string, recordsMax = 1000): Promise<Ledger> {
  const ledger = await openLedger({
    path,
    recordsMax,
    log,
    onFailure: (error) => {
      throw error
    },
  })
  onTestFinished(() => ledger.close())
  return ledger
}

export type TestSandboxOptions = {
  path?: string
  dials?: Partial<DialSettings>
  recordsMax?: number
  inFlightMax?: number
  wait?: (ms: number) => Promise<unknown>
  now?: () => number
  actionMsMax?: number
  webhooks?: Webhooks
}

/** All of the sandbox but its process: no latency, declines or failures by default. */
export async function openTestSandbox(options: TestSandboxOptions = {}) {
  const path = options.path ?? (await newLedgerPath())
  const ledger = await openTestLedger(path, options.recordsMax)
  const dials = createDials({ seed: 1, latencyCapMs: 10_000, dials: { ...NO_DIALS, ...options.dials } })
  const wait = options.wait ?? (() => Promise.reject(new Error('this test has no latency')))
  const charges = createCharges({
    ledger,
    dials,
    now: options.now ?? (() => NOW_MS),
    wait,
    actionMsMax: options.actionMsMax,
  })
  const webhooks = options.webhooks ?? { send: async () => false }
  const limits = { inFlightMax: options.inFlightMax ?? 100, bodyBytesMax: 1024 }
  return {
    path,
    ledger,
    dials,
    charges,
    app: createSandboxApp({ charges, dials, ledger, webhooks, log, limits }),
  }
}

export type SandboxProcess = {
  url: string
  child: ChildProcess
  lines: string[]
  stop(signal: NodeJS.Signals): Promise<void>
}

/**
 * Starts `main.ts` as a process on a free port and waits until it listens.
 *
 * @param options.command - runs Node under something else, which gets Node's command line as its last arguments
 */
export async function startSandbox(
  ledgerPath: string,
  { env = {}, command = [] }: { env?: Record<string, string>; command?: readonly string[] } = {},
): Promise<SandboxProcess> {
  const [program = process.execPath, ...args] = [
    ...command,
    process.execPath,
    join(import.meta.dirname, 'main.ts'),
  ]
  const child = spawn(program, args, {
    env: {
      ...compileCache(),
      SANDBOX_PORT: '0',
      SANDBOX_LEDGER: ledgerPath,
      SANDBOX_MEDIAN_MS: '0',
      SANDBOX_P99_MS: '0',
      ...env,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  onTestFinished(() => {
    child.kill('SIGKILL')
  })
  const lines: string[] = []
  const port = await new Promise<number>((resolve, reject) => {
    child.stderr.on('data', (chunk) => lines.push(String(chunk)))
    child.once('close', (code) => reject(new Error(`the sandbox ended with ${code}: ${lines.join('\n')}`)))
    createInterface({ input: child.stdout }).on('line', (line) => {
      lines.push(line)
      const event: { msg?: unknown; port?: unknown } = JSON.parse(line)
      if (event.msg === 'listening' && typeof event.port === 'number') resolve(event.port)
    })
  })
  return {
    url: `http://127.0.0.1:${port}`,
    child,
    lines,
    async stop(signal) {
      const ended = once(child, 'exit')
      child.kill(signal)
      await ended
    },
  }
}

/** The request options of a JSON body, with an Idempotency-Key if one is given. */
export function jsonBody(method: 'POST' | 'PUT', body: unknown, key?: string): RequestInit {
  const headers = {
    'content-type': 'application/json',
    ...(key === undefined ? {} : { 'idempotency-key': key }),
  }
  return { method, headers, body: JSON.stringify(body) }
}
