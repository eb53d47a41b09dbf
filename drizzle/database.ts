import type { Socket } from 'node:net'
import { drizzle, type MySql2Database } from 'drizzle-orm/mysql2'
import { createPool, type Pool, type PoolConnection } from 'mysql2'
import { connectionTo } from './connection.ts'
import * as accounts from './schema/accounts.ts'
import * as catalogue from './schema/catalogue.ts'
import * as email from './schema/email.ts'
import * as gate from './schema/gate.ts'
import * as purchases from './schema/purchases.ts'
import * as secondFactors from './schema/second-factors.ts'
import * as teams from './schema/teams.ts'

const schema = { ...accounts, ...catalogue, ...email, ...gate, ...purchases, ...secondFactors, ...teams }

export type Database = MySql2Database<typeof schema>
/** The argument of a transaction's callback. */
export type Transaction = Parameters<Parameters<Database['transaction']>[0]>[0]

export type DatabaseOptions = {
  /** `mysql://user:password@host:port/name`; a unix socket goes into the query as `socketPath`. See `connectionTo`. */
  url: string
  connectionsMax: number
  /** Maximum number of queries waiting for a connection before more are refused. */
  queueMax?: number
  /** A connection that is silent for this long is closed; 0 sets no limit, as changes of large tables need. */
  silentMs?: number
}

/**
 * Longer than any statement of a sale takes, and shorter than origins keep leases of rooms without MySQL
 * (`BELIEVED_MS`): a pool would otherwise not notice for a quarter of an hour that a server is gone that did not close
 * its connections.
 */
const DATABASE_SILENT_MS = 30_000

const QUERY_QUEUE_MAX = 1000

/** A connection pool and the query builder on it. Connects at the first query. */
export function createDatabase(options: DatabaseOptions): { db: Database; close: () => Promise<void> } {
  const pool: Pool = createPool({
    ...connectionTo(options.url),
    connectionLimit: options.connectionsMax,
    maxIdle: options.connectionsMax,
    queueLimit: options.queueMax ?? QUERY_QUEUE_MAX,
    connectTimeout: 5_000,
    enableKeepAlive: true,
    timezone: 'Z',
    charset: 'utf8mb4',
    // Makes affected rows those changed: 0 where an insert met an existing row.
    flags: ['-FOUND_ROWS'],
  })
  const { silentMs = DATABASE_SILENT_MS } = options
  // mysql2 declares the stream for its other interface only.
  pool.on('connection', ({ stream }: PoolConnection & { stream?: Socket }) =>
    leaveWhenSilent(stream, silentMs),
  )
  return {
    db: drizzle({ client: pool, schema, mode: 'default' }),
    close: () => pool.promise().end(),
  }
}

/** Queries on the connection fail with MySQL unavailable; the pool opens another connection for the next. */
function leaveWhenSilent(stream: Socket | undefined, silentMs: number): void {
  stream?.setTimeout(silentMs, () => {
    const silent = new Error(`MySQL has sent nothing for ${silentMs} ms`)
    stream.destroy(Object.assign(silent, { code: 'ETIMEDOUT', syscall: 'read' }))
  })
}
