import { renameSync, rmSync, writeFileSync } from 'node:fs'
import type { NamedPlace } from '../stores/redis-name.ts'

/** How other commands find the system that scripts/up keeps running; see scripts/operate/running.ts. */
export type Running = {
  /** The process of scripts/up, which supervises the others. */
  pid: number
  gatewayUrl: string
  originUrl: string
  providerUrl: string
  redisUrl: string
  databaseUrl: string
  /** Where Redis can fail over, if it can. */
  redisPair?: NamedPlace
  originPid: number
  gatewayPid: number
  sandboxPid: number
}

/** Replaces the file atomically, so that a reader sees one state or the other. It contains the stores' credentials. */
export function writeRunning(file: string, state: Running): void {
  const draft = `${file}.new`
  writeFileSync(draft, `${JSON.stringify(state, null, 2)}\n`, { mode: 0o600 })
  renameSync(draft, file)
}

export function removeRunning(file: string): void {
  rmSync(file, { force: true })
}
