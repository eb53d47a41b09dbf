import { createHmac, createPublicKey, sign as signBytes } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { makeTestKey } from '../testing/keys.ts'
import { publicJwk } from './keys.ts'
import { createTokenSigner } from './sign.ts'
import { claimedKind, createTokenVerifier } from './verify.ts'

const NOW = 1_800_000_000_000
const SECOND = NOW / 1000
const key = makeTestKey()
const claims = { aud: 'room-1', sub: 'account-1', jti: 'pass-1', iat: SECOND, exp: SECOND + 60 }
const signPass = createTokenSigner('pass', key.privateKey)

function passVerifier(now = () => NOW, keys = [key.publicKey]) {
  return createTokenVerifier({ kind: 'pass', keys, now, cacheMax: 10 })
}

/** A token with any header, signed with the real Ed25519 key by default. */
function forge(
  header: object,
  payload: object = { ...claims, iss: 'naru-gateway' },
  sign = (input: string) => signBytes(null, Buffer.from(input), key.privateKey.key),
): string {
  const input = [header, payload]
    .map((part) => Buffer.from(JSON.stringify(part)).toString('base64url'))
    .join('.')
  return `${input}.${sign(input).toString('base64url')}`
}

const header = { alg: 'EdDSA', typ: 'pass+jwt', kid: key.publicKey.kid }
const issued = { ...claims, iss: 'naru-gateway' }

function forgeWith({ privateKey }: ReturnType<typeof makeTestKey>, head: object): string {
  return forge(head, issued, (input) => signBytes(null, Buffer.from(input), privateKey.key))
}

describe('a token verifier', () => {
  it('accepts a token from the signer of its kind, and returns the claims', () => {
    expect(passVerifier()(signPass(claims))).toMatchObject({ status: 'valid', claims })
  })

  it('reports when a token has expired, also one it has verified before', () => {
    let now = NOW
    const verify = passVerifier(() => now)
    const token = signPass(claims)
    expect(verify(token).status).toBe('valid')
    now = NOW + 60_000
    expect(verify(token).status).toBe('expired')
  })

  it('accepts the tokens of every configured key, for rotation', () => {
    const next = makeTestKey()
    const verify = passVerifier(() => NOW, [key.publicKey, next.publicKey])
    expect(verify(signPass(claims)).status).toBe('valid')
    expect(verify(createTokenSigner('pass', next.privateKey)(claims)).status).toBe('valid')
  })

  it('accepts the output of the forging helper when nothing is forged, so that the refusals below mean something', () => {
    expect(passVerifier()(forge(header)).status).toBe('valid')
  })

  it('accepts a clock that is a little ahead, and the maximum lifetime of a pass', () => {
    const claims = { ...issued, iat: SECOND + 60, exp: SECOND + 60 + 3600 }
    expect(passVerifier()(forge(header, claims)).status).toBe('valid')
  })

  const session = createTokenSigner('session', key.privateKey)
  const other = makeTestKey()
  const place = createTokenSigner('place', 'a secret of at least 32 characters')
  const publicPem = createPublicKey(key.privateKey.key).export({ type: 'spki', format: 'pem' }).toString()
  it.each<[string, string]>([
    ['a token of another key', createTokenSigner('pass', makeTestKey().privateKey)(claims)],
    ['a session signed with the same key', session({ ...claims, name: 'A', roles: ['fan'] })],
    ['a place', place({ aud: 'room-1', index: 1, epoch: 1, iat: SECOND, exp: SECOND + 60 })],
    ['alg none', forge({ ...header, alg: 'none' }, undefined, () => Buffer.alloc(0))],
    [
      'HS256 keyed with the public key',
      forge({ ...header, alg: 'HS256' }, undefined, (input) =>
        createHmac('sha256', publicPem).update(input).digest(),
      ),
    ],
    ['another typ', forge({ ...header, typ: 'JWT' })],
    ['no typ', forge({ alg: 'EdDSA', kid: key.publicKey.kid })],
    ['an unknown critical header', forge({ ...header, crit: ['b65'], b65: true })],
    ['an unknown kid', forge({ ...header, kid: 'other' })],
    ['no kid', forge({ alg: 'EdDSA', typ: 'pass+jwt' })],
    ['a path for a kid', forge({ ...header, kid: '../../../../dev/null' })],
    ['a list of kids', forge({ ...header, kid: [key.publicKey.kid] })],
    ['a kid that every object has', forge({ ...header, kid: '__proto__' })],
    ['the right kid and another key', forgeWith(makeTestKey(), header)],
    ['another key, brought along', forgeWith(other, { ...header, jwk: publicJwk(other.publicKey) })],
    [
      'another key, brought along under its own kid',
      forgeWith(other, { ...header, kid: other.publicKey.kid, jwk: publicJwk(other.publicKey) }),
    ],
    ['another key, to be fetched', forgeWith(other, { ...header, jku: 'https://elsewhere.test/jwks.json' })],
    ['a list of critical headers that is none', forge({ ...header, crit: 'exp' })],
    ['a list for an algorithm', forge({ ...header, alg: ['EdDSA'] })],
    ['an algorithm in other letters', forge({ ...header, alg: 'eddsa' })],
    ['several rooms', forge(header, { ...issued, aud: ['room-1', 'room-2'] })],
    ['no room', forge(header, { ...issued, aud: undefined })],
    ['a life in milliseconds', forge(header, { ...issued, iat: NOW, exp: NOW + 60_000 })],
    ['an expiry in milliseconds', forge(header, { ...issued, exp: NOW + 60_000 })],
    ['a longer life than any pass has', forge(header, { ...issued, exp: SECOND + 3662 })],
    ['an end before its beginning', forge(header, { ...issued, iat: SECOND + 50, exp: SECOND + 40 })],
    ['a beginning in the future', forge(header, { ...issued, iat: SECOND + 61, exp: SECOND + 120 })],
    ['no beginning', forge(header, { ...issued, iat: undefined })],
    ['half a second', forge(header, { ...issued, exp: SECOND + 0.5 })],
    ['a time before which it is not to be used', forge(header, { ...issued, nbf: 4_102_444_800 })],
    ['another issuer', forge(header, { ...claims, iss: 'naru-origin' })],
    ['no issuer', forge(header, claims)],
    ['no expiry', forge(header, { ...claims, exp: undefined, iss: 'naru-gateway' })],
    ['an expiry that is no number', forge(header, { ...claims, exp: '9999999999', iss: 'naru-gateway' })],
    ['no subject', forge(header, { ...claims, sub: undefined, iss: 'naru-gateway' })],
    ['a changed claim', tamper(signPass(claims))],
    ['a cut signature', signPass(claims).slice(0, -4)],
    ['nothing', ''],
    ['words', 'not.a.token'],
    ['something endless', 'a'.repeat(100_000)],
  ])('refuses %s', (_, token) => {
    expect(passVerifier()(token).status).toBe('invalid')
  })
})

