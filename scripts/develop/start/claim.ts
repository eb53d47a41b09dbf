import { mkdirSync, rmSync } from 'node:fs'
import { Failure } from '../stores/failure.ts'
import { lingeringHolder, lockHolder, writeLock } from '../stores/lock.ts'
import type { Folders } from './folders.ts'
import { removeRunning } from './running.ts'

/** The maximum time until processes of a killed scripts/up are gone. */
const LINGERING_MS = 6000

/**
 * Locks .data for this process, and empties it when we start over.
 *
 * @returns the function that releases it
 */
export async function claimData(folders: Folders, fresh: boolean, signal: AbortSignal): Promise<() => void> {
  const { data, lock, logs, running } = folders
  const holder = lockHolder(lock)
  if (holder !== undefined) {
    throw new Failure(`Naru is already up from this checkout, as process ${holder}`, {
      advice: `Stop that one first: Ctrl-C there, or kill ${holder}`,
    })
  }
  if (fresh) {
    await refuseLivingStores(folders, signal)
    rmSync(data, { recursive: true, force: true })
  }
  mkdirSync(data, { recursive: true, mode: 0o700 })
  writeLock(lock, process.pid)
  removeRunning(running) // of one that was killed
  rmSync(logs, { recursive: true, force: true })
  mkdirSync(logs, { mode: 0o700 })
  return () => rmSync(lock, { force: true })
}

async function refuseLivingStores({ redis, databases, data }: Folders, signal: AbortSignal): Promise<void> {
  for (const folder of [redis, ...Object.values(databases)]) {
    const holder = await lingeringHolder(`${folder}.lock`, LINGERING_MS, signal)
    if (holder === undefined) continue
    throw new Failure(`Process ${holder} still works on ${folder}`, {
      advice: `Nothing in ${data} was removed. Stop that process first: kill ${holder}`,
    })
  }
}
