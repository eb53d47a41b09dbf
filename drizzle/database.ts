import type { Socket } from 'node:net'
import { drizzle, type MySql2Database } from 'drizzle-orm/mysql2'
import { createPool, type Pool, type PoolConnection } from 'mysql2'
import * as accounts from './schema/accounts.ts'
import * as catalogue from './schema/catalogue.ts'
import * as email from './schema/email.ts'
import * as gate from './schema/gate.ts'
import * as purchases from './schema/purchases.ts'
import * as secondFactors from './schema/second-factors.ts'
import * as teams from './schema/teams.ts'

const schema = { ...accounts, ...catalogue, ...email, ...gate, ...purchases, ...secondFactors, ...teams }

export type Database = MySql2Database<typeof schema>
/** What a transaction's callback is given. */
export type Transaction = Parameters<Parameters<Database['transaction']>[0]>[0]

export type DatabaseOptions = {
  /** `mysql://user:password@host:port/name`; a unix socket goes into the query as `socketPath`. */
  url: string
  connectionsMax: number
  /** How many queries may wait for a connection before more are refused. */
  queueMax?: number
  /** A connection that says nothing for so long is left; 0 waits without an end, as a change of a big table needs. */
  silentMs?: number
}

/**
 * Longer than any statement of a sale takes, and shorter than origins keep rooms without MySQL (`BELIEVED_MS`): of a
 * server that has gone without ending its connections, a pool would otherwise hear nothing for a quarter of an hour.
 */
const DATABASE_SILENT_MS = 30_000

const QUERY_QUEUE_MAX = 1000

/** A pool of connections and the query builder on it. Opens nothing until the first query. */
export function createDatabase(options: DatabaseOptions): { db: Database; close: () => Promise<void> } {
  const pool: Pool = createPool({
    uri: options.url,
    connectionLimit: options.connectionsMax,
    maxIdle: options.connectionsMax,
    queueLimit: options.queueMax ?? QUERY_QUEUE_MAX,
    connectTimeout: 5_000,
    enableKeepAlive: true,
    timezone: 'Z',
    charset: 'utf8mb4',
    // Affected rows are then those changed: 0 where an insert met a row that was there already.
    flags: ['-FOUND_ROWS'],
  })
  const { silentMs = DATABASE_SILENT_MS } = options
  // mysql2 declares the stream for its other interface alone.
  pool.on('connection', ({ stream }: PoolConnection & { stream?: Socket }) =>
    leaveWhenSilent(stream, silentMs),
  )
  return {
    db: drizzle({ client: pool, schema, mode: 'default' }),
    close: () => pool.promise().end(),
  }
}

/** Whoever waits for an answer on it is told that MySQL is unavailable; the pool opens another one for the next. */
function leaveWhenSilent(stream: Socket | undefined, silentMs: number): void {
  stream?.setTimeout(silentMs, () => {
    const silent = new Error(`MySQL has said nothing for ${silentMs} ms`)
    stream.destroy(Object.assign(silent, { code: 'ETIMEDOUT', syscall: 'read' }))
  })
}
