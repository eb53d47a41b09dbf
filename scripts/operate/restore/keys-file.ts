import { open, rm } from 'node:fs/promises'
import { parseEnv } from 'node:util'
import type { Env } from '../../../shared/runtime/env.ts'
import { BackupError, notCreated } from '../backup/backup-error.ts'

/** Where the keys of a backup go. */
export type KeysFile = { write(text: string): Promise<void>; discard(): Promise<void> }

/** Makes the file for the keys, which only this user can read. Throws `BackupError` when it exists. */
export async function openKeysFile(path: string): Promise<KeysFile> {
  const file = await open(path, 'wx', 0o600).catch((error: unknown) => {
    throw notCreated(path, error)
  })
  return {
    async write(text) {
      await file.writeFile(text)
      await file.sync()
      await file.close()
    },
    async discard() {
      await file.close().catch(() => {})
      await rm(path, { force: true })
    },
  }
}

/** Throws `BackupError` unless the environment has the keys of the backup already. */
export function refuseOtherKeys(text: string, env: Env): void {
  const others = Object.entries(parseEnv(text))
    .filter(([name, value]) => env[name] !== value)
    .map(([name]) => name)
  if (others.length === 0) return
  throw new BackupError(
    `${others.join(', ')} of this environment are not those of the backup, without which its tickets do not scan: name a file for them with --keys`,
  )
}
