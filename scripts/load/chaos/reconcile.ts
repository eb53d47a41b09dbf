import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import type { Env } from '../../../shared/runtime/env.ts'

/** The result of an operator's reconciliation. */
export type Reconciled = {
  /** `open`: some findings need a person. */
  status: 'nothing left open' | 'open' | 'failed'
  /** How many findings of each kind, as `found: done`. */
  findings: Record<string, number>
  /** The other output, when it failed. */
  failure?: string
}

const COMMAND = fileURLToPath(new URL('../../operate/reconcile/main.ts', import.meta.url))
const TIMEOUT_MS = 60_000
const OUTPUT_BYTES_MAX = 16 * 1024 * 1024
const LEFT_OPEN = 1

/** Runs `npm run reconcile` as an operator would after such a run. */
export async function reconcile(options: {
  env: Env
  urls: { databaseUrl: string; redisUrl: string; providerUrl: string }
  signal: AbortSignal
}): Promise<Reconciled> {
  const { databaseUrl, redisUrl, providerUrl } = options.urls
  const env = {
    PATH: options.env['PATH'],
    NODE_COMPILE_CACHE: options.env['NODE_COMPILE_CACHE'],
    DATABASE_URL: databaseUrl,
    REDIS_URL: redisUrl,
    PROVIDER_URL: providerUrl,
  }
  const { code, stdout, stderr } = await run(['--rest-seconds', '0', '--json'], env, options.signal)
  const findings = countFindings(stdout)
  if (code === 0) return { status: 'nothing left open', findings }
  if (code === LEFT_OPEN) return { status: 'open', findings }
  return { status: 'failed', findings, failure: stderr.slice(0, FAILURE_CHARACTERS_MAX) }
}

function run(args: readonly string[], env: NodeJS.ProcessEnv, signal: AbortSignal) {
  const options = { env, signal, timeout: TIMEOUT_MS, maxBuffer: OUTPUT_BYTES_MAX }
  return new Promise<{ code: number | undefined; stdout: string; stderr: string }>((resolve) => {
    execFile(process.execPath, [COMMAND, ...args], options, (error, stdout, stderr) => {
      const code = error === null ? 0 : typeof error.code === 'number' ? error.code : undefined
      resolve({ code, stdout, stderr: stderr === '' ? String(error ?? '') : stderr })
    })
  })
}

function countFindings(lines: string): Record<string, number> {
  const counts: Record<string, number> = {}
  for (const line of lines.split('\n').filter((text) => text.startsWith('{'))) {
    const { found, done } = JSON.parse(line) as { found: string; done: string }
    counts[`${found}: ${done}`] = (counts[`${found}: ${done}`] ?? 0) + 1
  }
  return counts
}

const FAILURE_CHARACTERS_MAX = 500
