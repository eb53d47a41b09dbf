import type { Connection } from 'mysql2/promise'
import { z } from 'zod'
import type { Column, Manifest } from '../backup/manifest.ts'

const RowSchema = z.array(z.string().nullable())

/** Far below the smallest `max_allowed_packet` of a server, 16 MiB. */
const STATEMENT_LENGTH_MAX = 1024 * 1024
/** A slow bucket may pause the loading for as long. */
const IDLE_SECONDS_MAX = 28_800

/**
 * How much each epoch of a room is advanced: epochs that the lost system began after the backup are never given again,
 * so that no pass of theirs is valid in another.
 */
const EPOCHS_SKIPPED = 1000

/** Removes tables, which are empty. */
export async function dropTables(connection: Connection, tables: readonly string[]): Promise<void> {
  if (tables.length === 0) return
  await connection.query('set session foreign_key_checks = 0')
  await connection.query(`drop table ${tables.map((name) => `\`${name}\``).join(', ')}`)
}

/** Begins the one transaction in which everything is loaded: until it is committed, the tables are empty. */
export async function beginLoading(connection: Connection): Promise<void> {
  await connection.query(
    `set session foreign_key_checks = 0, time_zone = '+00:00', wait_timeout = ${IDLE_SECONDS_MAX},
      sql_mode = 'STRICT_ALL_TABLES,NO_AUTO_VALUE_ON_ZERO'`,
  )
  await connection.query('start transaction')
}

/** Inserts a chunk of a table: lines of JSON, a row in each. */
export async function loadChunk(
  connection: Connection,
  { name, columns }: Manifest['tables'][number],
  content: Buffer,
): Promise<void> {
  const names = columns.map((column) => `\`${column.name}\``).join(', ')
  const insert = async (rows: readonly (string | Buffer | null)[][]) => {
    if (rows.length > 0) await connection.query(`insert into \`${name}\` (${names}) values ?`, [rows])
  }
  let [rows, length]: [(string | Buffer | null)[][], number] = [[], 0]
  for (const line of content.toString('utf8').split('\n')) {
    if (line === '') continue
    rows.push(valuesOf(line, columns))
    length += line.length
    if (length < STATEMENT_LENGTH_MAX) continue
    await insert(rows)
    ;[rows, length] = [[], 0]
  }
  await insert(rows)
}

function valuesOf(line: string, columns: readonly Column[]): (string | Buffer | null)[] {
  const values = RowSchema.length(columns.length).parse(JSON.parse(line))
  return values.map((value, i) =>
    value !== null && columns[i]?.isBinary === true ? Buffer.from(value, 'base64') : value,
  )
}

/** Commits what was loaded. */
export async function finishLoading(connection: Connection): Promise<void> {
  await connection.query('update rooms set epoch = epoch + ? where epoch > 0', [EPOCHS_SKIPPED])
  await connection.query('commit')
}
