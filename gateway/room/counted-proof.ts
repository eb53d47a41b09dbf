import { createHmac, hkdfSync } from 'node:crypto'
import type { PersonProof } from '../../shared/tokens/kinds.ts'
import type { CountedProof } from './bind-place.ts'

const KEY_BYTES = 32
/** Long enough that two networks of a room share a hash once in billions of rooms. */
const HASH_BYTES = 9

/**
 * The hashes under which a room counts a chance: readers of Redis or MySQL learn no network or mail domain from them.
 */
export type CountProof = (
  room: string,
  proof: PersonProof | undefined,
  network: string | undefined,
) => CountedProof | undefined

/** @param secret - the place secret, from which a dedicated key is derived (HKDF, RFC 5869) */
export function createCountProof(secret: string): CountProof {
  const key = Buffer.from(hkdfSync('sha256', secret, '', 'naru draw: who a chance is counted for', KEY_BYTES))
  const hash = (room: string, kind: string, text: string | undefined) =>
    text === undefined || text === ''
      ? ''
      : createHmac('sha256', key)
          .update(`${room}\0${kind}\0${text}`)
          .digest()
          .subarray(0, HASH_BYTES)
          .toString('base64url')

  return (room, proof, network) =>
    proof === undefined
      ? undefined
      : { network: hash(room, 'network', network), domain: hash(room, 'domain', proof.group) }
}
