import { createServer } from 'node:net'
import { sql } from 'drizzle-orm'
import { createConnection, createPool, type Pool } from 'mysql2/promise'
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest'
import { createDatabase } from './database.ts'
import { isDatabaseUnavailable, isDeadlock, isDuplicate } from './errors.ts'
import { useDatabase } from './testing/database.ts'

const { db, url } = useDatabase()
let pool: Pool

beforeAll(async () => {
  pool = createPool(url())
  await pool.query('create table numbers (id int primary key, value int) engine = innodb')
  await pool.query('insert into numbers values (1, 0), (2, 0)')
})

afterAll(() => pool.end())

async function errorOf(run: () => Promise<unknown>): Promise<unknown> {
  try {
    await run()
  } catch (error) {
    return error
  }
  throw new Error('Nothing failed')
}

/** The error of a query on a database with the given URL. */
async function failureAt(databaseUrl: string): Promise<unknown> {
  const other = createDatabase({ url: databaseUrl, connectionsMax: 1, queueMax: 10 })
  try {
    return await errorOf(() => other.db.execute(sql`select 1`))
  } finally {
    await other.close().catch(() => {})
  }
}

// H7: errors of mysql2, Node and the server when the database is unavailable.
describe('H7: recognises that the database is unavailable', () => {
  it.each([
    ...['ECONNREFUSED', 'ECONNRESET', 'ECONNABORTED', 'EPIPE', 'ETIMEDOUT', 'ENOTFOUND', 'EAI_AGAIN'],
    ...['EHOSTUNREACH', 'ENETUNREACH', 'ENETDOWN', 'EADDRNOTAVAIL', 'EMFILE', 'ERR_STREAM_DESTROYED'],
    ...[
      'PROTOCOL_CONNECTION_LOST',
      'PROTOCOL_SEQUENCE_TIMEOUT',
      'PROTOCOL_ERROR',
      'PROTOCOL_UNEXPECTED_PACKET',
    ],
    ...[
      'HANDSHAKE_SSL_ERROR',
      'HANDSHAKE_UNKNOWN_ERROR',
      'HANDSHAKE_NO_SSL_SUPPORT',
      'AUTH_SWITCH_PLUGIN_ERROR',
    ],
  ])('when the driver says %s, also as a cause', (code) => {
    const error = Object.assign(new Error('failed'), { code })
    expect(isDatabaseUnavailable(error)).toBe(true)
    expect(isDatabaseUnavailable(new Error('Failed query', { cause: error }))).toBe(true)
  })

  it.each([
    'Queue limit reached.',
    'Pool is closed.',
    'No connections available.',
    "Can't add new command when connection is in closed state",
    "Can't write in closed state",
  ])('when the driver says "%s"', (message) => {
    expect(isDatabaseUnavailable(new Error('Failed query', { cause: new Error(message) }))).toBe(true)
  })

  it.each([
    ['too many connections', 1040],
    ['too many connections of the user', 1203],
    ['a limit of the user', 1226],
    ['an unknown host', 1042],
    ['a bad handshake', 1043],
    ['a blocked host', 1129],
    ['a password that has changed', 1045],
    ['TLS required', 3159],
    ['a shutdown', 1053],
    ['a normal shutdown', 1077],
    ['an aborted connection', 1152],
    ['a new aborted connection', 1184],
    ['an interrupted query', 1317],
    ['a killed connection of MariaDB', 1927],
    ['a server that is not available', 3168],
    ['a killed session', 3169],
    ['a session idle for too long', 4031],
    ['a node that is not ready', 1047],
    ['a failed read', 1158],
    ['a read that timed out', 1159],
    ['a failed write', 1160],
    ['a write that timed out', 1161],
    ['read_only', 1290],
    ['a read-only transaction', 1792],
    ['read-only mode', 1836],
    ['a full disk', 1021],
    ['an error on write', 1026],
    ['no memory', 1037],
    ['no memory to sort', 1038],
    ['no resources', 1041],
    ['a full table', 1114],
    ['too many locks', 1206],
    ['a lock waited for too long', 1205],
    ['a deadlock that came again and again', 1213],
    ['a statement that took too long for MariaDB', 1969],
    ['a statement that took too long for MySQL', 3024],
    ['a lock that was not waited for', 3572],
    ['a failed commit', 1180],
    ['a commit that the group refused', 3101],
  ])('when the server says %s (%i)', (_, errno) => {
    expect(isDatabaseUnavailable(Object.assign(new Error('failed'), { errno }))).toBe(true)
  })

  it.each([
    ['a broken unique index', { errno: 1062, code: 'ER_DUP_ENTRY' }],
    ['a value too long', { errno: 1406, code: 'ER_DATA_TOO_LONG' }],
    ['a statement that is wrong', { errno: 1064, code: 'ER_PARSE_ERROR' }],
    ['a table that is missing', { errno: 1146, code: 'ER_NO_SUCH_TABLE' }],
    ['a missing file', { errno: -2, code: 'ENOENT', syscall: 'open' }],
    ['an error of our own', {}],
  ])('but not when it is %s', (_, fields) => {
    expect(isDatabaseUnavailable(Object.assign(new Error('failed'), fields))).toBe(false)
  })

  it('when nothing listens on its port', async () => {
    expect(isDatabaseUnavailable(await failureAt('mysql://root@127.0.0.1:1/x'))).toBe(true)
  })

  it('when its socket is missing', async () => {
    const none = encodeURIComponent('/nowhere/mysqld.sock')
    expect(isDatabaseUnavailable(await failureAt(`mysql://root@localhost/x?socketPath=${none}`))).toBe(true)
  })

  it('when its host name does not resolve', async () => {
    expect(isDatabaseUnavailable(await failureAt('mysql://root@database.invalid/x'))).toBe(true)
  })

  it.each<[string, string]>([
    ['hangs up before it greets', ''],
    ['speaks another language', 'SSH-2.0-OpenSSH_9.6\r\n'],
  ])('when what listens there %s', async (_, greeting) => {
    const server = createServer((socket) => {
      socket.on('error', () => {})
      socket.end(greeting)
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const address = server.address()
    const port = typeof address === 'object' ? address?.port : undefined
    expect(isDatabaseUnavailable(await failureAt(`mysql://root@127.0.0.1:${port}/x`))).toBe(true)
    await new Promise((resolve) => server.close(resolve))
  })

  it('when too many queries wait for a connection, and when the pool has been closed', async () => {
    const small = createDatabase({ url: url(), connectionsMax: 1, queueMax: 1 })
    const queries = Array.from({ length: 10 }, () => small.db.execute(sql`select 1`))
    const failed = (await Promise.allSettled(queries)).flatMap((query) =>
      query.status === 'rejected' ? [query.reason as unknown] : [],
    )
    expect(failed.length).toBeGreaterThan(0)
    expect(failed.filter((error) => !isDatabaseUnavailable(error))).toEqual([])
    await small.close()
    expect(isDatabaseUnavailable(await errorOf(() => small.db.execute(sql`select 1`)))).toBe(true)
  })

  it('when the user has reached its maximum number of connections', async () => {
    const server = inject('databaseUrl')
    const admin = await createConnection(server)
    const user = `u${crypto.randomUUID().slice(0, 8)}`
    await admin.query(`create user '${user}'@'%' identified by 'x' with max_user_connections 1`)
    await admin.query(`create user '${user}'@'localhost' identified by 'x' with max_user_connections 1`)
    const own = new URL(server)
    Object.assign(own, { username: user, password: 'x', pathname: '/' })
    const first = await createConnection(own.href)
    const error = await errorOf(() => createConnection(own.href))
    await first.end()
    await admin.query(`drop user '${user}'@'%', '${user}'@'localhost'`)
    await admin.end()
    expect(isDatabaseUnavailable(error)).toBe(true)
  })

  it.each(['kill', 'kill query'])(
    'when an administrator ends the query or connection with %s',
    async (command) => {
      const victim = await pool.getConnection()
      const running = errorOf(() => victim.query('select * from numbers where id = 1 and sleep(60) = 1'))
      const admin = await pool.getConnection()
      await expect
        .poll(async () => {
          const [rows] = await admin.query('select info from information_schema.processlist where id = ?', [
            victim.threadId,
          ])
          return JSON.stringify(rows)
        })
        .toContain('sleep(60)')
      await admin.query(`${command} ${victim.threadId}`)
      const error = await running
      victim.destroy()
      admin.release()
      expect(isDatabaseUnavailable(error)).toBe(true)
    },
  )

  it('when a transaction is read-only', async () => {
    const connection = await pool.getConnection()
    await connection.query('start transaction read only')
    const error = await errorOf(() => connection.query('update numbers set value = 1'))
    await connection.query('rollback')
    connection.release()
    expect(isDatabaseUnavailable(error)).toBe(true)
  })

  it('when waiting for a lock takes too long', async () => {
    const [holder, waiter] = await Promise.all([pool.getConnection(), pool.getConnection()])
    await holder.query('start transaction')
    await holder.query('update numbers set value = 1 where id = 1')
    await waiter.query('set innodb_lock_wait_timeout = 1')
    const error = await errorOf(() => waiter.query('update numbers set value = 2 where id = 1'))
    await holder.query('rollback')
    for (const connection of [holder, waiter]) connection.destroy()
    expect(isDeadlock(error)).toBe(true)
    expect(isDatabaseUnavailable(error)).toBe(true)
  })

  it('when two transactions still deadlock after the last attempt', async () => {
    const [one, other] = await Promise.all([pool.getConnection(), pool.getConnection()])
    for (const connection of [one, other]) await connection.query('start transaction')
    await one.query('update numbers set value = 1 where id = 1')
    await other.query('update numbers set value = 1 where id = 2')
    const outcomes = await Promise.allSettled([
      one.query('update numbers set value = 1 where id = 2'),
      other.query('update numbers set value = 1 where id = 1'),
    ])
    for (const connection of [one, other]) connection.destroy()
    const failed = outcomes.flatMap((outcome) =>
      outcome.status === 'rejected' ? [outcome.reason as unknown] : [],
    )
    expect(failed).toHaveLength(1)
    expect(failed.every(isDeadlock)).toBe(true)
    expect(failed.every(isDatabaseUnavailable)).toBe(true)
  })
})

it('distinguishes a broken unique index from all other errors', async () => {
  const error = await errorOf(() => db().execute(sql`insert into numbers values (1, 0)`))
  expect(isDuplicate(error)).toBe(true)
  expect(isDatabaseUnavailable(error)).toBe(false)
})
