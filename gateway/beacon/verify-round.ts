import { Worker } from 'node:worker_threads'
import type { SignedRound } from './round-signature.ts'

/** Longer than it takes on a machine that is busy with an opening. */
const VERIFY_MS_MAX = 15_000

/** Whether a round is signed by a beacon, found out in a thread of its own: nobody else is held up by it. */
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
