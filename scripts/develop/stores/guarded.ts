import { type ChildProcess, type StdioOptions, spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'

export type GuardedOptions = {
  command: string
  args: readonly string[]
  env: NodeJS.ProcessEnv
  cwd?: string | undefined
  stdout: 'pipe' | number
  stderr: 'pipe' | number
  /** A private folder that `dispose` removes, or the guard if we are gone by then. */
  scratch?: string | undefined
  /** Called with the new process ID before the command runs; when it throws, the command never does. */
  beforeRun?: ((pid: number) => void) | undefined
}

export type Exit = { code: number | null; signal: NodeJS.Signals | null }

export type Guarded = {
  pid: number
  child: ChildProcess
  ended: Promise<Exit>
  /** Signals the process and its children; nothing happens when they are gone. */
  signal(signal: NodeJS.Signals): void
  /** To be called after the end: resolves when the guard has removed the scratch folder and is gone itself. */
  dispose(): Promise<void>
}

/** Waits for the starter's line, so that the command cannot run before somebody watches over it. */
const HELD_START = 'read -r _ && exec "$@" </dev/null'
const GUARD = fileURLToPath(new URL('guard.sh', import.meta.url))

/**
 * Starts a command in a process group of its own, which a terminal's Ctrl-C does not reach, under a guard
 * that ends the group when this process is gone, even by SIGKILL.
 */
export function spawnGuarded(options: GuardedOptions): Guarded {
  const { command, args, env, cwd, scratch } = options
  const stdio: StdioOptions = ['pipe', options.stdout, options.stderr]
  const child = spawn('sh', ['-c', HELD_START, 'sh', command, ...args], { env, cwd, stdio, detached: true })
  child.on('error', () => {}) // tells of a failed spawn, which the missing ID tells too
  const { pid } = child
  if (pid === undefined) throw new Error(`No process could be started for ${command}`)
  child.stdin?.on('error', () => {}) // the held shell is gone already
  let over = false
  const ended = new Promise<Exit>((resolve) => {
    child.once('exit', (code, signal) => {
      signalGroup(pid, 'SIGKILL') // what it started and left; from now on the ID may become another's
      over = true
      resolve({ code, signal })
    })
  })
  try {
    const guard = startGuard(pid, scratch)
    void ended.then(guard.groupEnded)
    options.beforeRun?.(pid)
    child.stdin?.end('\n')
    const signal = (name: NodeJS.Signals): void => {
      if (!over) signalGroup(pid, name)
    }
    return { pid, child, ended, signal, dispose: guard.dispose }
  } catch (error) {
    signalGroup(pid, 'SIGKILL')
    throw error
  }
}

function startGuard(
  pid: number,
  scratch: string | undefined,
): Pick<Guarded, 'dispose'> & { groupEnded(): void } {
  const folders = scratch === undefined ? [] : [scratch]
  const guard = spawn('sh', [GUARD, String(pid), ...folders], {
    stdio: ['pipe', 'ignore', 'ignore'],
    detached: true,
  })
  guard.on('error', () => {})
  if (guard.pid === undefined) throw new Error('No guard could be started')
  guard.stdin.on('error', () => {})
  guard.unref()
  const gone = new Promise<void>((resolve) => guard.once('exit', () => resolve()))
  return {
    groupEnded() {
      guard.stdin.write('ended\n')
      if (scratch === undefined) guard.stdin.end()
    },
    async dispose() {
      guard.ref()
      guard.stdin.end()
      await gone
    },
  }
}

/** A group that has just ended answers ESRCH, on macOS for a moment EPERM. */
function signalGroup(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(-pid, signal)
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined
    if (code !== 'ESRCH' && code !== 'EPERM') throw error
  }
}
