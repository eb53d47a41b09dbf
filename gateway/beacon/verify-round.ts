import { Worker } from 'node:worker_threads'
import type { SignedRound } from './round-signature.ts'

/** Longer than a verification takes on a host that is busy with an opening. */
const VERIFY_MS_MAX = 15_000

/** Whether a round is signed by a beacon; verified in a worker thread, so that it does not block the event loop. */
export function verifyRound(signed: SignedRound): Promise<boolean> {
  return new Promise((resolve, reject) => {
    const thread = new Worker(new URL('./verify-thread.ts', import.meta.url), { workerData: signed })
    const timer = setTimeout(() => void thread.terminate(), VERIFY_MS_MAX)
    thread.once('message', (isSigned: unknown) => resolve(isSigned === true))
    thread.once('error', reject)
    thread.once('exit', () => {
      clearTimeout(timer)
      reject(new Error('The thread that verifies a round ended without an answer'))
    })
  })
}
