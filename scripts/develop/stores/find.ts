import type { Env } from '../../../shared/runtime/env.ts'
import { Failure } from './failure.ts'
import { canInstall, installPackages, type Package, type StorePackage } from './install.ts'
import { type DatabaseProgram, findDatabase, findRedis, type Program } from './programs.ts'

/** A store that is already running, or a program to start one with. */
export type FoundStore<P extends Program = Program> =
  | { kind: 'given'; url: string }
  | { kind: 'program'; program: P }
export type FoundStores = { redis: FoundStore; database: FoundStore<DatabaseProgram> }

/** Runs an installation and may report it. */
export type Installing = (packages: readonly Package[], install: () => Promise<void>) => Promise<void>

/** The parts of the host that the search for stores uses. */
export type Machine = {
  findRedis: typeof findRedis
  findDatabase: typeof findDatabase
  canInstall: typeof canInstall
  installPackages: typeof installPackages
}

const THIS_MACHINE: Machine = { findRedis, findDatabase, canInstall, installPackages }

/**
 * Where the stores come from, each on its own: the URL in REDIS_URL or DATABASE_URL, else a server program on
 * this machine, else Debian's package, installed now where that is allowed.
 *
 * @param installing - is handed the installation to run it, should there be one
 */
export async function findStores(
  options: { env: Env; installing: Installing; signal?: AbortSignal | undefined },
  machine: Machine = THIS_MACHINE,
): Promise<FoundStores> {
  const { env, installing, signal } = options
  const found = await search(env, machine)
  if (isWhole(found)) return found
  const missing = missingPackages(found)
  if (!(await machine.canInstall(env, signal))) throw nothingToRun(missing)
  await installing(missing, () => machine.installPackages(missing, env, signal))
  const foundNow = await search(env, machine)
  if (!isWhole(foundNow)) throw nothingToRun(missingPackages(foundNow))
  return foundNow
}

type Searched = { redis: FoundStore | undefined; database: FoundStore<DatabaseProgram> | undefined }

async function search(env: Env, machine: Machine): Promise<Searched> {
  const { REDIS_URL = '', DATABASE_URL = '' } = env
  return {
    redis: REDIS_URL === '' ? asFound(await machine.findRedis(env)) : { kind: 'given', url: REDIS_URL },
    database:
      DATABASE_URL === '' ? asFound(await machine.findDatabase(env)) : { kind: 'given', url: DATABASE_URL },
  }
}

function asFound<P extends Program>(program: P | undefined): FoundStore<P> | undefined {
  return program === undefined ? undefined : { kind: 'program', program }
}

function isWhole(searched: Searched): searched is FoundStores {
  return searched.redis !== undefined && searched.database !== undefined
}

function missingPackages({ redis, database }: Searched): StorePackage[] {
  const missing: StorePackage[] = []
  if (redis === undefined) missing.push('redis-server')
  if (database === undefined) missing.push('mariadb-server')
  return missing
}

const NAMES: Record<StorePackage, string> = {
  'redis-server': 'redis-server (Redis 6.2 or later, or set REDIS_URL)',
  'mariadb-server': 'mariadbd or mysqld (MariaDB 10.6 or MySQL 8.0 or later, or set DATABASE_URL)',
}

function nothingToRun(missing: readonly StorePackage[]): Failure {
  return new Failure(`Install ${missing.map((item) => NAMES[item]).join(' and ')}`)
}