// Row "Tokens and QR texts accept spare base64url bits".
describe('a token that decodes to a valid one, but is encoded differently', () => {
  const token = signPass(claims)
  const [head = '', payload = '', signature = ''] = token.split('.')
  const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'
  const next = (text: string) => text.slice(0, -1) + alphabet[alphabet.indexOf(text.slice(-1)) + 1]

  it.each([
    ['spare bits in the signature', `${head}.${payload}.${next(signature)}`],
    ['padding', `${token}==`],
    ['characters that are no base64url', `${head}.${payload}.${signature.slice(0, 9)}!${signature.slice(9)}`],
    ['a line break', `${token}\n`],
  ])('is refused with %s', (_, text) => {
    const bytesOf = (signed: string) => Buffer.from(signed.split('.')[2] ?? '', 'base64')
    expect(bytesOf(text)).toEqual(bytesOf(token))
    expect(text).not.toBe(token)
    expect(passVerifier()(text).status).toBe('invalid')
  })
})

it('returns the kind that a token claims to be, and undefined for anything that is not a token', () => {
  expect(claimedKind(signPass(claims))).toBe('pass')
  expect(claimedKind(forge({ ...header, typ: 'JWT' }))).toBeUndefined()
  expect(claimedKind('x')).toBeUndefined()
})

it("publishes a key whose ID is the JWK's thumbprint, without its private half", () => {
  const jwk = publicJwk(key.privateKey)
  expect(Object.keys(jwk).sort()).toEqual(['alg', 'crv', 'kid', 'kty', 'use', 'x'])
  expect(jwk.kid).toBe(key.publicKey.kid)
})

function tamper(token: string): string {
  const [head, payload = '', signature] = token.split('.')
  const changed = JSON.parse(Buffer.from(payload, 'base64url').toString()) as object
  const again = Buffer.from(JSON.stringify({ ...changed, sub: 'account-2' })).toString('base64url')
  return [head, again, signature].join('.')
}
