import { createWriteStream } from 'node:fs'
import { mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseEnv } from 'node:util'
import { createConnection, type RowDataPacket } from 'mysql2/promise'
import { afterAll, beforeAll, expect, inject, it, onTestFinished } from 'vitest'
import { connectionTo } from '../../../drizzle/connection.ts'
import { migrateUpTo, migrationHashes } from '../../../drizzle/migrate.ts'
import { makeTestDatabase, useDatabase } from '../../../drizzle/testing/database.ts'
import { createFolderStore } from '../../../origin/images/folder-store.ts'
import { IMAGE_WIDTHS, imageName } from '../../../shared/catalogue.ts'
import { createRedis } from '../../../shared/redis/client.ts'
import { roomKeys } from '../../../shared/redis/keys.ts'
import { createLogger } from '../../../shared/runtime/log.ts'
import { startRedis } from '../../develop/stores/redis.ts'
import { makePrivateKey } from '../../host/system/keys.ts'
import { decrypterWith, makeIdentity } from '../backup/encryption.ts'
import { type BackupOptions, takeBackup } from '../backup/take-backup.ts'
import { festivalOnSale, seedDemo } from '../seed/demo.ts'
import { type RestoreOptions, restoreBackup } from './restore-backup.ts'

const source = useDatabase()
const NOW = new Date('2026-01-01T00:00:00Z')
const KEYS = { SESSION_PRIVATE_KEY: makePrivateKey(), TICKET_PRIVATE_KEY: makePrivateKey() }
const FESTIVAL = 'backed-up'

let folder = ''
let recipient = ''
let redis: Awaited<ReturnType<typeof startRedis>> | undefined
const redisUrl = () => redis?.url ?? ''
const identity = () => join(folder, 'identity')

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'naru-backup-test-'))
  recipient = await makeIdentity(identity(), NOW)
  redis = await startRedis({ env: process.env })
  await seedDemo(
    { db: source.db(), now: Date.now },
    festivalOnSale(FESTIVAL, Date.now(), { units: 10, ratePerSecond: 1, maxActive: 1 }),
  )
})

afterAll(async () => {
  await redis?.stop()
  await rm(folder, { recursive: true, force: true })
})

async function newFolder(): Promise<string> {
  return await mkdtemp(join(folder, 'case-'))
}

async function back(options: Partial<BackupOptions> = {}) {
  return await takeBackup({
    databaseUrl: source.url(),
    images: createFolderStore(join(folder, 'images')),
    keys: KEYS,
    to: await newFolder(),
    recipients: [recipient],
    ...options,
  })
}

async function newDatabase(): Promise<string> {
  const { url, drop } = await makeTestDatabase(inject('databaseUrl'))
  onTestFinished(drop)
  return url
}

async function newEmptyDatabase(): Promise<string> {
  const url = await newDatabase()
  const name = new URL(url).pathname.slice(1)
  await query(url, `drop database ${name}`)
  const server = inject('databaseUrl')
  await query(server, `create database ${name}`)
  return url
}

async function restore(file: string, databaseUrl: string, options: Partial<RestoreOptions> = {}) {
  return await restoreBackup({
    file,
    decrypter: await decrypterWith(identity()),
    databaseUrl,
    redisUrl: redisUrl(),
    images: createFolderStore(join(await newFolder(), 'images')),
    keysFile: undefined,
    env: KEYS,
    say: () => {},
    ...options,
  })
}

async function query(url: string, sql: string): Promise<RowDataPacket[]> {
  const connection = await createConnection(connectionTo(url))
  try {
    return (await connection.query<RowDataPacket[]>(sql))[0]
  } finally {
    await connection.end()
  }
}

/** Each table of a database and its checksum. */
async function checksums(url: string): Promise<Map<string, string>> {
  const tables = await query(
    url,
    'select table_name as name from information_schema.tables where table_schema = database() order by table_name',
  )
  const found = new Map<string, string>()
  for (const { name } of tables) {
    if (name === '__drizzle_migrations') continue
    const [row] = await query(url, `checksum table \`${name}\``)
    found.set(String(name), String(row?.['Checksum']))
  }
  return found
}

const rowsOf = async (url: string) => (await query(url, 'select id from festivals')).length

it('restores every row, image and key of a backup into empty stores', async () => {
  const picture = '0'.repeat(64)
  const stored = createFolderStore(join(await newFolder(), 'images'))
  const files = IMAGE_WIDTHS.map((width) => imageName(picture, width))
  for (const name of files) await stored.put(name, Buffer.from(`content of ${name}`))
  await query(source.url(), `update festivals set picture = '${picture}'`)
  onTestFinished(async () => void (await query(source.url(), 'update festivals set picture = null')))
  const { file, manifest } = await back({ images: stored })
  expect(manifest.tables.find(({ name }) => name === 'festivals')?.rows).toBe(1)
  expect(manifest.images).toEqual({ files: files.length, missing: [] })
  expect((await stat(file)).mode & 0o777).toBe(0o600)
  const [url, target] = [await newDatabase(), await newFolder()]
  const images = createFolderStore(join(target, 'images'))
  await restore(file, url, { images, keysFile: join(target, 'keys.env'), env: {} })
  expect(await checksums(url)).toEqual(await checksums(source.url()))
  for (const name of files) {
    expect(Buffer.from((await images.get(name)) ?? []).toString()).toBe(`content of ${name}`)
  }
  expect(parseEnv(await readFile(join(target, 'keys.env'), 'utf8'))).toEqual(KEYS)
  expect((await stat(join(target, 'keys.env'))).mode & 0o777).toBe(0o600)
})

