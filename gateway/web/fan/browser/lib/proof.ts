import type { readChallengeRoute } from '../../../../../shared/api/entries.ts'
import type { Challenge, Proof } from '../../../../room/proof-of-work.ts'
import { ask } from '../../../layout/browser/lib/api.ts'
import { bytesOf, hexOf } from '../../../layout/browser/lib/hex.ts'
import { base64url, entryHash } from './entry-key.ts'

const CONCURRENCY = 256

/** Requests a challenge for an entry key and solves it; undefined when none is available. */
export async function prove(room: string, key: string): Promise<Proof | undefined> {
  const entry = base64url(await entryHash(key))
  const answer = await ask<typeof readChallengeRoute>('get', '/rooms/{room}/challenge', {
    params: { room },
    query: { entry },
  })
  return answer.status === 'done' ? solve(answer.body) : undefined
}

/** AttemptLimitsByKind counters in order, in batches, as `ChallengeSchema` describes; the page stays responsive between them. */
export async function solve(challenge: Challenge): Promise<Proof | undefined> {
  const { salt, nonce, keyPrefix, data } = challenge.parameters
  // altcha's second format: SHA-256(salt ‖ nonce ‖ counter)
  const head = bytesOf(salt + nonce)
  for (let first = 0; first < data.hashesMax; first += CONCURRENCY) {
    const tried = await Promise.all(
      Array.from({ length: CONCURRENCY }, async (_, i) => {
        const input = new Uint8Array(head.length + 4)
        input.set(head)
        new DataView(input.buffer).setUint32(head.length, first + i)
        return hexOf(new Uint8Array(await crypto.subtle.digest('SHA-256', input)))
      }),
    )
    const found = tried.findIndex((hash) => hash.startsWith(keyPrefix))
    const derivedKey = tried[found]
    if (derivedKey !== undefined) {
      return { challenge, solution: { counter: first + found, derivedKey, time: 0 } }
    }
  }
  return undefined
}
