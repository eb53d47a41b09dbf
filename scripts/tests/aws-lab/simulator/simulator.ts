import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { z } from 'zod'
import { runCommand } from '../../../develop/stores/command.ts'
import { becomeReady, type RunningProcess, startProcess } from '../../../develop/stores/process.ts'

export type SimulatorOptions = {
  env: NodeJS.ProcessEnv
  python: string
  aws: string
  folder: string
  address: string
  region: string
}

export type Simulator = {
  endpoint: string
  process: RunningProcess
  /** Asks the simulated AWS by its CLI; returns the JSON of the answer. */
  ask(...args: string[]): Promise<unknown>
  /** The AUTH token that ElastiCache was given last. */
  redisToken(): Promise<string | undefined>
  /** What the simulator was asked for and does not implement. */
  missing(): Promise<string[]>
}

const PORT = 8500
const READY_MS = 60_000
const ANSWER_MS = 60_000
const SERVER = fileURLToPath(new URL('moto_server.py', import.meta.url))
const EventSchema = z.object({ group: z.string(), token: z.string() })

/** Starts moto's server, which knows everything that terraform and the hosts ask of AWS, and forgets it when it ends. */
export async function startSimulator(options: SimulatorOptions, signal: AbortSignal): Promise<Simulator> {
  const { env, python, aws, folder, address, region } = options
  const endpoint = `http://${address}:${PORT}`
  const events = join(folder, 'events.jsonl')
  const logFile = join(folder, 'moto.log')
  await writeFile(events, '', { mode: 0o600 })
  const args = [SERVER, '0.0.0.0', String(PORT), events]
  const credentials = { AWS_ACCESS_KEY_ID: 'simulated', AWS_SECRET_ACCESS_KEY: 'simulated' }
  const own = { ...env, ...credentials, AWS_DEFAULT_REGION: region, AWS_ENDPOINT_URL: endpoint }
  const process = await startProcess({ name: 'moto', command: python, args, env: own, logFile, signal })
  const isReady = async (): Promise<boolean> => (await fetch(`${endpoint}/moto-api/`)).ok
  await becomeReady(process, { isReady, timeoutMs: READY_MS, logFile, signal })
  return {
    endpoint,
    process,
    async ask(...words) {
      const name = `aws ${words.slice(0, 2).join(' ')}`
      const command = { command: aws, args: [...words, '--output', 'json'] }
      const output = await runCommand({ name, ...command, env: own, timeoutMs: ANSWER_MS })
      return output.trim() === '' ? undefined : JSON.parse(output)
    },
    async redisToken() {
      const lines = (await readFile(events, 'utf8')).trim().split('\n')
      const last = lines.at(-1) ?? ''
      return last === '' ? undefined : EventSchema.parse(JSON.parse(last)).token
    },
    async missing() {
      const lines = (await readFile(logFile, 'utf8')).split('\n')
      return [...new Set(lines.filter((line) => /NotImplementedError: |is not yet implemented/.test(line)))]
    },
  }
}
