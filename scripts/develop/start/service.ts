import { setTimeout as sleep } from 'node:timers/promises'
import { createRestarts, type RestartLimits } from '../../../shared/runtime/restarts.ts'
import { Failure } from '../stores/failure.ts'
import type { Exit } from '../stores/guarded.ts'
import { lastLines } from '../stores/logs.ts'
import { becomeReady, describeExit, type RunningProcess } from '../stores/process.ts'

export type ServiceOptions = {
  name: string
  start: () => Promise<RunningProcess>
  isReady: () => Promise<boolean>
  readyTimeoutMs: number
  logFile: string
  signal?: AbortSignal | undefined
  limits?: RestartLimits
  /** Called for each restart, with how the previous process ended. */
  onRestart: (restart: { pid: number; exit: Exit }) => void
  /** Called when it dies so often that it is not restarted again. */
  onFailure: (failure: Failure) => void
}

export type Service = {
  name: string
  pid(): number
  stop(): Promise<void>
  kill(): void
}

const USUAL_LIMITS: RestartLimits = { deathsMax: 8, windowMs: 60_000, pauseMs: 200, pauseMaxMs: 5000 }

/**
 * Starts a service, waits until it responds, and restarts it whenever it dies. One that dies before its first response
 * is misconfigured, which a retry does not fix: that throws.
 */
export async function startService(options: ServiceOptions): Promise<Service> {
  const { name, start, isReady, readyTimeoutMs, logFile, signal, limits = USUAL_LIMITS } = options
  let current = await start()
  await becomeReady(current, { isReady, timeoutMs: readyTimeoutMs, logFile, signal })
  const stopping = new AbortController()
  const pauseAfterDeath = createRestarts(limits, () => performance.now())

  async function keepAlive(): Promise<void> {
    while (!stopping.signal.aborted) {
      const exit = await current.ended
      if (stopping.signal.aborted) return
      await current.stop() // what is left of it
      const pauseMs = pauseAfterDeath()
      if (pauseMs === undefined) throw tooManyDeaths(name, limits, exit, logFile)
      await sleep(pauseMs, undefined, { signal: stopping.signal })
      current = await start()
      if (stopping.signal.aborted) await current.stop()
      else options.onRestart({ pid: current.pid, exit })
    }
  }

  const over = keepAlive().catch((error: unknown) => {
    if (stopping.signal.aborted) return
    options.onFailure(
      error instanceof Failure ? error : new Failure(`${name} could not be started again: ${error}`),
    )
  })
  return {
    name,
    pid: () => current.pid,
    async stop() {
      stopping.abort()
      await current.stop()
      await over
    },
    kill() {
      stopping.abort()
      current.kill()
    },
  }
}

function tooManyDeaths(
  name: string,
  { deathsMax, windowMs }: RestartLimits,
  exit: Exit,
  logFile: string,
): Failure {
  const often = `more than ${deathsMax} times in ${windowMs / 1000} s`
  return new Failure(`${name} died ${often}, last ${describeExit(exit)}`, { details: lastLines(logFile) })
}
