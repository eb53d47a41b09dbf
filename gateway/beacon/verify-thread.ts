import { parentPort, workerData } from 'node:worker_threads'
import { isRoundSigned, type SignedRound } from './round-signature.ts'

// Runs as a worker thread (verify-round.ts) that ends with its result.
parentPort?.postMessage(isRoundSigned(workerData as SignedRound))
