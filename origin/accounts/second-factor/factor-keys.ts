import {
  createCipheriv,
  createDecipheriv,
  createHmac,
  hkdfSync,
  type KeyObject,
  randomBytes,
} from 'node:crypto'
import { z } from 'zod'
import { isSameCode } from '../email-secrets.ts'

/** A sign-in whose password was right and whose code is missing. */
type Challenge = {
  account: string
  /** From when on its session is valid, in seconds since the epoch. */
  fromSeconds: number
  expiresSeconds: number
}

export type FactorKeys = {
  /** Encrypts a secret for the row of its account alone. */
  seal(account: string, secret: Uint8Array): string
  /** Undefined for what was not encrypted for this account, or with another key. */
  open(account: string, sealed: string): Uint8Array | undefined
  signChallenge(challenge: Challenge): string
  readChallenge(token: string): Challenge | undefined
}

const IV_BYTES = 12
const TAG_BYTES = 16

const ChallengeSchema = z.object({
  account: z.uuid(),
  fromSeconds: z.int(),
  expiresSeconds: z.int(),
})

/**
 * Keys that origins have and the database does not, derived from one of theirs (RFC 5869): one that encrypts secrets
 * (AES-256-GCM, NIST SP 800-38D), and one that signs the challenge between password and code.
 *
 * @param keys - private keys that every origin has: the first encrypts and signs, and all are tried for what was
 *   encrypted or signed before. Without the key that encrypted its secret, an authenticator app must be set up again
 */
export function createFactorKeys(keys: readonly KeyObject[]): FactorKeys {
  const [newest, ...earlier] = keys.map(createKeys)
  if (newest === undefined) throw new Error('there is at least one key')
  const all = [newest, ...earlier]
  return {
    ...newest,
    open: (account, sealed) => firstOf(all, ({ open }) => open(account, sealed)),
    readChallenge: (token) => firstOf(all, ({ readChallenge }) => readChallenge(token)),
  }
}

function firstOf<T, R>(list: readonly T[], read: (each: T) => R | undefined): R | undefined {
  for (const each of list) {
    const found = read(each)
    if (found !== undefined) return found
  }
  return undefined
}

function createKeys(key: KeyObject): FactorKeys {
  const bytes = key.export({ format: 'der', type: 'pkcs8' })
  const derive = (purpose: string) => Buffer.from(hkdfSync('sha256', bytes, '', purpose, 32))
  const sealing = derive('naru second factor secrets')
  const signing = derive('naru second factor challenges')
  const mac = (payload: string) => createHmac('sha256', signing).update(payload).digest('base64url')
  return {
    seal(account, secret) {
      const iv = randomBytes(IV_BYTES)
      const cipher = createCipheriv('aes-256-gcm', sealing, iv).setAAD(Buffer.from(account))
      const sealed = Buffer.concat([cipher.update(secret), cipher.final()])
      return Buffer.concat([iv, cipher.getAuthTag(), sealed]).toString('base64url')
    },
    open(account, sealed) {
      const bytes = Buffer.from(sealed, 'base64url')
      try {
        const decipher = createDecipheriv('aes-256-gcm', sealing, bytes.subarray(0, IV_BYTES), {
          authTagLength: TAG_BYTES,
        })
        decipher.setAAD(Buffer.from(account)).setAuthTag(bytes.subarray(IV_BYTES, IV_BYTES + TAG_BYTES))
        return Buffer.concat([decipher.update(bytes.subarray(IV_BYTES + TAG_BYTES)), decipher.final()])
      } catch {
        return undefined
      }
    },
    signChallenge(challenge) {
      const payload = Buffer.from(JSON.stringify(challenge)).toString('base64url')
      return `${payload}.${mac(payload)}`
    },
    readChallenge(token) {
      const [payload = '', signature = ''] = token.split('.')
      if (!isSameCode(signature, mac(payload))) return undefined
      return ChallengeSchema.safeParse(JSON.parse(Buffer.from(payload, 'base64url').toString())).data
    },
  }
}
