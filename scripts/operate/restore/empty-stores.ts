import { type Connection, createConnection, type RowDataPacket } from 'mysql2/promise'
import { z } from 'zod'
import { connectionTo } from '../../../drizzle/connection.ts'
import { createRedis, nodesOf } from '../../../shared/redis/client.ts'
import { roomOfKey } from '../../../shared/redis/keys.ts'
import { createLogger } from '../../../shared/runtime/log.ts'
import { BackupError, reasonOf } from '../backup/backup-error.ts'

const CONNECT_TIMEOUT_MS = 10_000
const KEYS_PER_SCAN = 1000
const NAMED_MAX = 3
const MIGRATIONS = '__drizzle_migrations'

/** A connection to a database that is to be filled. Throws `BackupError` where it cannot be reached. */
export async function openDatabase(url: string): Promise<Connection> {
  try {
    return await createConnection({
      ...connectionTo(url),
      ...{ connectTimeout: CONNECT_TIMEOUT_MS, charset: 'utf8mb4', timezone: 'Z' },
    })
  } catch (error) {
    throw new BackupError(`MySQL cannot be reached: ${reasonOf(error)}`)
  }
}

const TablesSchema = z.array(z.object({ name: z.string() }))

/** The tables of a database that has no rows, except of migrations. Throws `BackupError` when one has a row. */
export async function emptyTables(connection: Connection): Promise<string[]> {
  const [rows] = await connection.query<RowDataPacket[]>(
    'select table_name as name from information_schema.tables where table_schema = database() order by table_name',
  )
  const names = TablesSchema.parse(rows).map(({ name }) => name)
  const filled: string[] = []
  for (const name of names.filter((each) => each !== MIGRATIONS)) {
    const [found] = await connection.query<RowDataPacket[]>(`select 1 from \`${name}\` limit 1`)
    if (found.length > 0) filled.push(name)
  }
  if (filled.length === 0) return names
  const more = filled.length > NAMED_MAX ? ` and ${filled.length - NAMED_MAX} more tables` : ''
  throw new BackupError(
    `The database is not empty: there are rows in ${filled.slice(0, NAMED_MAX).join(', ')}${more}. Stop all origins, and name an empty database`,
  )
}

/** Throws `BackupError` when Redis cannot be reached or has a room: origins would believe it rather than MySQL. */
export async function refuseRooms(url: string): Promise<void> {
  const redis = createRedis({ url, name: 'restore', log: createLogger('restore', 'silent') })
  try {
    await redis.connect().catch((error: unknown) => {
      throw new BackupError(`Redis cannot be reached: ${reasonOf(error)}`)
    })
    for (const server of nodesOf(redis)) {
      let cursor = '0'
      do {
        const [next, keys] = await server.scan(cursor, 'MATCH', 'room:{*', 'COUNT', KEYS_PER_SCAN)
        const room = keys.map(roomOfKey).find((found) => found !== undefined)
        if (room !== undefined) {
          throw new BackupError(
            `Redis is not empty: it has the room ${room}. Stop all origins and gateways, and empty it or name another`,
          )
        }
        cursor = next
      } while (cursor !== '0')
    }
  } finally {
    redis.disconnect()
  }
}
