import { type Connection, createConnection, type RowDataPacket } from 'mysql2'
import { z } from 'zod'
import { connectionTo } from '../../../drizzle/connection.ts'
import { BackupError } from './backup-error.ts'
import type { Column, Table } from './manifest.ts'

/** Rows of one table: the values as MySQL writes them in text, bytes in base64. */
type Row = (string | null)[]

/** The database as it was at one instant, read by one connection that locks nothing. */
export type Snapshot = {
  pointInTime: Date
  /** The hashes of the migrations that it had. */
  migrations: string[]
  tables: readonly Omit<Table, 'rows'>[]
  rows(table: Omit<Table, 'rows'>): AsyncGenerator<Row>
  /** The images of its festivals, by their IDs. */
  images(): Promise<string[]>
  close(): void
}

const MIGRATIONS = '__drizzle_migrations'
const CONNECT_TIMEOUT_MS = 10_000
/** A slow disk or bucket may pause the reading for as long. */
const PAUSE_SECONDS_MAX = 3600
const ROWS_AHEAD = 256

/**
 * Opens a snapshot. Sales continue meanwhile; a migration does not fit, and reading then fails.
 *
 * @param url - as `DATABASE_URL`
 */
export async function openSnapshot(url: string): Promise<Snapshot> {
  const connection = createConnection({
    ...connectionTo(url),
    ...{ connectTimeout: CONNECT_TIMEOUT_MS, charset: 'utf8mb4', timezone: 'Z' },
  })
  // An error without a query is that of the next one.
  connection.on('error', () => {})
  try {
    return await begin(connection)
  } catch (error) {
    connection.destroy()
    throw error
  }
}

const TimeSchema = z.tuple([z.object({ now: z.string() })])

async function begin(connection: Connection): Promise<Snapshot> {
  const ask = async (sql: string) => (await connection.promise().query<RowDataPacket[]>(sql))[0]
  await ask(`set session time_zone = '+00:00', net_write_timeout = ${PAUSE_SECONDS_MAX}`)
  const tables = tablesOf(ColumnRowsSchema.parse(await ask(COLUMNS)))
  // Taken before the snapshot, so that everything committed by then is part of it.
  const [{ now }] = TimeSchema.parse(
    await ask("select date_format(utc_timestamp(3), '%Y-%m-%dT%H:%i:%s.%f') as now"),
  )
  await ask('set session transaction isolation level repeatable read')
  await ask('start transaction with consistent snapshot, read only')
  if (!tables.some(({ name }) => name === MIGRATIONS)) {
    throw new BackupError('The database has no schema of Naru: there is nothing to back up')
  }
  const hashes = HashesSchema.parse(await ask(`select hash from ${MIGRATIONS} order by created_at`))
  return {
    pointInTime: new Date(`${now.slice(0, 23)}Z`),
    migrations: hashes.map(({ hash }) => hash),
    tables: tables.filter(({ name }) => name !== MIGRATIONS),
    rows: (table) => rowsOf(connection, table),
    async images() {
      const rows = await ask(
        'select distinct picture from festivals where picture is not null order by picture',
      )
      return PicturesSchema.parse(rows).map(({ picture }) => picture)
    },
    close: () => connection.destroy(),
  }
}

const HashesSchema = z.array(z.object({ hash: z.string() }))
const PicturesSchema = z.array(z.object({ picture: z.string() }))

/** A generated column is computed again. */
const COLUMNS = `select c.table_name as tableName, c.column_name as name, c.data_type as type
  from information_schema.columns c join information_schema.tables t
    on t.table_schema = c.table_schema and t.table_name = c.table_name
  where c.table_schema = database() and t.table_type = 'BASE TABLE' and c.extra not like '% GENERATED'
  order by c.table_name, c.ordinal_position`

const ColumnRowsSchema = z.array(z.object({ tableName: z.string(), name: z.string(), type: z.string() }))

function tablesOf(rows: z.output<typeof ColumnRowsSchema>): { name: string; columns: Column[] }[] {
  const tables = Map.groupBy(rows, ({ tableName }) => tableName)
  return [...tables].map(([name, columns]) => ({
    name,
    columns: columns.map((column) => ({
      name: column.name,
      isBinary: /^(tiny|medium|long)?blob$|binary$|^bit$/.test(column.type),
    })),
  }))
}

async function* rowsOf(connection: Connection, { name, columns }: Omit<Table, 'rows'>): AsyncGenerator<Row> {
  const names = columns.map((column) => `\`${column.name}\``).join(', ')
  // Undecoded: a driver's numbers and dates would lose digits.
  const options = { sql: `select ${names} from \`${name}\``, rowsAsArray: true, typeCast: false }
  const rows = connection.query(options).stream({ highWaterMark: ROWS_AHEAD })
  for await (const row of rows as AsyncIterable<(Buffer | null)[]>) {
    yield row.map((value, i) => value?.toString(columns[i]?.isBinary === true ? 'base64' : 'utf8') ?? null)
  }
}
