import { createHash, createPrivateKey, createPublicKey, type KeyObject } from 'node:crypto'
import { variable } from '../runtime/env.ts'

/** An Ed25519 key and its ID, the JWK thumbprint of its public half (RFC 7638). */
export type Ed25519Key = { kid: string; key: KeyObject }

/** A public key as published in a JWK set (RFC 8037, section 2). */
export type PublicJwk = { kty: 'OKP'; crv: 'Ed25519'; x: string; kid: string; alg: 'EdDSA'; use: 'sig' }

/** @param base64 - PKCS#8 DER in base64, as from `openssl genpkey -algorithm ed25519 -outform DER | base64 -w0` */
export function readPrivateKey(name: string, base64: string): Ed25519Key {
  return readKey(name, () =>
    createPrivateKey({ key: Buffer.from(base64, 'base64'), format: 'der', type: 'pkcs8' }),
  )
}

/** @param base64 - SPKI DER in base64, as from `openssl pkey -pubout -outform DER | base64 -w0` */
function readPublicKey(name: string, base64: string): Ed25519Key {
  return readKey(name, () =>
    createPublicKey({ key: Buffer.from(base64, 'base64'), format: 'der', type: 'spki' }),
  )
}

/** A variable with a private key, as `readPrivateKey` takes it. */
export function privateKeyVariable() {
  return variable('an Ed25519 private key, PKCS#8 DER in base64', (raw) =>
    unlessThrown(() => readPrivateKey('The value', raw)),
  )
}

/** The first signs, and all verify: while one replaces another, both are listed. */
export type PrivateKeys = readonly [Ed25519Key, ...Ed25519Key[]]

/** A variable with private keys, as `readPrivateKey` takes each, separated by commas. */
export function privateKeysVariable() {
  return variable('Ed25519 private keys, PKCS#8 DER in base64, separated by commas', (raw) =>
    unlessThrown((): PrivateKeys | undefined => {
      const [first, ...others] = valuesOf(raw).map((value) => readPrivateKey('The value', value))
      return first === undefined ? undefined : [first, ...others]
    }),
  )
}

/** A variable with public keys, as `readPublicKey` takes each, separated by commas. */
export function publicKeysVariable() {
  return variable('Ed25519 public keys, SPKI DER in base64, separated by commas', (raw) => {
    const values = valuesOf(raw)
    return values.length === 0
      ? undefined
      : unlessThrown(() => values.map((value) => readPublicKey('The value', value)))
  })
}

const valuesOf = (raw: string): string[] => raw.split(',').flatMap((value) => value.trim() || [])

function unlessThrown<T>(read: () => T): T | undefined {
  try {
    return read()
  } catch {
    return undefined
  }
}

/** The key that verifies what a private key signs. */
export function publicHalf({ kid, key }: Ed25519Key): Ed25519Key {
  return { kid, key: createPublicKey(key) }
}

export function publicJwk({ kid, key }: Ed25519Key): PublicJwk {
  return { kty: 'OKP', crv: 'Ed25519', x: publicPoint(key), kid, alg: 'EdDSA', use: 'sig' }
}

function readKey(name: string, read: () => KeyObject): Ed25519Key {
  let key: KeyObject
  try {
    key = read()
  } catch {
    throw new Error(`${name} is not a key in base64 DER`)
  }
  if (key.asymmetricKeyType !== 'ed25519') throw new Error(`${name} is not an Ed25519 key`)
  const x = publicPoint(key)
  const kid = createHash('sha256').update(`{"crv":"Ed25519","kty":"OKP","x":"${x}"}`).digest('base64url')
  return { kid, key }
}

function publicPoint(key: KeyObject): string {
  const { x } = (key.type === 'private' ? createPublicKey(key) : key).export({ format: 'jwk' })
  if (x === undefined) throw new Error('An Ed25519 key has a public point')
  return x
}
