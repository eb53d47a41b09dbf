import { generateKeyPairSync } from 'node:crypto'
import { type Ed25519Key, publicHalf, readPrivateKey } from '../tokens/keys.ts'

export type TestKey = {
  privateKey: Ed25519Key
  publicKey: Ed25519Key
  privateBase64: string
  publicBase64: string
}

/** A fresh Ed25519 pair, as keys and as configuration has them. */
export function makeTestKey(): TestKey {
  const pair = generateKeyPairSync('ed25519')
  const privateBase64 = pair.privateKey.export({ type: 'pkcs8', format: 'der' }).toString('base64')
  const publicBase64 = pair.publicKey.export({ type: 'spki', format: 'der' }).toString('base64')
  const privateKey = readPrivateKey('test key', privateBase64)
  return { privateKey, publicKey: publicHalf(privateKey), privateBase64, publicBase64 }
}
