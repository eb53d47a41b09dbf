import { createHash } from 'node:crypto'
import { bls12_381 } from '@noble/curves/bls12-381.js'
import type { Clock } from '../../../shared/runtime/clock.ts'

/** The sandbox's own beacon, in drand's scheme. Its key is no secret: it is for development and tests only. */
export const SANDBOX_BEACON = {
  secretKey: '3e09321e1f04c28d0c4727fd1851bd24250273239abc628e25d32474137b571d',
  publicKey:
    '89a89a8c93a7e46e2714aa7eab0e4a73be5242a382b2d3a2a84deb4df7027120ff2b8da92089997dc3edbabb5267ea6910b9b66eb69c40a4d5a276ae758534734990babaa8c8ce54873f79fd3fc03c329de818601c95d89451b4b66562dd79ce',
  genesisSeconds: 1_700_000_000,
  periodSeconds: 1,
} as const

const HASH_TO_CURVE = 'BLS_SIG_BLS12381G1_XMD:SHA-256_SSWU_RO_NUL_'

/** The settings for a gateway that should trust the sandbox's beacon. */
export function sandboxBeaconVariables(sandboxUrl: string): Record<string, string> {
  return {
    BEACON: JSON.stringify({
      urls: [`${sandboxUrl}/beacon`],
      public_key: SANDBOX_BEACON.publicKey,
      genesis_time: SANDBOX_BEACON.genesisSeconds,
      period: SANDBOX_BEACON.periodSeconds,
    }),
  }
}

export type SandboxRound = { round: number; randomness: string; signature: string }

/** A round as drand's HTTP interface returns it; undefined while it is not due yet. */
export function sandboxRound(round: number, now: Clock): SandboxRound | undefined {
  const { genesisSeconds, periodSeconds } = SANDBOX_BEACON
  if (now() < (genesisSeconds + (round - 1) * periodSeconds) * 1000) return undefined
  const signature = signSandboxRound(round)
  return { round, randomness: createHash('sha256').update(signature, 'hex').digest('hex'), signature }
}

function signSandboxRound(round: number): string {
  const message = Buffer.alloc(8)
  message.writeBigUInt64BE(BigInt(round))
  const { shortSignatures } = bls12_381
  const point = shortSignatures.hash(createHash('sha256').update(message).digest(), HASH_TO_CURVE)
  return shortSignatures.sign(point, Buffer.from(SANDBOX_BEACON.secretKey, 'hex')).toHex()
}
