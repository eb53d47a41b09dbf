import { fileURLToPath } from 'node:url'
import { sql } from 'drizzle-orm'
import { migrate } from 'drizzle-orm/mysql2/migrator'
import { z } from 'zod'
import { createDatabase, type Database } from './database.ts'
import { numberOrders } from './number-orders.ts'

/** How long to wait for another process that migrates the same database. */
const MIGRATION_LOCK_SECONDS = 600

/**
 * Migrates a database to the newest schema; does nothing when it is up to date. Of several processes that do so
 * concurrently, one migrates while the others wait.
 */
export async function migrateDatabase(url: string): Promise<void> {
  const { db, close } = createDatabase({ url, connectionsMax: 1, queueMax: 1, silentMs: 0 })
  const lock = createDatabase({ url, connectionsMax: 1, queueMax: 1, silentMs: 0 })
  try {
    await takeLock(lock.db)
    await migrate(db, { migrationsFolder: fileURLToPath(new URL('./migrations', import.meta.url)) })
    await numberOrders(db)
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
