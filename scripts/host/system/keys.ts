import { createPrivateKey, createPublicKey, generateKeyPairSync, randomBytes } from 'node:crypto'

/** What each service signs with or shares with nobody; made where it is missing. */
export const KEY_MAKERS = {
  gateway: {
    PASS_PRIVATE_KEY: makePrivateKey,
    SERVICE_PRIVATE_KEY: makePrivateKey,
    PLACE_SECRET: makeSecret,
  },
  origin: {
    SESSION_PRIVATE_KEY: makePrivateKey,
    TICKET_PRIVATE_KEY: makePrivateKey,
  },
} as const

/** The public keys that the other service needs, and the private keys that they belong to. */
export const PUBLISHED = {
  gateway: { PASS_PUBLIC_KEYS: 'PASS_PRIVATE_KEY', SERVICE_PUBLIC_KEYS: 'SERVICE_PRIVATE_KEY' },
  origin: { SESSION_PUBLIC_KEYS: 'SESSION_PRIVATE_KEY' },
} as const

/** An Ed25519 key as PKCS#8 DER in base64 on one line. */
export function makePrivateKey(): string {
  const { privateKey } = generateKeyPairSync('ed25519')
  return privateKey.export({ format: 'der', type: 'pkcs8' }).toString('base64')
}

/** 32 random bytes, of characters that URLs, headers and SQL take unchanged. */
export function makeSecret(): string {
  return randomBytes(32).toString('base64url')
}

/** The public halves of private keys, which are separated by commas while one replaces another. */
export function publicHalvesOf(privateKeys: string): string[] {
  return privateKeys.split(',').map(publicHalfOf)
}

/** The public half of a private key as SPKI DER in base64. Throws for anything else than a private key. */
export function publicHalfOf(privateKey: string): string {
  const key = createPrivateKey({ key: Buffer.from(privateKey, 'base64'), format: 'der', type: 'pkcs8' })
  return createPublicKey(key).export({ format: 'der', type: 'spki' }).toString('base64')
}
