import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { runCommand } from '../../../develop/stores/command.ts'
import { Failure } from '../../../develop/stores/failure.ts'
import { lastLines } from '../../../develop/stores/logs.ts'
import { type RunningProcess, startProcess } from '../../../develop/stores/process.ts'
import { waitUntil } from '../../../develop/stores/wait.ts'
import { isInGroup, type Limits, makeGroup } from './cgroups.ts'
import { namespaceOf } from './network.ts'

export type MachineOptions = {
  name: string
  env: NodeJS.ProcessEnv
  nspawn: string
  nspawnLibraries: string
  /** The root folder that its own layer lies on. */
  lower: string
  /** Where its own layer is. */
  folder: string
  logFile: string
  limits: Limits
  /** Folders of this machine that it sees unchanged, by their place there. */
  readOnly: Readonly<Record<string, string>>
  /** Writes what it has before its first boot. */
  furnish: (root: string) => Promise<void>
}

export type Machine = {
  name: string
  /** Its root folder, as this machine sees it. */
  root: string
  /** Boots it, the first time or again; resolves when its process 1 runs. */
  boot(signal: AbortSignal): Promise<void>
  /** Runs a shell command as a unit of its own and returns what it wrote. Throws a Failure with its output. */
  run(title: string, command: string, timeoutMs: number): Promise<string>
  /** Like a power loss: no process gets to end by itself. */
  kill(): Promise<void>
}

const BOOT_TIMEOUT_MS = 30_000
const COMMAND_TIMEOUT_MS = 10_000
const MEMORY_MIB = 1024 * 1024
/** A t3.small. */
export const T3_SMALL: Limits = { cpus: 2, memoryBytes: 2048 * MEMORY_MIB }

/** A host with systemd as its process 1, in a network namespace that exists already. */
export async function createMachine(options: MachineOptions): Promise<Machine> {
  const { name, env, folder, lower, furnish, logFile } = options
  const root = join(folder, 'root')
  const [upper, work] = [join(folder, 'upper'), join(folder, 'work')]
  const here = (command: string, ...args: string[]): Promise<string> =>
    runCommand({ name: command, command, args, env, timeoutMs: COMMAND_TIMEOUT_MS })
  await here('mkdir', '-p', root, upper, work)
  const layers = `lowerdir=${lower},upperdir=${upper},workdir=${work}`
  await here('mount', '-t', 'overlay', 'overlay', '-o', layers, root)
  await furnish(root)
  const joined = await makeGroup(name, options.limits)
  let running: { nspawn: RunningProcess; leader: number } | undefined
  return {
    name,
    root,
    async boot(signal) {
      const nspawn = await startProcess({ ...command(options, root, joined), name, env, logFile, signal })
      let leader: number | undefined
      const found = await waitUntil(
        async () => {
          leader = await findLeader(name)
          return leader !== undefined
        },
        { timeoutMs: BOOT_TIMEOUT_MS, signal },
      )
      if (!found || leader === undefined) {
        await nspawn.stop()
        throw new Failure(`The host ${name} did not boot`, { details: lastLines(logFile) })
      }
      running = { nspawn, leader }
      await untilBusAnswers(options, leader, signal)
    },
    run(title, shell, timeoutMs) {
      if (running === undefined) throw new Error(`The host ${name} does not run`)
      const unit = ['systemd-run', '--quiet', '--wait', '--pipe', '--collect', 'sh', '-c', shell]
      return enter(options, running.leader, `${title} (on ${name})`, unit, timeoutMs)
    },
    async kill() {
      if (running === undefined) throw new Error(`The host ${name} does not run`)
      const { nspawn, leader } = running
      running = undefined
      process.kill(leader, 'SIGKILL')
      await nspawn.ended
    },
  }
}

/** Joins the host's control groups before systemd-nspawn makes its own in them. */
function command(
  { name, nspawn, nspawnLibraries, readOnly }: MachineOptions,
  root: string,
  joined: readonly string[],
): { command: string; args: string[] } {
  const join = joined.map((file) => `echo $$ > ${file}`).join(' && ')
  const binds = Object.entries(readOnly).map(([there, here]) => `--bind-ro=${here}:${there}`)
  const boot = [
    ...['env', `LD_LIBRARY_PATH=${nspawnLibraries}`, nspawn, '--quiet', '--boot', `--directory=${root}`],
    ...[`--machine=${name}`, '--register=no', '--keep-unit', `--network-namespace-path=${namespaceOf(name)}`],
    ...['--resolv-conf=off', '--timezone=off', '--console=pipe', ...binds],
  ]
  return { command: 'sh', args: ['-c', `${join} && exec "$@"`, 'sh', ...boot] }
}

/** The process that is number 1 in the host. */
async function findLeader(host: string): Promise<number | undefined> {
  for (const entry of await readdir('/proc')) {
    if (!/^\d+$/.test(entry)) continue
    const [status, cgroup] = await Promise.all([read(entry, 'status'), read(entry, 'cgroup')])
    if (/^NSpid:\t\d+(?:\t\d+)*\t1$/m.test(status) && isInGroup(cgroup, host)) return Number(entry)
  }
  return undefined
}

/** Empty for a process that has ended meanwhile. */
async function read(pid: string, file: string): Promise<string> {
  return readFile(join('/proc', pid, file), 'utf8').catch(() => '')
}

async function untilBusAnswers(options: MachineOptions, leader: number, signal: AbortSignal): Promise<void> {
  const { name } = options
  const ask = ['busctl', 'list', '--no-pager']
  const answers = await waitUntil(
    async () => (await enter(options, leader, 'busctl', ask, COMMAND_TIMEOUT_MS)) !== '',
    { timeoutMs: BOOT_TIMEOUT_MS, everyMs: 250, signal },
  )
  if (!answers) throw new Failure(`systemd on the host ${name} does not answer`)
}

function enter(
  { env }: MachineOptions,
  leader: number,
  name: string,
  argv: readonly string[],
  timeoutMs: number,
): Promise<string> {
  const clean = [
    'env',
    '-i',
    'PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
    'LANG=C.UTF-8',
  ]
  const args = [`--target=${leader}`, '--all', '--', ...clean, ...argv]
  return runCommand({ name, command: 'nsenter', args, env, timeoutMs })
}
