import { createHash } from 'node:crypto'
import { bls12_381 } from '@noble/curves/bls12-381.js'
import { expect, it } from 'vitest'
import { isRoundSigned } from '../../../gateway/beacon/round-signature.ts'
import { SANDBOX_BEACON, sandboxRound } from './beacon.ts'

const { genesisSeconds, periodSeconds, publicKey, secretKey } = SANDBOX_BEACON

it('signs rounds with the key that development gateways are configured with', () => {
  const { shortSignatures } = bls12_381
  expect(shortSignatures.getPublicKey(Buffer.from(secretKey, 'hex')).toHex()).toBe(publicKey)
  const due = (genesisSeconds + 6 * periodSeconds) * 1000
  const signed = sandboxRound(7, () => due)
  const { round, signature = '', randomness } = signed ?? {}
  expect(round).toBe(7)
  expect(isRoundSigned({ round: 7, signature, publicKey })).toBe(true)
  expect(randomness).toBe(createHash('sha256').update(signature, 'hex').digest('hex'))
})

it('returns no round before its time', () => {
  const due = (genesisSeconds + 6 * periodSeconds) * 1000
  expect(sandboxRound(7, () => due - 1)).toBeUndefined()
})
