import { hash, verify } from '@node-rs/argon2'
import pLimit from 'p-limit'

export type PasswordsBusy = { status: 'busy'; retryAfterSeconds: number }

/** Hashes and checks passwords, a few at a time: it is the dearest thing the origin does. */
export type Passwords = {
  /** The argon2id hash as a PHC string, or busy when too many are waiting. */
  hash(password: string): Promise<{ status: 'done'; hash: string } | PasswordsBusy>
  verify(phc: string, password: string): Promise<{ status: 'done'; matches: boolean } | PasswordsBusy>
}

/** OWASP's password storage cheat sheet: argon2id with 19 MiB, 2 passes and 1 lane. */
const ARGON2ID = { memoryCost: 19_456, timeCost: 2, parallelism: 1 }
/** Before the first one has been timed. */
const USUAL_MS = 20
const RETRY_SECONDS_MAX = 30

/** @param waitingMax - how many may wait for one of the `atOnceMax` before more are refused */
export function createPasswords(atOnceMax: number, waitingMax: number): Passwords {
  const limit = pLimit(atOnceMax)
  let averageMs = USUAL_MS

  async function timed<T>(work: () => Promise<T>): Promise<T> {
    const startedAt = performance.now()
    try {
      return await work()
    } finally {
      averageMs += (performance.now() - startedAt - averageMs) / 16
    }
  }

  /** Whoever is refused is told to come back when those waiting now will be done. */
  function refusal(): PasswordsBusy | undefined {
    if (limit.pendingCount < waitingMax) return undefined
    const seconds = Math.ceil((limit.pendingCount * averageMs) / atOnceMax / 1000)
    return { status: 'busy', retryAfterSeconds: Math.min(Math.max(seconds, 1), RETRY_SECONDS_MAX) }
  }

  return {
    async hash(password) {
      return refusal() ?? { status: 'done', hash: await limit(() => timed(() => hash(password, ARGON2ID))) }
    },
    async verify(phc, password) {
      return refusal() ?? { status: 'done', matches: await limit(() => timed(() => verify(phc, password))) }
    },
  }
}
