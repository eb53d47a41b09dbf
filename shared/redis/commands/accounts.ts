import type { Result } from 'ioredis'
import type { Reply } from './reply.ts'

declare module 'ioredis' {
  /** Ended sessions, and attempts to sign in. */
  interface RedisCommander<Context> {
    sessionsEnd(
      ...args: [sessionEnd: string, fromSeconds: number, rememberSeconds: number]
    ): Result<0 | 1, Context>
    attemptsTake(
      ...args: [
        ...[network: string, pair: string, subject: string, device: string, proven: string, proof: string],
        ...[networkMax: number, pairMax: number, subjectMax: number, windowSeconds: number],
        ...[isKnownDevice: 0 | 1, thousandHashes: number, proofSeconds: number],
        ...[priceMin: number, priceMax: number, proofsPerDoubling: number],
      ]
    ): Result<Reply, Context>
  }
}
