import { execFileSync } from 'node:child_process'
import { linkSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { waitUntil } from './wait.ts'

/**
 * Says in a file which process works on a folder. The file holds the process ID and when the process began,
 * so that a number the system has given to another process since does not count.
 *
 * @throws when the file is there already; see `lockHolder`
 */
export function writeLock(file: string, pid: number): void {
  if (lockHolder(file) === undefined) rmSync(file, { force: true })
  const draft = `${file}.${pid}`
  writeFileSync(draft, `${pid} ${processStart(pid) ?? ''}\n`, { mode: 0o600 })
  try {
    linkSync(draft, file)
  } finally {
    rmSync(draft)
  }
}

/** The ID of the living process that a lock file names. */
export function lockHolder(file: string): number | undefined {
  let text: string
  try {
    text = readFileSync(file, 'utf8').trim()
  } catch {
    return undefined
  }
  const [, id, start] = /^(\d+) (.+)$/.exec(text) ?? []
  const pid = Number(id)
  return id !== undefined && processStart(pid) === start ? pid : undefined
}

/** The process that still holds the file after a while; one that is about to end has that time to do so. */
export async function lingeringHolder(
  file: string,
  timeoutMs: number,
  signal: AbortSignal | undefined,
): Promise<number | undefined> {
  await waitUntil(() => lockHolder(file) === undefined, { timeoutMs, everyMs: 50, signal })
  return lockHolder(file)
}

/** When a process began, in the system's own words; undefined when it has ended, reaped or not. */
export function processStart(pid: number): string | undefined {
  return process.platform === 'linux' ? startFromProc(pid) : startFromPs(pid)
}

/** See proc_pid_stat(5): the name, in parentheses, may hold anything; field 3 is the state, 22 the start. */
function startFromProc(pid: number): string | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
    const [state, ...fields] = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
    return state === 'Z' || state === 'X' ? undefined : fields[18]
  } catch {
    return undefined
  }
}

function startFromPs(pid: number): string | undefined {
  try {
    const line = execFileSync('ps', ['-o', 'stat=', '-o', 'lstart=', '-p', String(pid)], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    })
    const [state = '', ...start] = line.trim().split(/\s+/)
    return state.startsWith('Z') || start.length === 0 ? undefined : start.join(' ')
  } catch {
    return undefined
  }
}
