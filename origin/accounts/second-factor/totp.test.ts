import { describe, expect, it } from 'vitest'
import { type Algorithm, base32, otpauthUri, stepAt, totpCode } from './totp.ts'

/** RFC 6238, appendix B; the secrets repeat the digits to the length of each hash, as its reference program does. */
const SECRETS: Record<Algorithm, string> = {
  sha1: '12345678901234567890',
  sha256: '12345678901234567890123456789012',
  sha512: '1234567890123456789012345678901234567890123456789012345678901234',
}
const VECTORS: [seconds: number, algorithm: Algorithm, code: string][] = [
  [59, 'sha1', '94287082'],
  [59, 'sha256', '46119246'],
  [59, 'sha512', '90693936'],
  [1_111_111_109, 'sha1', '07081804'],
  [1_111_111_109, 'sha256', '68084774'],
  [1_111_111_109, 'sha512', '25091201'],
  [1_111_111_111, 'sha1', '14050471'],
  [1_111_111_111, 'sha256', '67062674'],
  [1_111_111_111, 'sha512', '99943326'],
  [1_234_567_890, 'sha1', '89005924'],
  [1_234_567_890, 'sha256', '91819424'],
  [1_234_567_890, 'sha512', '93441116'],
  [2_000_000_000, 'sha1', '69279037'],
  [2_000_000_000, 'sha256', '90698825'],
  [2_000_000_000, 'sha512', '38618901'],
  [20_000_000_000, 'sha1', '65353130'],
  [20_000_000_000, 'sha256', '77737706'],
  [20_000_000_000, 'sha512', '47863826'],
]

describe('M6: a time-based code', () => {
  it.each(VECTORS)('is at %i s and with %s the %s of RFC 6238', (seconds, algorithm, code) => {
    const secret = Buffer.from(SECRETS[algorithm])
    expect(totpCode(secret, stepAt(seconds * 1000), { algorithm, digits: 8 })).toBe(code)
  })

  it('has the six digits and leading zeros that apps show', () => {
    expect(totpCode(Buffer.from(SECRETS.sha1), stepAt(1_111_111_109_000))).toBe('081804')
  })
})

it('writes secrets in base 32 as RFC 4648, section 10, has it', () => {
  expect(['f', 'fo', 'foo', 'foob', 'fooba', 'foobar'].map((text) => base32(Buffer.from(text)))).toEqual([
    ...['MY', 'MZXQ', 'MZXW6', 'MZXW6YQ', 'MZXW6YTB', 'MZXW6YTBOI'],
  ])
  expect(otpauthUri('MZXW6', 'a b@naru.test')).toBe(
    'otpauth://totp/Naru%3Aa%20b%40naru.test?secret=MZXW6&issuer=Naru',
  )
})
