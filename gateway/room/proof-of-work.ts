import { hkdfSync, randomInt } from 'node:crypto'
import { createChallenge, verifySolution } from 'altcha-lib'
import { deriveKey } from 'altcha-lib/algorithms/sha'
import type { z } from 'zod'
import { ChallengeSchema, KEY_BYTES, PREFIX_BYTES, type ProofSchema } from '../../shared/api/entries.ts'
import type { Clock } from '../../shared/runtime/clock.ts'
import { ENTRY_REMEMBER_SECONDS } from './enter-room.ts'

/**
 * How long a proof of work may take. A solution that outlived the record of its entry key would be valid for a second
 * place.
 */
export const CHALLENGE_SECONDS = Math.min(300, ENTRY_REMEMBER_SECONDS)

export type Challenge = z.output<typeof ChallengeSchema>
export type Proof = z.output<typeof ProofSchema>

/** The data of `ChallengeSchema`, before its difficulty is known. */
export type ProofFor = { room: string; entry: string }

export type ProofOfWork = {
  /** @param thousandHashes - the average amount of work */
  challenge(proofFor: ProofFor, thousandHashes: number): Promise<Challenge>
  check(proofFor: ProofFor, proof: Proof): Promise<'proven' | 'wrong' | 'expired'>
}

/**
 * Proofs that a device has done work for an entry, which cost the gateway two signatures and no storage.
 *
 * A challenge is for one entry in one room, named by the hash of its key, so a replayed solution only returns the same
 * place; for that, `seconds` must not exceed how long entries are remembered. A challenge stays valid until it expires,
 * even when the organiser changes the difficulty: no work is lost, and a higher difficulty applies to all after
 * `seconds`.
 *
 * @param options.secret - the place secret, from which dedicated keys are derived (HKDF, RFC 5869)
 * @param options.seconds - how long a challenge may take to solve
 */
export function createProofOfWork(options: { secret: string; seconds: number; now: Clock }): ProofOfWork {
  const { secret, seconds, now } = options
  const keys = {
    hmacSignatureSecret: derived(secret, 'naru proof of work: challenge'),
    hmacKeySignatureSecret: derived(secret, 'naru proof of work: solution'),
  }

  return {
    async challenge(proofFor, thousandHashes) {
      // The counter is drawn here, so that a client tries at most twice the average.
      const hashesMax = 2000 * thousandHashes
      const challenge = await createChallenge({
        algorithm: 'SHA-256',
        cost: 1,
        counter: randomInt(hashesMax),
        deriveKey,
        keyLength: KEY_BYTES,
        keyPrefixLength: PREFIX_BYTES,
        expiresAt: Math.floor(now() / 1000) + seconds,
        data: { ...proofFor, hashesMax },
        ...keys,
      })
      return ChallengeSchema.parse(challenge)
    },

    async check(proofFor, { challenge, solution }) {
      const { data, expiresAt } = challenge.parameters
      if (data.room !== proofFor.room || data.entry !== proofFor.entry) return 'wrong'
      if (expiresAt * 1000 <= now()) return 'expired'
      const { verified } = await verifySolution({ challenge, solution, deriveKey, ...keys })
      return verified ? 'proven' : 'wrong'
    },
  }
}

function derived(secret: string, label: string): string {
  return Buffer.from(hkdfSync('sha256', secret, '', label, KEY_BYTES)).toString('hex')
}
