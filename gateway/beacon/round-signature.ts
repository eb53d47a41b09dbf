import { createHash } from 'node:crypto'
import { bls12_381 } from '@noble/curves/bls12-381.js'

const HASH_TO_CURVE = 'BLS_SIG_BLS12381G1_XMD:SHA-256_SSWU_RO_NUL_'

/** A signed round of a beacon; public key and signature in hex. */
export type SignedRound = { round: number; signature: string; publicKey: string }

/**
 * Whether a round is signed by a beacon: BLS12-381, signature in G1, key in G2, over SHA-256 of the round as 8 bytes,
 * big-endian (drand's scheme bls-unchained-g1-rfc9380). The first call in a thread takes half a second.
 */
export function isRoundSigned({ round, signature, publicKey }: SignedRound): boolean {
  const message = Buffer.alloc(8)
  message.writeBigUInt64BE(BigInt(round))
  const { shortSignatures } = bls12_381
  try {
    const point = shortSignatures.hash(createHash('sha256').update(message).digest(), HASH_TO_CURVE)
    return shortSignatures.verify(Buffer.from(signature, 'hex'), point, Buffer.from(publicKey, 'hex'))
  } catch {
    // Not a point of the curve, or not in its prime-order subgroup.
    return false
  }
}
