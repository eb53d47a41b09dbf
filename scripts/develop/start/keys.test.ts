import { createPrivateKey, createPublicKey, sign, verify } from 'node:crypto'
import { readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { temporaryFolder } from '../stores/testing.ts'
import { loadDevelopmentKeys, publicHalfOf } from './keys.ts'

it('creates keys once and finds them again', () => {
  const file = join(temporaryFolder(), '.data', 'keys.env')
  const first = loadDevelopmentKeys(file)
  expect(first.made).toBe(true)
  expect(loadDevelopmentKeys(file)).toEqual({ keys: first.keys, made: false })
  expect(new Set(Object.values(first.keys)).size).toBe(6)
})

it('makes them readable by their owner only', () => {
  const file = join(temporaryFolder(), 'keys.env')
  loadDevelopmentKeys(file)
  expect(statSync(file).mode & 0o777).toBe(0o600)
})

it('creates keys that an older file lacks, and keeps the others', () => {
  const file = join(temporaryFolder(), 'keys.env')
  const { keys } = loadDevelopmentKeys(file)
  writeFileSync(file, readFileSync(file, 'utf8').replace(/^PLACE_SECRET=.*\n/m, ''))
  const later = loadDevelopmentKeys(file)
  expect(later.made).toBe(true)
  expect({ ...later.keys, PLACE_SECRET: keys.PLACE_SECRET }).toEqual(keys)
  expect(later.keys.PLACE_SECRET).not.toBe(keys.PLACE_SECRET)
})

it('derives the public half that verifies what the private one has signed', () => {
  const { keys } = loadDevelopmentKeys(join(temporaryFolder(), 'keys.env'))
  const der = (text: string): Buffer => Buffer.from(text, 'base64')
  const signer = createPrivateKey({ key: der(keys.PASS_PRIVATE_KEY), format: 'der', type: 'pkcs8' })
  const verifier = createPublicKey({
    key: der(publicHalfOf('PASS_PRIVATE_KEY', keys.PASS_PRIVATE_KEY)),
    format: 'der',
    type: 'spki',
  })
  expect(signer.asymmetricKeyType).toBe('ed25519')
  expect(verify(null, Buffer.from('pass'), verifier, sign(null, Buffer.from('pass'), signer))).toBe(true)
})

it('names the variable that contains no valid key', () => {
  expect(() => publicHalfOf('PASS_PRIVATE_KEY', 'secret')).toThrow('PASS_PRIVATE_KEY is not a private key')
})
