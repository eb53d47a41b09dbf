import type { Connection } from 'mysql2/promise'
import { migrateDatabase, migrateUpTo } from '../../../drizzle/migrate.ts'
import type { ImageStore } from '../../../origin/images/image-store.ts'
import type { Env } from '../../../shared/runtime/env.ts'
import type { Entry } from '../backup/archive.ts'
import { BackupError } from '../backup/backup-error.ts'
import { imageOfPath, KEYS_PATH, type Manifest, tableOfPath } from '../backup/manifest.ts'
import { emptyTables, openDatabase, refuseRooms } from './empty-stores.ts'
import { openKeysFile, refuseOtherKeys } from './keys-file.ts'
import { beginLoading, dropTables, finishLoading, loadChunk } from './load.ts'
import { type BackupFile, readBackup, refuseOtherSchema } from './read-backup.ts'

export type RestoreOptions = BackupFile & {
  /** An empty database, as a user that may change its tables. */
  databaseUrl: string
  redisUrl: string
  images: Pick<ImageStore, 'put'>
  /** The file that the keys are written to; without it they must be those of `env`. */
  keysFile: string | undefined
  env: Env
  /** Called before each step that takes long. */
  say: (line: string) => void
}

/** Checks a backup and compares it with this release. Changes nothing. Throws `BackupError`. */
export async function checkBackup({
  file,
  decrypter,
}: BackupFile): Promise<{ manifest: Manifest; keys: string }> {
  let keys = ''
  const manifest = await readBackup({ file, decrypter }, async ({ path, content }) => {
    if (path === KEYS_PATH) keys = content.toString('utf8')
  })
  refuseOtherSchema(file, manifest)
  return { manifest, keys }
}

/**
 * Restores a backup into empty stores. Everything is checked before anything is changed, and the rows appear in one
 * commit: after a failure the database is as empty as before. Throws `BackupError`.
 */
export async function restoreBackup(options: RestoreOptions): Promise<Manifest> {
  const { databaseUrl, redisUrl, keysFile, env, say } = options
  say('checking the backup')
  const { manifest, keys } = await checkBackup(options)
  await refuseRooms(redisUrl)
  const connection = await openDatabase(databaseUrl)
  try {
    const tables = await emptyTables(connection)
    if (keysFile === undefined) refuseOtherKeys(keys, env)
    const written = keysFile === undefined ? undefined : await openKeysFile(keysFile)
    try {
      await written?.write(keys)
      await fill(connection, options, { manifest, tables })
    } catch (error) {
      await written?.discard()
      throw error
    }
  } finally {
    connection.destroy()
  }
  say('migrating to the schema of this release')
  await migrateDatabase(databaseUrl)
  return manifest
}

async function fill(
  connection: Connection,
  { databaseUrl, images, say, ...backup }: RestoreOptions,
  { manifest, tables }: { manifest: Manifest; tables: readonly string[] },
): Promise<void> {
  say('making the tables of the backup')
  await dropTables(connection, tables)
  await migrateUpTo(databaseUrl, manifest.migrations.length)
  say('loading')
  const named = new Map(manifest.tables.map((table) => [table.name, table]))
  const load = async ({ path, content }: Entry) => {
    const name = tableOfPath(path)
    const table = name === undefined ? undefined : named.get(name)
    if (table !== undefined) await loadChunk(connection, table, content)
    const image = imageOfPath(path)
    if (image !== undefined) await images.put(image, content)
  }
  await beginLoading(connection)
  const read = await readBackup(backup, load)
  if (read.pointInTime !== manifest.pointInTime) throw new BackupError(`${backup.file} has changed meanwhile`)
  await finishLoading(connection)
}
