import { existsSync, mkdirSync, readdirSync, renameSync, rmdirSync, rmSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { runCommand } from './command.ts'
import { Failure } from './failure.ts'
import { findProgram, type Program } from './programs.ts'

export type InitialiseOptions = {
  program: Program
  dataDirectory: string
  env: NodeJS.ProcessEnv
  /** Server options that affect the files it creates. */
  settings: readonly string[]
  signal: AbortSignal | undefined
}

const INITIALISE_TIMEOUT_MS = 120_000

/** Creates the system tables unless they exist, atomically. */
export async function initialiseDatabase(options: InitialiseOptions): Promise<void> {
  const { program, dataDirectory, env, settings, signal } = options
  if (existsSync(join(dataDirectory, 'mysql'))) return
  if (existsSync(dataDirectory)) refuseUnknown(dataDirectory)
  const draft = `${dataDirectory}.new`
  rmSync(draft, { recursive: true, force: true })
  mkdirSync(dirname(dataDirectory), { recursive: true, mode: 0o700 })
  const [command, ...args] = program.kind === 'MySQL' ? mysqlCommand(program) : mariadbCommand(env)
  await runCommand({
    name: `Making the tables of ${program.kind}`,
    command,
    args: ['--no-defaults', ...args, ...asOwner(), `--datadir=${draft}`, ...settings],
    env,
    timeoutMs: INITIALISE_TIMEOUT_MS,
    advice: program.kind === 'MySQL' ? WRAPPED : undefined,
    signal,
  })
  if (existsSync(dataDirectory)) rmdirSync(dataDirectory)
  renameSync(draft, dataDirectory)
}

/** `--no-defaults` counts as the first argument only; the files in /etc are MariaDB's where that is installed too. */
const WRAPPED =
  'If DATABASE_PROGRAM is a script, it must pass a leading --no-defaults on before options of its own: otherwise the option files in /etc apply.'

/** A server refuses to run as root unless told to. */
export function asOwner(): string[] {
  return process.getuid?.() === 0 ? ['--user=root'] : []
}

function mysqlCommand({ path }: Program): [string, ...string[]] {
  return [path, '--initialize-insecure']
}

function mariadbCommand(env: NodeJS.ProcessEnv): [string, ...string[]] {
  const path = findProgram(['mariadb-install-db', 'mysql_install_db'], env)
  if (path === undefined) throw new Failure('There is no mariadb-install-db beside mariadbd')
  return [path, '--auth-root-authentication-method=normal', '--skip-test-db']
}

function refuseUnknown(folder: string): void {
  if (readdirSync(folder).length === 0) return
  throw new Failure(`${folder} holds something that is not the data of a database`, {
    advice: 'Move it away.',
  })
}
