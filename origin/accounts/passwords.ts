import { hash, verify } from '@node-rs/argon2'
import { type Busy, createBoundedQueue } from '../../shared/bounded-queue.ts'
import { createCommonPasswords, type IsCommonPassword } from './common-passwords.ts'

/** Hashes and checks passwords, a few at a time: it is the most expensive thing the origin does. */
export type Passwords = {
  /** Whether a password that somebody chooses is refused, because guessers try it first. */
  isCommon: IsCommonPassword
  /** The argon2id hash as a PHC string, or busy when too many are waiting. */
  hash(password: string): Promise<{ status: 'ran'; value: string } | Busy>
  /** Whether the password is the one that was hashed. */
  verify(phc: string, password: string): Promise<{ status: 'ran'; value: boolean } | Busy>
}

/** OWASP's password storage cheat sheet: argon2id with 19 MiB, 2 passes and 1 lane. */
const ARGON2ID = { memoryCost: 19_456, timeCost: 2, parallelism: 1 }

/** @param waitingMax - how many may wait for one of the `atOnceMax` before more are refused */
export function createPasswords(atOnceMax: number, waitingMax: number): Passwords {
  const queue = createBoundedQueue({ atOnceMax, waitingMax })
  return {
    isCommon: createCommonPasswords(),
    hash: (password) => queue(() => hash(password, ARGON2ID)),
    verify: (phc, password) => queue(() => verify(phc, password)),
  }
}
