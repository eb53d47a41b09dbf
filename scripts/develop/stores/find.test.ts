import { expect, it, vi } from 'vitest'
import { findStores, type Installing, type Machine } from './find.ts'
import type { Package } from './install.ts'
import type { DatabaseProgram, Program } from './programs.ts'

const REDIS: Program = { path: '/opt/redis-server', name: 'redis-server', version: '7.0.15', kind: 'Redis' }
const MARIADB: DatabaseProgram = {
  path: '/opt/mariadbd',
  name: 'mariadbd',
  version: '10.11.6',
  kind: 'MariaDB',
}

/** A machine with some programs, where what is installed is there afterwards. */
function machineWith(options: { redis?: boolean; database?: boolean; canInstall?: boolean }) {
  const has = { redis: false, database: false, canInstall: false, ...options }
  const installPackages = vi.fn(async (packages: readonly Package[]) => {
    if (packages.includes('redis-server')) has.redis = true
    if (packages.includes('mariadb-server')) has.database = true
  })
  const machine: Machine = {
    findRedis: async () => (has.redis ? REDIS : undefined),
    findDatabase: async () => (has.database ? MARIADB : undefined),
    canInstall: async () => has.canInstall,
    installPackages,
  }
  return { machine, installPackages }
}

const installing: Installing = (_packages, install) => install()

it('takes each store from its own variable', async () => {
  const { machine } = machineWith({ redis: true, database: true })
  const env = { REDIS_URL: 'redis://elsewhere', DATABASE_URL: '' }
  expect(await findStores({ env, installing }, machine)).toEqual({
    redis: { kind: 'given', url: 'redis://elsewhere' },
    database: { kind: 'program', program: MARIADB },
  })
})

it('takes the programs of the machine and installs nothing', async () => {
  const { machine, installPackages } = machineWith({ redis: true, database: true, canInstall: true })
  expect(await findStores({ env: {}, installing }, machine)).toEqual({
    redis: { kind: 'program', program: REDIS },
    database: { kind: 'program', program: MARIADB },
  })
  expect(installPackages).not.toHaveBeenCalled()
})

it('installs only what is missing', async () => {
  const { machine, installPackages } = machineWith({ redis: true, canInstall: true })
  const told = vi.fn(installing)
  const found = await findStores({ env: {}, installing: told }, machine)
  expect(found.database).toEqual({ kind: 'program', program: MARIADB })
  expect(installPackages.mock.calls.map(([packages]) => packages)).toEqual([['mariadb-server']])
  expect(told).toHaveBeenCalledWith(['mariadb-server'], expect.any(Function))
})

it('says in one line what to install where it may not do so itself', async () => {
  const { machine } = machineWith({})
  await expect(findStores({ env: {}, installing }, machine)).rejects.toThrow(
    /^Install redis-server \(Redis 6\.2 or later, or set REDIS_URL\) and mariadbd or mysqld .*$/,
  )
})
