import { withinDeadline } from './deadline.ts'
import type { Logger } from './log.ts'

export type ShutdownStep = { name: string; run: () => Promise<unknown> | unknown }

export type Shutdown = {
  /** Adds a step. Steps run in the order they were added. */
  step(name: string, run: ShutdownStep['run']): void
  /** Runs every step once, however often it is called; true when all of them succeeded in time. */
  run(): Promise<boolean>
}

/** How long one step may take before the next begins. */
export const SHUTDOWN_STEP_MS = 10_000

/** The shutdown of a process: a list of named steps, each run even if an earlier one failed or hung. */
export function createShutdown(log: Logger, stepTimeoutMs = SHUTDOWN_STEP_MS): Shutdown {
  const steps: ShutdownStep[] = []
  let running: Promise<boolean> | undefined

  async function runAll(): Promise<boolean> {
    let clean = true
    for (const { name, run } of steps) {
      try {
        await withinDeadline(stepTimeoutMs, run)
        log.debug({ step: name }, 'shutdown step done')
      } catch (error) {
        clean = false
        log.error({ step: name, err: error }, 'shutdown step failed')
      }
    }
    return clean
  }

  return {
    step(name, run) {
      steps.push({ name, run })
    },
    run() {
      running ??= runAll()
      return running
    },
  }
}

/** Ends the process through `shutdown` on SIGTERM or SIGINT. */
export function exitOnSignals(shutdown: Shutdown, log: Logger): void {
  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    process.once(signal, () => {
      log.info({ signal }, 'stopping')
      exitThrough(shutdown)
    })
  }
}

/** Ends the process through `shutdown`: exit status 0 when clean, 1 when not. */
export function exitThrough(shutdown: Shutdown): void {
  void shutdown.run().then((clean) => process.exit(clean ? 0 : 1))
}
