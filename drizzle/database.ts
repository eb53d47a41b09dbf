import { drizzle, type MySql2Database } from 'drizzle-orm/mysql2'
import { createPool, type Pool } from 'mysql2'
import * as accounts from './schema/accounts.ts'
import * as catalogue from './schema/catalogue.ts'
import * as email from './schema/email.ts'
import * as gate from './schema/gate.ts'
import * as purchases from './schema/purchases.ts'

const schema = { ...accounts, ...catalogue, ...email, ...gate, ...purchases }

export type Database = MySql2Database<typeof schema>
/** What a transaction's callback is given. */
export type Transaction = Parameters<Parameters<Database['transaction']>[0]>[0]

export type DatabaseOptions = {
  /** `mysql://user:password@host:port/name`; a unix socket goes into the query as `socketPath`. */
  url: string
  connectionsMax: number
  /** How many queries may wait for a connection before more are refused. */
  waitingMax: number
}

/** A pool of connections and the query builder on it. Opens nothing until the first query. */
export function createDatabase(options: DatabaseOptions): { db: Database; close: () => Promise<void> } {
  const pool: Pool = createPool({
    uri: options.url,
    connectionLimit: options.connectionsMax,
    maxIdle: options.connectionsMax,
    queueLimit: options.waitingMax,
    connectTimeout: 5_000,
    enableKeepAlive: true,
    timezone: 'Z',
    charset: 'utf8mb4',
    // Affected rows are then those changed: 0 where an insert met a row that was there already.
    flags: ['-FOUND_ROWS'],
  })
  return {
    db: drizzle({ client: pool, schema, mode: 'default' }),
    close: () => pool.promise().end(),
  }
}
