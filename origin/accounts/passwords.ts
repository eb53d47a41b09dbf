import { hash, verify } from '@node-rs/argon2'
import pLimit from 'p-limit'

/** Hashes and checks passwords, a few at a time: it is the dearest thing the origin does. */
export type Passwords = {
  /** The argon2id hash as a PHC string, or busy when too many are waiting. */
  hash(password: string): Promise<{ status: 'done'; hash: string } | { status: 'busy' }>
  verify(hash: string, password: string): Promise<{ status: 'done'; matches: boolean } | { status: 'busy' }>
}

/** OWASP's password storage cheat sheet: argon2id with 19 MiB, 2 passes, 1 lane, which are this library's defaults. */
const ARGON2ID = { memoryCost: 19_456, timeCost: 2, parallelism: 1 }

/** @param waitingMax - how many may wait for one of the `atOnceMax` before more are refused */
export function createPasswords(atOnceMax: number, waitingMax: number): Passwords {
  const limit = pLimit(atOnceMax)
  const full = () => limit.pendingCount >= waitingMax
  return {
    async hash(password) {
      if (full()) return { status: 'busy' }
      return { status: 'done', hash: await limit(() => hash(password, ARGON2ID)) }
    },
    async verify(phc, password) {
      if (full()) return { status: 'busy' }
      return { status: 'done', matches: await limit(() => verify(phc, password)) }
    },
  }
}
