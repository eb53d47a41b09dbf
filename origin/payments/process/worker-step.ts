import { withinDeadline } from '../../../shared/runtime/deadline.ts'

/** Runs one step of a worker. Rejects when it takes too long or the worker is to stop: its later result is ignored. */
export type WorkerStep = <T>(msMax: number, work: () => Promise<T>) => Promise<T>

/** More than what a few commands on the shared connection take, each of which has its own limit. */
export const STEP_MS_MAX = 15_000

export function createWorkerStep(signal: AbortSignal): WorkerStep {
  return async (msMax, work) => {
    signal.throwIfAborted()
    const { promise: stopped, reject } = Promise.withResolvers<never>()
    const stop = () => reject(signal.reason)
    signal.addEventListener('abort', stop)
    try {
      return await withinDeadline(msMax, () => Promise.race([work(), stopped]))
    } finally {
      signal.removeEventListener('abort', stop)
    }
  }
}
