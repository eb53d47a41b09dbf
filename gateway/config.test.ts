import { describe, expect, it } from 'vitest'
import { ConfigError, type Env } from '../shared/runtime/env.ts'
import { makeTestKey } from '../shared/testing/keys.ts'
import { readGatewayConfig } from './config.ts'

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
  it('trusts only this machine to say whom it forwards, unless it is told', () => {
    const byDefault = readGatewayConfig(required).trustedProxies
    expect(byDefault('127.9.9.9')).toBe(true)
    expect(byDefault('::1')).toBe(true)
    expect(byDefault('10.0.0.1')).toBe(false)
    const told = readGatewayConfig({
      ...required,
      TRUSTED_PROXIES: '10.0.0.0/8, 2001:db8::/32',
    }).trustedProxies
    expect(told('10.0.0.1')).toBe(true)
    expect(told('2001:db8::1')).toBe(true)
    expect(told('127.0.0.1')).toBe(false)
  })

  it('M13: keeps what is for operators on the loopback, wherever fans connect', () => {
    expect(readGatewayConfig({ ...required, GATEWAY_HOST: '0.0.0.0' }).internalHost).toBe('127.0.0.1')
    const told = readGatewayConfig({ ...required, GATEWAY_INTERNAL_HOST: '10.0.0.5' })
    expect(told.internalHost).toBe('10.0.0.5')
  })

  it('names networks that are none', () => {
    expect(problemsWith({ TRUSTED_PROXIES: '10.0.0.0/8, 10.0.0/8' })).toEqual([
      'TRUSTED_PROXIES must be networks as CIDR, separated by commas',
    ])
  })

  it('has no challenge outlive the memory of the entry key it is for', () => {
    expect(readGatewayConfig(required)).toMatchObject({ challengeSeconds: 300, entryRememberSeconds: 600 })
    expect(readGatewayConfig({ ...required, ENTRY_REMEMBER_SECONDS: '60' }).challengeSeconds).toBe(60)
    expect(problemsWith({ ENTRY_REMEMBER_SECONDS: '60', CHALLENGE_SECONDS: '61' })).toEqual([
      'CHALLENGE_SECONDS must be a whole number from 10 to 60',
    ])
  })

  it('has no floor that whoever keeps to the polling rule could meet', () => {
    expect(readGatewayConfig(required)).toMatchObject({ pollFloorMs: 1000, pollNearSeconds: 2 })
    expect(readGatewayConfig({ ...required, POLL_NEAR_SECONDS: '1' }).pollFloorMs).toBe(500)
    expect(readGatewayConfig({ ...required, POLL_NEAR_SECONDS: '60' }).pollFloorMs).toBe(1000)
    expect(problemsWith({ POLL_NEAR_SECONDS: '1', POLL_FLOOR_MS: '801' })).toEqual([
      'POLL_FLOOR_MS must be a whole number from 0 to 800',
    ])
    expect(problemsWith({ POLL_FLOOR_MS: '0' })).toEqual([])
  })
})
