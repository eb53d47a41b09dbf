import { execFile } from 'node:child_process'
import { accessSync, constants, statSync } from 'node:fs'
import { delimiter, isAbsolute, join } from 'node:path'
import { promisify } from 'node:util'
import type { Env } from '../../../shared/runtime/env.ts'
import { Failure } from './failure.ts'

/** A server's program on this machine. `version` holds major and minor. */
export type Program = { path: string; name: string; version: string; kind: 'Redis' | 'MariaDB' | 'MySQL' }
export type DatabaseProgram = Program & { kind: 'MariaDB' | 'MySQL' }

/** Where servers are that an ordinary user's PATH leaves out. */
const SERVER_FOLDERS = ['/usr/local/sbin', '/usr/sbin', '/usr/libexec']
const VERSION_TIMEOUT_MS = 10_000

/** XAUTOCLAIM came with Redis 6.2; SKIP LOCKED with MariaDB 10.6 and MySQL 8.0. */
const VERSIONS_MIN = { Redis: [6, 2], MariaDB: [10, 6], MySQL: [8, 0] } as const

export async function findRedis(env: Env): Promise<Program | undefined> {
  const path = findProgram(['redis-server', 'valkey-server'], env)
  if (path === undefined) return undefined
  const text = await versionText(path, ['--version'], env)
  return checked({ path, kind: 'Redis', ...nameAndVersion(path, /v=(\d+\.\d+\S*)/.exec(text)?.[1]) })
}

/**
 * MariaDB, or else MySQL; with the environment variable DATABASE_PROGRAM the server that it names or has the path of.
 * `mysqld` names MySQL alone, since MariaDB's packages have a link of that name to their own server.
 *
 * @throws Failure when it names none
 */
export async function findDatabase(env: Env): Promise<DatabaseProgram | undefined> {
  const { DATABASE_PROGRAM: chosen = '' } = env
  if (chosen !== '') return await findChosen(chosen, env)
  const path = findProgram(['mariadbd', MYSQL], env)
  return path === undefined ? undefined : checked(await readDatabaseProgram(path, env))
}

const MYSQL = 'mysqld'

async function findChosen(chosen: string, env: Env): Promise<DatabaseProgram> {
  const paths = isAbsolute(chosen) ? [chosen].filter(isExecutable) : findPrograms([chosen], env)
  for (const path of paths) {
    const program = await readDatabaseProgram(path, env)
    if (chosen !== MYSQL || program.kind === 'MySQL') return checked(program)
  }
  const why = paths.length === 0 ? 'which is no program' : 'and what has that name here is MariaDB'
  throw new Failure(`DATABASE_PROGRAM is ${chosen}, ${why}`)
}

async function readDatabaseProgram(path: string, env: Env): Promise<DatabaseProgram> {
  const text = await versionText(path, ['--no-defaults', '--version'], env)
  const kind = /mariadb/i.test(text) ? 'MariaDB' : 'MySQL'
  return { path, kind, ...nameAndVersion(path, /Ver (\d+\.\d+[\d.]*)/.exec(text)?.[1]) }
}

/** The first of the names that is an executable file on PATH or among the servers' own folders. */
export function findProgram(names: readonly string[], env: Env): string | undefined {
  return findPrograms(names, env)[0]
}

function findPrograms(names: readonly string[], { PATH = '' }: Env): string[] {
  const folders = [...PATH.split(delimiter).filter((folder) => folder !== ''), ...SERVER_FOLDERS]
  return names.flatMap((name) => folders.map((folder) => join(folder, name))).filter(isExecutable)
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK)
    return statSync(path).isFile()
  } catch {
    return false
  }
}

async function versionText(path: string, args: readonly string[], env: Env): Promise<string> {
  const run = promisify(execFile)
  const { stdout } = await run(path, args, { env, timeout: VERSION_TIMEOUT_MS }).catch((error: Error) => {
    throw new Failure(`${path} does not run`, { details: [error.message] })
  })
  return stdout
}

function nameAndVersion(path: string, version = ''): { name: string; version: string } {
  return { name: path.slice(path.lastIndexOf('/') + 1), version }
}

function checked<P extends Program>(program: P): P {
  const [major = 0, minor = 0] = program.version.split('.').map(Number)
  const [majorMin, minorMin] = VERSIONS_MIN[program.kind]
  if (major > majorMin || (major === majorMin && minor >= minorMin)) return program
  throw new Failure(
    `${program.path} is ${program.kind} ${program.version}; ${majorMin}.${minorMin} or later is needed`,
  )
}
