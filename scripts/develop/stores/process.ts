import { closeSync, openSync, rmSync } from 'node:fs'
import { Failure } from './failure.ts'
import { type Exit, spawnGuarded } from './guarded.ts'
import { lingeringHolder, writeLock } from './lock.ts'
import { lastLines } from './logs.ts'
import { settles, waitUntil } from './wait.ts'

export type ProcessOptions = {
  /** Its name in messages. */
  name: string
  command: string
  args: readonly string[]
  env: NodeJS.ProcessEnv
  cwd?: string | undefined
  /** The file that its output is appended to. */
  logFile: string
  /** Names the process while it lives, so that no second one works on the same folder. */
  lockFile?: string | undefined
  /** A private folder that lives as long as the process. */
  scratch?: string | undefined
  signal?: AbortSignal | undefined
}

export type RunningProcess = {
  name: string
  pid: number
  ended: Promise<Exit>
  /** Signals it to end, kills it after a while, and resolves when nothing of it is left. */
  stop(): Promise<void>
  /** Kills it immediately. */
  kill(): void
}

const STOP_TIMEOUT_MS = 15_000
/** What a guard takes at most to end a process whose starter was killed, and a little. */
const LINGERING_MS = 6000

/** Starts a program that lives until it is stopped, and never longer than this process. */
export async function startProcess(options: ProcessOptions): Promise<RunningProcess> {
  const { name, logFile, lockFile, scratch, signal } = options
  if (lockFile !== undefined) await refuseSecond(name, lockFile, signal)
  const log = openSync(logFile, 'a', 0o600)
  const guarded = (() => {
    try {
      const beforeRun = lockFile === undefined ? undefined : (pid: number) => writeLock(lockFile, pid)
      return spawnGuarded({ ...options, stdout: log, stderr: log, scratch, beforeRun })
    } finally {
      closeSync(log)
    }
  })()
  const ended = guarded.ended.then((exit) => {
    if (lockFile !== undefined) rmSync(lockFile, { force: true })
    return exit
  })
  return {
    name,
    pid: guarded.pid,
    ended,
    async stop() {
      guarded.signal('SIGTERM')
      if (!(await settles(ended, STOP_TIMEOUT_MS))) guarded.signal('SIGKILL')
      await ended
      await guarded.dispose()
    },
    kill: () => guarded.signal('SIGKILL'),
  }
}

async function refuseSecond(name: string, lockFile: string, signal: AbortSignal | undefined): Promise<void> {
  const holder = await lingeringHolder(lockFile, LINGERING_MS, signal)
  if (holder === undefined) return
  throw new Failure(`${name} already runs on this data, as process ${holder}`, {
    advice: `Stop that one first: kill ${holder}`,
  })
}

export type ReadyOptions = {
  isReady: () => Promise<boolean>
  timeoutMs: number
  logFile: string
  signal?: AbortSignal | undefined
}

/**
 * Waits until a started program answers. One that ends before, or does not answer in time, is stopped, and the
 * failure shows the end of its log.
 */
export async function becomeReady(started: RunningProcess, options: ReadyOptions): Promise<void> {
  const { isReady, timeoutMs, logFile, signal } = options
  let exit: Exit | undefined
  void started.ended.then((value) => {
    exit = value
  })
  try {
    const ready = await waitUntil(async () => exit !== undefined || (await isReady()), { timeoutMs, signal })
    if (ready && exit === undefined) return
  } catch (error) {
    await started.stop()
    throw error
  }
  const why =
    exit === undefined
      ? `does not answer after ${timeoutMs / 1000} s`
      : `ended at once, ${describeExit(exit)}`
  const details = lastLines(logFile)
  await started.stop()
  throw new Failure(`${started.name} ${why}`, { details })
}

export function describeExit({ code, signal }: Exit): string {
  return signal === null ? `with status ${code}` : `by ${signal}`
}
