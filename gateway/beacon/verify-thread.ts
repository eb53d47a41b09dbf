import { parentPort, workerData } from 'node:worker_threads'
import { isRoundSigned, type SignedRound } from './round-signature.ts'

// Run as a thread of its own (verify-round.ts), which ends with its answer.
parentPort?.postMessage(isRoundSigned(workerData as SignedRound))
