import { createHash } from 'node:crypto'
import { bls12_381 } from '@noble/curves/bls12-381.js'

/** drand quicknet (https://docs.drand.love), the public beacon whose key is built into this command. */
export const QUICKNET = {
  publicKey:
    '83cf0f2896adee7eb8b5f01fcad3912212c437e0073e911fb90022d3e760183c8c4b450b6a0a6c3ac6a5776a2d1064510d1fec758c921cc22b0e17e63aaf4bcb5ed66304de9cf809bd274ca73bab4af5a6e9c76a4bc09e76eae8991ef5ece45a',
  genesisMs: 1_692_803_367_000,
  periodMs: 3000,
} as const

/** The draw uses the first round that is due this long after the lobby closed. */
export const DELAY_MS = 3000

const HASH_TO_CURVE = 'BLS_SIG_BLS12381G1_XMD:SHA-256_SSWU_RO_NUL_'

/**
 * Whether a signature belongs to a round: BLS12-381 in G1 over SHA-256 of the round as 8 bytes
 * (bls-unchained-g1-rfc9380).
 */
export function isSignatureOf(round: number, signature: string, publicKey: string): boolean {
  const number = new DataView(new ArrayBuffer(8))
  number.setBigUint64(0, BigInt(round), false)
  const { shortSignatures } = bls12_381
  try {
    const point = shortSignatures.hash(createHash('sha256').update(number).digest(), HASH_TO_CURVE)
    return shortSignatures.verify(Buffer.from(signature, 'hex'), point, Buffer.from(publicKey, 'hex'))
  } catch {
    // Not a point of the curve.
    return false
  }
}

/** The first round of quicknet that was not due yet this long after an instant. */
export function roundAfter(instantMs: number): number {
  return Math.ceil((instantMs + DELAY_MS - QUICKNET.genesisMs) / QUICKNET.periodMs) + 1
}
