import { randomBytes } from 'node:crypto'
import { createConnection } from 'mysql2/promise'
import { afterAll, beforeAll, inject } from 'vitest'
import { connectionTo } from '../connection.ts'
import { createDatabase, type Database } from '../database.ts'
import { migrateDatabase } from '../migrate.ts'

/** Creates a migrated database on the server of this test run. Returns its URL and a function that drops it. */
export async function makeTestDatabase(
  serverUrl: string,
): Promise<{ url: string; drop: () => Promise<void> }> {
  const name = `naru_test_${randomBytes(6).toString('hex')}`
  const run = async (sql: string) => {
    const connection = await createConnection(connectionTo(serverUrl))
    await connection.query(sql)
    await connection.end()
  }
  await run(`create database ${name}`)
  const url = new URL(serverUrl)
  url.pathname = `/${name}`
  await migrateDatabase(url.href)
  return { url: url.href, drop: () => run(`drop database ${name}`) }
}

/** A database for a test file, created before its tests and dropped after them. */
export function useDatabase(): { db: () => Database; url: () => string } {
  let opened: { db: Database; close: () => Promise<void>; url: string; drop: () => Promise<void> } | undefined
  const get = () => {
    if (opened === undefined) throw new Error('The database is opened before the tests run')
    return opened
  }
  beforeAll(async () => {
    const made = await makeTestDatabase(inject('databaseUrl'))
    opened = { ...made, ...createDatabase({ url: made.url, connectionsMax: 10, queueMax: 10_000 }) }
  })
  afterAll(async () => {
    await opened?.close()
    await opened?.drop()
  })
  return { db: () => get().db, url: () => get().url }
}
