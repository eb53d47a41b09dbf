import { existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type Connection, createConnection } from 'mysql2/promise'
import { expect, it, onTestFinished } from 'vitest'
import { type PrivateDatabaseOptions, startDatabase } from './database.ts'
import type { PrivateStore } from './redis.ts'
import { isGone, moduleUrl, runProgram, temporaryFolder } from './testing.ts'

const { env } = process

async function start(options: Partial<PrivateDatabaseOptions> = {}): Promise<PrivateStore> {
  const store = await startDatabase({ env, durable: false, ...options })
  onTestFinished(() => store.stop())
  return store
}

async function connect(url: string): Promise<Connection> {
  const connection = await createConnection(url)
  connection.on('error', () => {})
  onTestFinished(() => connection.destroy())
  return connection
}

it('finds its database again, even after it was killed, and keeps what was committed', async () => {
  const folder = temporaryFolder()
  const place = {
    dataDirectory: join(folder, 'data'),
    logFile: join(folder, 'database.log'),
    durable: true,
  }
  const first = await start(place)
  const writer = await connect(first.url)
  await writer.query('CREATE TABLE songs (name VARCHAR(20) NOT NULL)')
  await writer.query("INSERT INTO songs VALUES ('아리랑')")
  first.kill()
  await first.ended
  const second = await start(place)
  const [rows] = await (await connect(second.url)).query('SELECT name FROM songs')
  expect(rows).toEqual([{ name: '아리랑' }])
  expect(readdirSync(folder)).not.toContain('data.new')
})

it('speaks UTC and utf8mb4, and commits to disk only when it is to be durable', async () => {
  const connection = await connect((await start()).url)
  const [rows] = await connection.query(
    'SELECT @@time_zone AS zone, @@character_set_database AS characters, @@innodb_flush_log_at_trx_commit AS flush',
  )
  expect(rows).toEqual([{ zone: '+00:00', characters: 'utf8mb4', flush: 0 }])
})

it('ends soon after the process that started it was killed', async () => {
  const starter = runProgram(`
    import { startDatabase } from ${moduleUrl('./database.ts', import.meta.url)}
    const store = await startDatabase({ env: process.env, durable: false })
    console.log(store.pid)
  `)
  const pid = Number(await starter.line())
  starter.child.kill('SIGKILL')
  expect(await isGone(pid)).toBe(true)
})

it('does not touch a folder with other contents', async () => {
  const dataDirectory = join(temporaryFolder(), 'data')
  mkdirSync(dataDirectory)
  writeFileSync(join(dataDirectory, 'thesis.txt'), 'chapter 1')
  await expect(start({ dataDirectory })).rejects.toThrow('holds something that is not the data of a database')
  expect(existsSync(join(dataDirectory, 'thesis.txt'))).toBe(true)
})
