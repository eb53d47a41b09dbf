import { chmodSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { findDatabase, findProgram, findRedis } from './programs.ts'
import { temporaryFolder } from './testing.ts'

/** A PATH whose first folder holds a program that prints something. */
function pathWith(name: string, prints: string): { PATH: string } {
  const folder = temporaryFolder()
  writeFileSync(join(folder, name), `#!/bin/sh\necho '${prints}'\n`)
  chmodSync(join(folder, name), 0o755)
  return { PATH: `${folder}:/usr/bin:/bin` }
}

it.each([
  ['redis-server', findRedis, 'Redis server v=7.0.15 sha=0:0 malloc=jemalloc bits=64', 'Redis', '7.0.15'],
  [
    'mariadbd',
    findDatabase,
    'mariadbd  Ver 10.11.6-MariaDB-0+deb12u1 for debian-linux-gnu on x86_64',
    'MariaDB',
    '10.11.6',
  ],
  ['mariadbd', findDatabase, '/usr/sbin/mariadbd Ver 11.8.2-MariaDB', 'MariaDB', '11.8.2'],
])('reads the version of %s from what it prints', async (name, find, prints, kind, version) => {
  expect(await find(pathWith(name, prints))).toMatchObject({ name, kind, version })
})

it('takes a mysqld for what it is', async () => {
  const env = pathWith(
    'mysqld',
    '/usr/sbin/mysqld  Ver 8.4.3 for Linux on x86_64 (MySQL Community Server - GPL)',
  )
  const path = findProgram(['mysqld'], env)
  expect(path).toBe(join(env.PATH.split(':')[0] ?? '', 'mysqld'))
})

it.each([
  ['redis-server', findRedis, 'Redis server v=6.0.16 sha=0:0', 'Redis 6.0.16; 6.2 or later is needed'],
  ['mariadbd', findDatabase, 'mariadbd  Ver 10.5.23-MariaDB', 'MariaDB 10.5.23; 10.6 or later is needed'],
])('refuses a %s that is too old', async (name, find, prints, message) => {
  await expect(find(pathWith(name, prints))).rejects.toThrow(message)
})

it('passes over folders and files that cannot be run', () => {
  const folder = temporaryFolder()
  mkdirSync(join(folder, 'naru-tool'))
  const other = temporaryFolder()
  writeFileSync(join(other, 'naru-tool'), '')
  expect(findProgram(['naru-tool'], { PATH: `${folder}:${other}` })).toBeUndefined()
})

it('takes the database server that DATABASE_PROGRAM names, by its path or on PATH, also beside MariaDB', async () => {
  const mariadb = pathWith('mariadbd', 'mariadbd  Ver 10.11.6-MariaDB')
  const mysql = pathWith('mysqld', '/usr/sbin/mysqld  Ver 9.7.4 for Linux on x86_64 ((Debian))')
  const PATH = `${mariadb.PATH}:${mysql.PATH}`
  const path = join(mysql.PATH.split(':')[0] ?? '', 'mysqld')
  const found = { kind: 'MySQL', version: '9.7.4', path }
  expect(await findDatabase({ PATH })).toMatchObject({ kind: 'MariaDB' })
  expect(await findDatabase({ PATH: mysql.PATH, DATABASE_PROGRAM: 'mysqld' })).toMatchObject(found)
  expect(await findDatabase({ PATH, DATABASE_PROGRAM: path })).toMatchObject(found)
  await expect(findDatabase({ PATH, DATABASE_PROGRAM: '/nowhere/mysqld' })).rejects.toThrow(
    'DATABASE_PROGRAM is /nowhere/mysqld, which is no program',
  )
})

it('takes MySQL for mysqld in DATABASE_PROGRAM, not the link of that name in MariaDB’s packages', async () => {
  const link = pathWith('mysqld', 'mysqld  Ver 10.11.6-MariaDB-0+deb12u1 for debian-linux-gnu on x86_64')
  const mysql = pathWith('mysqld', '/usr/sbin/mysqld  Ver 8.4.3 for Linux on x86_64 (MySQL Community Server)')
  const PATH = `${link.PATH.split(':')[0]}:${mysql.PATH}`
  const found = await findDatabase({ PATH, DATABASE_PROGRAM: 'mysqld' })
  expect(found).toMatchObject({ kind: 'MySQL', version: '8.4.3' })
  const [linked = ''] = link.PATH.split(':')
  const given = await findDatabase({ PATH, DATABASE_PROGRAM: join(linked, 'mysqld') })
  expect(given).toMatchObject({ kind: 'MariaDB' })
})
