import { fileURLToPath } from 'node:url'
import { migrate } from 'drizzle-orm/mysql2/migrator'
import { createDatabase } from './database.ts'
import { numberOrders } from './number-orders.ts'

/** Migrates a database to the newest schema; does nothing when it is up to date. */
export async function migrateDatabase(url: string): Promise<void> {
  const { db, close } = createDatabase({ url, connectionsMax: 1, queueMax: 1, silentMs: 0 })
  try {
    await migrate(db, { migrationsFolder: fileURLToPath(new URL('./migrations', import.meta.url)) })
    await numberOrders(db)
  } finally {
    await close()
  }
}
