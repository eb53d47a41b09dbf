import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createDatabase, type Database } from '../../../drizzle/database.ts'
import { migrateDatabase } from '../../../drizzle/migrate.ts'
import { makeTestFestival, publishTestFestival, type TestFestival } from '../../../origin/testing/origin.ts'
import type { Redis } from '../../../shared/redis/client.ts'
import type { Env } from '../../../shared/runtime/env.ts'
import { startDatabase } from '../../develop/stores/database.ts'
import { startRedis } from '../../develop/stores/redis.ts'
import { openRedis } from './open-redis.ts'
import { type OriginProcess, startOrigin } from './origin-process.ts'

/** An origin with dedicated stores and one festival on sale. */
export type OriginSetup = {
  redis: Redis
  redisUrl: string
  redisPid: number
  db: Database
  mysqlPid: number
  festival: TestFestival
  origin: OriginProcess
  end(): Promise<void>
}

export type OriginSetupOptions = {
  env: Env
  /** Whether the stores are durable as in production, with MySQL flushing every commit; else all is in memory. */
  durable: boolean
  core: number | undefined
  providerUrl: string
  quantities: number[]
  /** Changes the festival before the origin reads it. */
  prepare?: (db: Database, festival: TestFestival) => Promise<unknown>
}

const CONNECTIONS = 4
const QUEUE_MAX = 1000
/** Limits that refuse no fan, with a rate that does not bind even where the origin's health is low. */
const ROOM = {
  ratePerSecond: 100_000_000,
  maxActive: 1_000_000,
  entriesMax: 10_000_000,
  graceSeconds: 3600,
  passSeconds: 3600,
}

export async function createOriginSetup(options: OriginSetupOptions): Promise<OriginSetup> {
  const { env, durable, core, providerUrl, quantities, prepare } = options
  const ends: (() => unknown)[] = []
  const end = async () => {
    for (const each of ends.toReversed()) await each()
  }
  try {
    const folder = mkdtempSync(join(tmpdir(), 'naru-bench-'))
    ends.push(() => rmSync(folder, { recursive: true }))
    const stored = (name: string) => (durable ? { dataDirectory: join(folder, name) } : {})
    const redisStore = await startRedis({ env, ...stored('redis') })
    ends.push(redisStore.stop)
    const mysql = await startDatabase({ env, durable, ...stored('database') })
    ends.push(mysql.stop)
    const { db, close } = createDatabase({
      url: mysql.url,
      connectionsMax: CONNECTIONS,
      queueMax: QUEUE_MAX,
    })
    ends.push(close)
    const redis = await openRedis(redisStore.url)
    ends.push(() => redis.disconnect())
    await migrateDatabase(mysql.url)
    const festival = await makeTestFestival({ db }, { quantities, room: ROOM })
    await prepare?.(db, festival)
    await publishTestFestival({ db, redis }, festival.id)
    const origin = await startOrigin({
      redisUrl: redisStore.url,
      databaseUrl: mysql.url,
      providerUrl,
      core,
      env,
    })
    ends.push(origin.stop)
    const stores = { redis, redisUrl: redisStore.url, redisPid: redisStore.pid, db, mysqlPid: mysql.pid }
    return { ...stores, festival, origin, end }
  } catch (error) {
    await end()
    throw error
  }
}