it('restores a backup of an older schema, and brings it to that of this release', async () => {
  const older = await newEmptyDatabase()
  await migrateUpTo(older, migrationHashes().length - 1)
  const { file, manifest } = await back({ databaseUrl: older })
  expect(manifest.migrations).toEqual(migrationHashes().slice(0, -1))
  const url = await newDatabase()
  await restore(file, url)
  const hashes = await query(url, 'select hash from __drizzle_migrations order by created_at')
  expect(hashes.map(({ hash }) => String(hash))).toEqual(migrationHashes())
})

it('refuses to restore where the keys are others, unless it may write them to a file', async () => {
  const { file } = await back()
  const url = await newDatabase()
  const env = { ...KEYS, TICKET_PRIVATE_KEY: makePrivateKey() }
  await expect(restore(file, url, { env })).rejects.toThrow(
    'TICKET_PRIVATE_KEY of this environment are not those',
  )
  expect(await rowsOf(url)).toBe(0)
})

it('holds nothing that can be read without the identity', async () => {
  const { file } = await back()
  const content = await readFile(file)
  expect(content.includes(FESTIVAL)).toBe(false)
  expect(content.includes(KEYS.TICKET_PRIVATE_KEY)).toBe(false)
})

it('refuses an identity that the backup is not encrypted to, and changes nothing', async () => {
  const { file } = await back()
  const other = join(await newFolder(), 'other')
  await makeIdentity(other, NOW)
  const url = await newDatabase()
  await expect(restore(file, url, { decrypter: await decrypterWith(other) })).rejects.toThrow(
    'is encrypted to other recipients',
  )
  expect(await rowsOf(url)).toBe(0)
})

it('refuses a backup that is cut off anywhere', async () => {
  const { file } = await back()
  const content = await readFile(file)
  const url = await newDatabase()
  const cut = join(await newFolder(), 'cut')
  for (const length of [0, 100, Math.floor(content.length / 2), content.length - 1]) {
    await writeFile(cut, content.subarray(0, length))
    await expect(restore(cut, url), `${length} bytes`).rejects.toThrow(
      'is no backup, or was cut off or changed',
    )
  }
  expect(await rowsOf(url)).toBe(0)
})

it('refuses a backup of which one byte is changed', async () => {
  const { file } = await back()
  const content = await readFile(file)
  const url = await newDatabase()
  const changed = join(await newFolder(), 'changed')
  for (const place of [Math.floor(content.length / 2), content.length - 1]) {
    const copy = Buffer.from(content)
    copy[place] = (copy[place] ?? 0) ^ 1
    await writeFile(changed, copy)
    await expect(restore(changed, url), `byte ${place}`).rejects.toThrow(
      'is no backup, or was cut off or changed',
    )
  }
  expect(await rowsOf(url)).toBe(0)
})

it('refuses a database that has rows', async () => {
  const { file } = await back()
  await expect(restore(file, source.url())).rejects.toThrow('The database is not empty: there are rows in')
})

it('refuses a Redis that has a room', async () => {
  const { file } = await back()
  const client = createRedis({ url: redisUrl(), name: 'test', log: createLogger('test', 'silent') })
  onTestFinished(() => client.disconnect())
  await client.connect()
  const key = roomKeys('held').settings
  await client.hset(key, 'epoch', '1')
  const url = await newDatabase()
  await expect(restore(file, url)).rejects.toThrow('Redis is not empty: it has the room held')
  expect(await rowsOf(url)).toBe(0)
  await client.del(key)
})

it('refuses a backup of a newer schema', async () => {
  const newer = await newDatabase()
  await query(newer, "insert into __drizzle_migrations (hash, created_at) values ('later', 9999999999999)")
  const { file } = await back({ databaseUrl: newer })
  await expect(restore(file, await newDatabase())).rejects.toThrow('has a newer schema')
})

it('leaves nothing behind when the disk is full', async () => {
  const to = await newFolder()
  const backing = back({ to, openTarget: () => createWriteStream('/dev/full') })
  await expect(backing).rejects.toThrow('is full: there is no backup')
  expect(await readdir(to)).toEqual([])
})

it('does not overwrite a file that exists', async () => {
  const to = join(await newFolder(), 'here')
  await writeFile(to, 'mine')
  await expect(back({ to })).rejects.toThrow('exists already, and is not overwritten')
  expect(await readFile(to, 'utf8')).toBe('mine')
})

it('makes the folder of a backup', async () => {
  const parent = await newFolder()
  await mkdir(join(parent, 'a'))
  await back({ to: join(parent, 'a', 'b', 'file') })
  expect(await readdir(join(parent, 'a', 'b'))).toEqual(['file'])
})
