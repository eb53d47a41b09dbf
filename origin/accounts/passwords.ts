import { type Busy, createBoundedQueue, type Ran } from '../../shared/runtime/bounded-queue.ts'
import { HelperFailed } from '../helper-process/helper-process.ts'
import { createCommonPasswords, type IsCommonPassword } from './common-passwords.ts'
import { type Hashing, threadHashing } from './hashing.ts'

/** Hashes and checks passwords, a few at a time: it is the most expensive work of the origin. */
export type Passwords = {
  /** Whether a chosen password is rejected because it is commonly guessed. */
  isCommon: IsCommonPassword
  /**
   * The argon2id hash as a PHC string, or busy when the queue is full.
   *
   * @param like - another hash, whose salt and cost are used, so that the same password has the same hash
   */
  hash(password: string, like?: string): Promise<{ status: 'ran'; value: string } | Busy>
  /** Whether the password is the one that was hashed. */
  verify(phc: string, password: string): Promise<{ status: 'ran'; value: boolean } | Busy>
}

/** OWASP's password storage cheat sheet: argon2id with 19 MiB, 2 passes and 1 lane. */
const ARGON2ID = { memoryCost: 19_456, timeCost: 2, parallelism: 1 }

const PHC = /^\$argon2id\$v=19\$m=(\d+),t=(\d+),p=(\d+)\$([A-Za-z0-9+/]+)\$/

/** Backoff after a hashing process has failed: the next request starts another. */
const FAILED: Busy = { status: 'busy', retryAfterSeconds: 1 }

/** How many may wait for hashing before more are rejected. */
export const PASSWORD_QUEUE_MAX = 300

/** @param queueMax - how many may wait for one of the `concurrencyMax` before more are rejected */
export function createPasswords(
  concurrencyMax: number,
  queueMax: number,
  hashing: Hashing = threadHashing,
): Passwords {
  const queue = createBoundedQueue({ concurrencyMax, queueMax })

  async function orBusy<T>(work: () => Promise<T>): Promise<Ran<T>> {
    try {
      return await queue(work)
    } catch (error) {
      if (error instanceof HelperFailed) return FAILED
      throw error
    }
  }

  return {
    isCommon: createCommonPasswords(),
    hash: (password, like = '') => orBusy(() => hashing.hash(password, { ...ARGON2ID, ...settingsOf(like) })),
    verify: (phc, password) => orBusy(() => hashing.verify(phc, password)),
  }
}

/** The parameters of a hash; undefined for an unusable one, as of an account that cannot be signed in to. */
function settingsOf(phc: string) {
  const [, memory, passes, lanes, salt] = PHC.exec(phc) ?? []
  if (salt === undefined) return {}
  const cost = { memoryCost: Number(memory), timeCost: Number(passes), parallelism: Number(lanes) }
  return { ...cost, salt: Buffer.from(salt, 'base64') }
}
