import { bls12_381 } from '@noble/curves/bls12-381.js'
import { bytesOf } from '../../layout/browser/lib/hex.ts'
import type { PublishedDraw } from './lib/check-draw.ts'

/* A separate script of tens of kilobytes: the page of a draw fetches it when a fan verifies the draw. */

/** drand quicknet (https://docs.drand.love), the public beacon whose key is built into this page. */
export const QUICKNET = {
  publicKey:
    '83cf0f2896adee7eb8b5f01fcad3912212c437e0073e911fb90022d3e760183c8c4b450b6a0a6c3ac6a5776a2d1064510d1fec758c921cc22b0e17e63aaf4bcb5ed66304de9cf809bd274ca73bab4af5a6e9c76a4bc09e76eae8991ef5ece45a',
  genesisMs: 1_692_803_367_000,
  periodMs: 3000,
} as const

/** The draw uses the first round due this long after the lobby closed, when the hashes are visible to all. */
const DELAY_MS = 3000
const HASH_TO_CURVE = 'BLS_SIG_BLS12381G1_XMD:SHA-256_SSWU_RO_NUL_'

/**
 * How a draw relates to a public beacon. `signed`: a round of the public one that was unpredictable. `other`: a round
 * of another beacon, as in a rehearsal. `none` and `silent`: made without, because the organiser chose so or the beacon
 * did not respond. `false-signature` and `false-round`: manipulated.
 */
export type BeaconCheck = 'signed' | 'other' | 'none' | 'silent' | 'false-signature' | 'false-round'

/** Undefined for draws of version 1, which use no beacon. */
export async function checkBeacon({
  version,
  closing,
  signature,
}: PublishedDraw): Promise<BeaconCheck | undefined> {
  if (version === 1) return undefined
  const round = closing?.round
  if (round === undefined) return signature === undefined ? 'none' : 'false-signature'
  if (signature === undefined) return 'silent'
  if (!(await isSigned(round.number, signature, round.publicKey))) return 'false-signature'
  if (round.publicKey !== QUICKNET.publicKey) return 'other'
  return round.number === roundAfter(Date.parse(closing?.closedAt ?? '')) ? 'signed' : 'false-round'
}

function roundAfter(closedMs: number): number {
  return Math.ceil((closedMs + DELAY_MS - QUICKNET.genesisMs) / QUICKNET.periodMs) + 1
}

/** BLS12-381, signature in G1 over SHA-256 of the round as 8 bytes (drand's scheme bls-unchained-g1-rfc9380). */
async function isSigned(round: number, signature: string, publicKey: string): Promise<boolean> {
  const message = new DataView(new ArrayBuffer(8))
  message.setBigUint64(0, BigInt(round))
  const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', message.buffer))
  const { shortSignatures } = bls12_381
  try {
    return shortSignatures.verify(
      bytesOf(signature),
      shortSignatures.hash(digest, HASH_TO_CURVE),
      bytesOf(publicKey),
    )
  } catch {
    // Not a point of the curve.
    return false
  }
}
