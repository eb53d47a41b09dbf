import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { closeSync, existsSync, openSync, readFileSync, writeFileSync } from 'node:fs'
import { type AddressInfo, createServer } from 'node:net'
import { join } from 'node:path'
import { z } from 'zod'
import { waitUntil } from '../../develop/stores/wait.ts'

/** A service that runs on a held socket. */
export type Instance = {
  pid: number
  /** What it has told systemd, one message a line. */
  told: () => string
  logged: () => string
  /** Sends SIGTERM; resolves to the exit status. */
  stop: () => Promise<number>
}

/** A socket unit of systemd: a listening socket that outlives the services that are started on it. */
export type SocketHolder = {
  port: number
  start: (options: InstanceOptions) => Promise<Instance>
  /** Ends everything that still runs on the socket. */
  close: () => Promise<void>
}

type InstanceOptions = {
  name: string
  command: readonly [string, ...string[]]
  env: Readonly<Record<string, string | undefined>>
  /** The files of the credentials directory. */
  credentials: string
}

/**
 * Starts the scripts that it reads, each as a child that inherits the socket as descriptor 3, and ends them all when
 * its own starter is gone.
 */
const HOLD = 'while read -r run; do { sh "$run"; echo $? >"$run.status"; } & done; kill -TERM 0'
const START_MS_MAX = 20_000
const STOP_MS_MAX = 60_000

/** @param folder - for logs and scripts, empty */
export async function holdSocket(folder: string): Promise<SocketHolder> {
  const server = createServer()
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  const { _handle: handle } = z.object({ _handle: z.object({ fd: z.number() }) }).parse(server)
  const log = openSync(join(folder, 'holder.log'), 'a')
  const holder = spawn('sh', ['-c', HOLD], { stdio: ['pipe', log, log, handle.fd], detached: true })
  closeSync(log)
  await once(holder, 'spawn')
  // From now on only what the holder starts accepts connections.
  server.close()
  writeNotifyProgram(folder)
  return {
    port,
    async start(options) {
      const run = join(folder, options.name)
      writeFileSync(run, scriptOf(run, folder, options))
      holder.stdin?.write(`${run}\n`)
      await waitUntil(async () => existsSync(`${run}.pid`), { timeoutMs: START_MS_MAX })
      const pid = Number(readFileSync(`${run}.pid`, 'utf8'))
      return {
        pid,
        told: () => readIfThere(`${run}.told`),
        logged: () => readIfThere(`${run}.log`),
        async stop() {
          process.kill(pid, 'SIGTERM')
          await waitUntil(async () => readIfThere(`${run}.status`).endsWith('\n'), { timeoutMs: STOP_MS_MAX })
          return Number(readFileSync(`${run}.status`, 'utf8'))
        },
      }
    },
    async close() {
      const ended = once(holder, 'exit')
      holder.stdin?.end()
      await ended
    },
  }
}

/** As systemd starts a service: the environment of the unit, and nothing of ours. */
function scriptOf(run: string, folder: string, { command, env, credentials }: InstanceOptions): string {
  const variables = {
    ...env,
    PATH: `${folder}:/usr/bin:/bin`,
    LISTEN_FDS: '1',
    LISTEN_FDNAMES: 'public',
    NOTIFY_SOCKET: `${run}.told`,
    CREDENTIALS_DIRECTORY: credentials,
  }
  const given = Object.entries(variables).flatMap(([name, value]) =>
    value === undefined ? [] : [`${name}=${quote(value)}`],
  )
  return `echo $$ >${quote(`${run}.new`)}; mv ${quote(`${run}.new`)} ${quote(`${run}.pid`)}
exec env -i LISTEN_PID=$$ ${given.join(' ')} ${command.map(quote).join(' ')} >${quote(`${run}.log`)} 2>&1
`
}

/** In place of systemd's program: there is no systemd that listens. */
function writeNotifyProgram(folder: string): void {
  const program = '#!/bin/sh\nprintf "%s\\n" "$*" >>"$NOTIFY_SOCKET"\n'
  writeFileSync(join(folder, 'systemd-notify'), program, { mode: 0o755 })
}

function quote(text: string): string {
  return `'${text.replaceAll("'", String.raw`'\''`)}'`
}

function readIfThere(file: string): string {
  return existsSync(file) ? readFileSync(file, 'utf8') : ''
}
