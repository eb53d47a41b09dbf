import { DeadlineExceeded } from '../../../shared/runtime/deadline.ts'
import type { Logger } from '../../../shared/runtime/log.ts'
import { pause } from '../../../shared/runtime/loop.ts'
import type { InFlight } from '../in-flight.ts'
import type { StreamBatch } from '../payment-stream.ts'
import type { StreamReader } from './stream-reader.ts'
import type { WorkerStep } from './worker-step.ts'

export type ReadLoopDeps = {
  reader: StreamReader
  inFlight: InFlight
  batchMax: number
  /** Starts processing what was read, without waiting for it. */
  enqueue: (batch: StreamBatch) => void
  step: WorkerStep
  signal: AbortSignal
  log: Logger
}

export type ReadLoop = {
  /** Time since the last reply from the stream, including empty ones. */
  unreadMs(): number
  /** Resolves once the loop has stopped, after the signal was aborted. */
  ended: Promise<void>
}

const AFTER_FAILURE_MS = 500
/** How long the provider and MySQL may take before a warning is logged that they delay the room. */
const FULL_MS_MAX = 5000

/** Reads entries while there is capacity for them; after a failure, on a new connection. */
export function startReading(deps: ReadLoopDeps): ReadLoop {
  const { reader, inFlight, signal, log } = deps
  let failing = false
  let readAt = performance.now()
  return { unreadMs: () => performance.now() - readAt, ended: run() }

  async function run(): Promise<void> {
    while (!signal.aborted) {
      try {
        await turn()
      } catch (error) {
        if (signal.aborted) return
        startOver(error)
        await pause(AFTER_FAILURE_MS, signal)
      }
    }
  }

  async function turn(): Promise<void> {
    if (!(await reader.ensure())) return pause(AFTER_FAILURE_MS, signal)
    if (!(await hasCapacity(deps))) return
    deps.enqueue(await reader.read(Math.min(deps.batchMax, inFlight.room())))
    readAt = performance.now()
    if (failing) log.info('payments are read again')
    failing = false
  }

  function startOver(error: unknown): void {
    // While it lasts, one log line is enough.
    const level = failing ? 'debug' : 'warn'
    const unreadMs = Math.round(performance.now() - readAt)
    log[level]({ err: error, unreadMs }, 'payments cannot be read; trying again on a new connection')
    failing = true
    reader.startOver()
  }
}

/** Waits until one more payment may be in process; false when that takes long. */
async function hasCapacity({
  inFlight,
  step,
  log,
}: Pick<ReadLoopDeps, 'inFlight' | 'step' | 'log'>): Promise<boolean> {
  if (inFlight.room() > 0) return true
  const waiting = new AbortController()
  try {
    await step(FULL_MS_MAX, () => inFlight.roomFor(1, waiting.signal))
    return true
  } catch (error) {
    if (!(error instanceof DeadlineExceeded)) throw error
    log.warn({ underWay: inFlight.all().length }, 'no more payments are read until some under way have ended')
    return false
  } finally {
    waiting.abort()
  }
}
