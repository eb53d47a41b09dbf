import { join } from 'node:path'
import { createConnection } from 'mysql2/promise'
import type { Env } from '../../../shared/runtime/env.ts'
import { asOwner, initialiseDatabase } from './database-data.ts'
import { Failure } from './failure.ts'
import { givingFolder, makePrivateFolder, makeScratchFolder } from './private-folder.ts'
import { becomeReady, startProcess } from './process.ts'
import { type DatabaseProgram, findDatabase } from './programs.ts'
import { type PrivateStore, serverEnv } from './redis.ts'

export type PrivateDatabaseOptions = {
  env: Env
  /** The folder of the data, initialised if it is empty. Without it, no data outlives the process. */
  dataDirectory?: string | undefined
  /** Whether a commit must survive a crash of the host. */
  durable: boolean
  logFile?: string | undefined
  /** The files of the certificate with which it offers TLS, and of its key. */
  tls?: { certificate: string; key: string } | undefined
  signal?: AbortSignal | undefined
}

/** The database that is created on the first start. */
const DATABASE = 'naru'
/** Recovery after a crash takes a while, especially on a busy host. */
const READY_TIMEOUT_MS = 5 * 60_000

/** Starts a MariaDB or MySQL of our own: on a unix socket that only this user can open, and on no port. */
export async function startDatabase(options: PrivateDatabaseOptions): Promise<PrivateStore> {
  const program = await findDatabase(options.env)
  if (program === undefined) throw new Failure('There is no mariadbd and no mysqld on this machine')
  const scratch = options.dataDirectory === undefined ? makeScratchFolder() : makePrivateFolder()
  return givingFolder(scratch, () => launch(program, scratch, options))
}

async function launch(
  program: DatabaseProgram,
  scratch: string,
  { durable, signal, tls, ...options }: PrivateDatabaseOptions,
): Promise<PrivateStore> {
  const env = serverEnv(options.env)
  const dataDirectory = options.dataDirectory ?? join(scratch, 'data')
  const socket = join(scratch, 'database.sock')
  const logFile = options.logFile ?? join(scratch, 'database.log')
  const logSize = `--${LOG_SIZE[program.kind]}=${durable ? '96M' : '16M'}`
  const places = {
    datadir: dataDirectory,
    socket,
    'pid-file': join(scratch, 'database.pid'),
    tmpdir: scratch,
  }
  // Another server that starts at the same time would delete files in a shared folder for temporary tables.
  const settings = [logSize, `--tmpdir=${scratch}`]
  await initialiseDatabase({ program, dataDirectory, env, settings, signal })
  const started = await startProcess({
    name: program.kind,
    command: program.path,
    args: [
      '--no-defaults',
      ...asOwner(),
      ...Object.entries(places).map(([name, path]) => `--${name}=${path}`),
      logSize,
      ...COMMON,
      ...(durable ? DURABLE : FAST),
      ...(program.kind === 'MySQL' ? MYSQL_ONLY : []),
      ...(tls === undefined ? [] : [`--ssl-cert=${tls.certificate}`, `--ssl-key=${tls.key}`]),
    ],
    env,
    logFile,
    lockFile: `${dataDirectory}.lock`,
    scratch,
    signal,
  })
  const query = `socketPath=${encodeURIComponent(socket)}`
  await becomeReady(started, {
    isReady: () => createDatabase(`mysql://root@localhost/?${query}`),
    timeoutMs: READY_TIMEOUT_MS,
    logFile,
    signal,
  })
  return { ...started, url: `mysql://root@localhost/${DATABASE}?${query}` }
}

/** MariaDB's log file size has been called a capacity in MySQL since 8.0.30, and nothing else since 9. */
const LOG_SIZE = { MariaDB: 'innodb-log-file-size', MySQL: 'loose-innodb-redo-log-capacity' } as const

const COMMON = [
  '--skip-networking',
  '--skip-name-resolve',
  '--skip-log-bin',
  '--character-set-server=utf8mb4',
  '--default-time-zone=+00:00',
  '--max-connections=500',
  '--performance-schema=OFF',
]
const DURABLE = ['--innodb-flush-log-at-trx-commit=1', '--innodb-buffer-pool-size=256M']
const FAST = [
  '--innodb-flush-log-at-trx-commit=0',
  '--innodb-doublewrite=0',
  '--innodb-fast-shutdown=2',
  '--innodb-buffer-pool-size=64M',
]
const MYSQL_ONLY = ['--mysqlx=OFF', '--secure-file-priv=NULL']

async function createDatabase(server: string): Promise<boolean> {
  const connection = await createConnection(server)
  try {
    await connection.query(`CREATE DATABASE IF NOT EXISTS ${DATABASE} CHARACTER SET utf8mb4`)
    return true
  } finally {
    connection.destroy()
  }
}
