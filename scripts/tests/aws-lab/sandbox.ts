import { readdirSync, readFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { runCommand } from '../../develop/stores/command.ts'
import { isInRehearsal, ourGroups, removeGroups } from './hosts/cgroups.ts'

/**
 * Arguments of `setpriv`, before a program and its own: its mounts, networks and processes go with it, and it goes with
 * the process that has started it.
 */
export const SANDBOX = [
  ...['--pdeathsig', 'KILL', 'unshare', '--kill-child=SIGKILL', '--propagation=private'],
  ...['--mount', '--net', '--ipc', '--uts', '--pid', '--fork', '--mount-proc'],
]

const GONE_TRIES_MAX = 50
const GONE_EVERY_MS = 100

/** The first thing inside: places that programs write to, which the machine then never sees. */
export async function hideMachine(env: NodeJS.ProcessEnv): Promise<void> {
  const mount = (...args: string[]): Promise<string> =>
    runCommand({ name: 'mount', command: 'mount', args, env, timeoutMs: 10_000 })
  await mount('-t', 'tmpfs', '-o', 'mode=755', 'rehearsal', '/run')
}

export type Remains = { processes: string[]; mounts: string[]; groups: string[] }

/** What a rehearsal has left on the machine. */
export function findRemains(folder: string): Remains {
  const processes = readdirSync('/proc')
    .filter((entry) => /^\d+$/.test(entry))
    .filter((entry) => isInRehearsal(readProc(entry, 'cgroup')))
    .map((entry) => `${entry} ${readProc(entry, 'comm').trim()}`)
  const mounts = readProc('self', 'mounts')
    .split('\n')
    .filter((line) => line.split(' ')[1]?.startsWith(folder) === true)
  return { processes, mounts, groups: ourGroups() }
}

function readProc(entry: string, file: string): string {
  try {
    return readFileSync(`/proc/${entry}/${file}`, 'utf8')
  } catch {
    return '' // it has ended meanwhile
  }
}

/** Removes the control groups once their processes are gone. Returns what is left after that. */
export async function cleanUp(folder: string): Promise<Remains> {
  for (let tries = 0; tries < GONE_TRIES_MAX && findRemains(folder).processes.length > 0; tries += 1) {
    await sleep(GONE_EVERY_MS)
  }
  if (findRemains(folder).processes.length === 0) removeGroups()
  return findRemains(folder)
}
