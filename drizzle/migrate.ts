import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { sql } from 'drizzle-orm'
import { readMigrationFiles } from 'drizzle-orm/migrator'
import { migrate } from 'drizzle-orm/mysql2/migrator'
import { z } from 'zod'
import { createDatabase, type Database } from './database.ts'
import { numberOrders } from './number-orders.ts'

/** How long to wait for another process that migrates the same database. */
const MIGRATION_LOCK_SECONDS = 600

const FOLDER = fileURLToPath(new URL('./migrations', import.meta.url))

/** The hashes of all migrations, in their order, as a migrated database records them. */
export function migrationHashes(): string[] {
  return readMigrationFiles({ migrationsFolder: FOLDER }).map(({ hash }) => hash)
}

/**
 * Migrates a database to the newest schema; does nothing when it is up to date. Of several processes that do so
 * concurrently, one migrates while the others wait.
 */
export function migrateDatabase(url: string): Promise<void> {
  return underLock(url, async (db) => {
    await migrate(db, { migrationsFolder: FOLDER })
    await numberOrders(db)
  })
}

/** Brings an empty database to the schema after the first `count` migrations: that of an older release. */
export async function migrateUpTo(url: string, count: number): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'naru-migrations-'))
  try {
    await cp(FOLDER, folder, { recursive: true })
    const file = join(folder, 'meta', '_journal.json')
    const journal = JournalSchema.parse(JSON.parse(await readFile(file, 'utf8')))
    await writeFile(file, JSON.stringify({ ...journal, entries: journal.entries.slice(0, count) }))
    await underLock(url, (db) => migrate(db, { migrationsFolder: folder }))
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

const JournalSchema = z.looseObject({ entries: z.array(z.looseObject({})) })

async function underLock(url: string, run: (db: Database) => Promise<void>): Promise<void> {
  const { db, close } = createDatabase({ url, connectionsMax: 1, queueMax: 1, silentMs: 0 })
  const lock = createDatabase({ url, connectionsMax: 1, queueMax: 1, silentMs: 0 })
  try {
    await takeLock(lock.db)
    await run(db)
  } finally {
    // The lock belongs to its connection.
    await Promise.all([lock.close(), close()])
  }
}

const LockedSchema = z.tuple([z.tuple([z.object({ locked: z.literal(1) })]), z.unknown()])

/** One for each database of the server: lock names are limited to 64 characters. */
async function takeLock(db: Database): Promise<void> {
  const locked = await db.execute(
    // MySQL 9 has no sha1() any more.
    sql`select get_lock(concat('naru-migration-', left(sha2(database(), 256), 40)), ${MIGRATION_LOCK_SECONDS}) as locked`,
  )
  if (!LockedSchema.safeParse(locked).success) {
    throw new Error(`Another process has been migrating this database for ${MIGRATION_LOCK_SECONDS} seconds`)
  }
}
