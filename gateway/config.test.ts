import { describe, expect, it } from 'vitest'
import { ConfigError, type Env } from '../shared/runtime/env.ts'
import { makeTestKey } from '../shared/testing/keys.ts'
import { QUICKNET } from './beacon/drand-beacon.ts'
import { readGatewayConfig } from './config.ts'
import { ENTRY_REMEMBER_SECONDS } from './room/enter-room.ts'
import { CHALLENGE_SECONDS } from './room/proof-of-work.ts'

const required = {
  GATEWAY_PUBLIC_URL: 'https://naru.test',
  ORIGIN_URL: 'http://origin.test',
  REDIS_URL: 'redis://redis.test',
  PLACE_SECRET: 'a secret of at least 32 characters',
  PASS_PRIVATE_KEY: makeTestKey().privateBase64,
  SERVICE_PRIVATE_KEY: makeTestKey().privateBase64,
  SESSION_PUBLIC_KEYS: makeTestKey().publicBase64,
}

function problemsWith(env: Env): readonly string[] {
  try {
    readGatewayConfig({ ...required, ...env })
    return []
  } catch (error) {
    if (error instanceof ConfigError) return error.problems
    throw error
  }
}

describe("the gateway's configuration", () => {
  it('trusts only this host as a proxy, unless others are configured', () => {
    const byDefault = readGatewayConfig(required).trustedProxies
    expect(byDefault('127.9.9.9')).toBe(true)
    expect(byDefault('::1')).toBe(true)
    expect(byDefault('10.0.0.1')).toBe(false)
    const given = readGatewayConfig({
      ...required,
      TRUSTED_PROXIES: '10.0.0.0/8, 2001:db8::/32',
    }).trustedProxies
    expect(given('10.0.0.1')).toBe(true)
    expect(given('2001:db8::1')).toBe(true)
    expect(given('127.0.0.1')).toBe(false)
  })

  it('believes the header of a CDN only with a secret, and by default X-Forwarded-For', () => {
    const PROXY_SECRET = 'x'.repeat(32)
    expect(readGatewayConfig(required).provenProxy).toBeUndefined()
    const byDefault = readGatewayConfig({ ...required, PROXY_SECRET }).provenProxy
    expect(byDefault?.addressHeader).toBe('x-forwarded-for')
    expect([PROXY_SECRET, 'y'.repeat(32)].map((given) => byDefault?.isSecret(given))).toEqual([true, false])
    const PROXY_ADDRESS_HEADER = 'CloudFront-Viewer-Address'
    const named = readGatewayConfig({ ...required, PROXY_SECRET, PROXY_ADDRESS_HEADER }).provenProxy
    expect(named?.addressHeader).toBe('cloudfront-viewer-address')
    expect(problemsWith({ PROXY_ADDRESS_HEADER })).toEqual([
      'PROXY_SECRET is required with PROXY_ADDRESS_HEADER, which any client could send',
    ])
  })

  it('names a secret of a CDN that is too short without showing it', () => {
    expect(problemsWith({ PROXY_SECRET: 'too-short', PROXY_ADDRESS_HEADER: 'x y' })).toEqual([
      'PROXY_SECRET must be one to four secrets of 32 to 256 visible ASCII characters, separated by commas',
      'PROXY_ADDRESS_HEADER must be the name of a request header',
    ])
  })

  it('M13: serves the operators’ port on the loopback, wherever fans connect', () => {
    expect(readGatewayConfig({ ...required, GATEWAY_HOST: '0.0.0.0' }).internalHost).toBe('127.0.0.1')
    const given = readGatewayConfig({ ...required, GATEWAY_INTERNAL_HOST: '10.0.0.5' })
    expect(given.internalHost).toBe('10.0.0.5')
  })

  it('names invalid networks', () => {
    expect(problemsWith({ TRUSTED_PROXIES: '10.0.0.0/8, 10.0.0/8' })).toEqual([
      'TRUSTED_PROXIES must be networks as CIDR, separated by commas',
    ])
  })

  it('lets no challenge outlive the record of the entry key it is for', () => {
    expect(CHALLENGE_SECONDS).toBeLessThanOrEqual(ENTRY_REMEMBER_SECONDS)
  })

  it('has no poll limit that clients following the polling rule could exceed', () => {
    expect(readGatewayConfig(required)).toMatchObject({ pollIntervalMs: 1000, pollNearSeconds: 2 })
    expect(readGatewayConfig({ ...required, POLL_NEAR_SECONDS: '1' }).pollIntervalMs).toBe(500)
    expect(readGatewayConfig({ ...required, POLL_NEAR_SECONDS: '60' }).pollIntervalMs).toBe(1000)
    expect(problemsWith({ POLL_NEAR_SECONDS: '1', POLL_INTERVAL_MS: '800' })).toEqual([])
    expect(problemsWith({ POLL_NEAR_SECONDS: '1', POLL_INTERVAL_MS: '801' })).toEqual([
      expect.stringMatching(/^POLL_INTERVAL_MS must be at most 80 % of POLL_NEAR_SECONDS/),
    ])
    expect(problemsWith({ POLL_INTERVAL_MS: '0' })).toEqual([])
  })

  it('accepts the chain of another beacon as its relays describe it, complete or not at all', () => {
    const chain = { public_key: 'ab'.repeat(96), genesis_time: 1_700_000_000, period: 30, hash: 'not read' }
    const BEACON = JSON.stringify({ ...chain, urls: ['https://drand.test/ab/'] })
    expect(readGatewayConfig({ ...required, BEACON }).beacon).toEqual({
      urls: ['https://drand.test/ab'],
      publicKey: 'ab'.repeat(96),
      genesisSeconds: 1_700_000_000,
      periodSeconds: 30,
    })
    expect(readGatewayConfig(required).beacon).toEqual(QUICKNET)
    const urls = ['https://drand.test/ab']
    const invalid = [
      {},
      chain,
      { ...chain, urls: [] },
      { ...chain, urls: ['drand'] },
      { ...chain, urls, period: 0 },
    ]
    for (const wrong of ['drand', ...invalid.map((each) => JSON.stringify(each))]) {
      expect(problemsWith({ BEACON: wrong })).toEqual([
        expect.stringMatching(/^BEACON must be a beacon as JSON/),
      ])
    }
    const short = { ...chain, urls, public_key: 'ab' }
    expect(problemsWith({ BEACON: JSON.stringify(short) })).toHaveLength(1)
  })

  it('names each invalid key, together with all other errors', () => {
    const keys = { PASS_PRIVATE_KEY: 'none', SERVICE_PRIVATE_KEY: required.SESSION_PUBLIC_KEYS }
    expect(
      problemsWith({
        ...keys,
        SESSION_PUBLIC_KEYS: `${required.SESSION_PUBLIC_KEYS},none`,
        ORIGIN_URL: 'origin',
      }),
    ).toEqual([
      'ORIGIN_URL must be an http or https URL',
      'PASS_PRIVATE_KEY must be an Ed25519 private key, PKCS#8 DER in base64',
      'SERVICE_PRIVATE_KEY must be an Ed25519 private key, PKCS#8 DER in base64',
      'SESSION_PUBLIC_KEYS must be Ed25519 public keys, SPKI DER in base64, separated by commas',
    ])
    expect(problemsWith({ SESSION_PUBLIC_KEYS: ' , ' })).toHaveLength(1)
  })
})
