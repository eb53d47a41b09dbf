import { describe, expect, it } from 'vitest'
import { ORIGIN_TIMEOUT_MS, PREFER_WAIT_SECONDS_MAX } from '../shared/origin-timeout.ts'
import { ConfigError, type Env } from '../shared/runtime/env.ts'
import { makeTestKey } from '../shared/testing/keys.ts'
import { readOriginConfig } from './config.ts'

function problemsOf(env: Env): string[] {
  try {
    readOriginConfig(env)
  } catch (error) {
    if (error instanceof ConfigError) return error.problems.map((problem) => problem.split(' ')[0] ?? '')
    throw error
  }
  return []
}

const aboutProvider = (env: Env) => problemsOf(env).filter((name) => /PROVIDER|STRIPE|PORTONE/.test(name))

const key = makeTestKey()
const required = {
  GATEWAY_PUBLIC_URL: 'https://naru.test',
  REDIS_URL: 'redis://redis.test',
  DATABASE_URL: 'mysql://mysql.test/naru',
  PROVIDER_URL: 'http://provider.test/',
  SESSION_PRIVATE_KEY: key.privateBase64,
  TICKET_PRIVATE_KEY: key.privateBase64,
  PASS_PUBLIC_KEYS: `${key.publicBase64}, ${makeTestKey().publicBase64}`,
  SERVICE_PUBLIC_KEYS: key.publicBase64,
}

describe('the configuration of the payment provider', () => {
  it('is the sandbox by default, which needs its URL alone', () => {
    expect(aboutProvider({})).toEqual(['PROVIDER_URL'])
    expect(aboutProvider({ PROVIDER_URL: 'http://127.0.0.1:1' })).toEqual([])
  })

  it('takes where browsers reach the sandbox, and the secret of its events', () => {
    const env = { PROVIDER_PUBLIC_URL: 'http://bank.test/', SANDBOX_WEBHOOK_SECRET: 'secret' }
    expect(readOriginConfig({ ...required, ...env }).provider).toEqual({
      ...{ name: 'sandbox', url: 'http://provider.test', publicUrl: 'http://bank.test' },
      webhookSecret: 'secret',
    })
    expect(aboutProvider({ PROVIDER_URL: 'http://127.0.0.1:1', PROVIDER_PUBLIC_URL: 'bank' })).toEqual([
      'PROVIDER_PUBLIC_URL',
    ])
  })

  it('requires all keys for Stripe and no URL, and reports them together with everything else that is missing', () => {
    expect(aboutProvider({ PAYMENT_PROVIDER: 'stripe' })).toEqual([
      'STRIPE_SECRET_KEY',
      'STRIPE_PUBLISHABLE_KEY',
      'STRIPE_WEBHOOK_SECRET',
    ])
    expect(problemsOf({ PAYMENT_PROVIDER: 'stripe' })).toEqual(expect.arrayContaining(['REDIS_URL']))
  })

  it.each([
    ['a secret key', 'sk_live_1', 'pk_live_1', []],
    ['a restricted key', 'rk_test_1', 'pk_test_1', []],
    ['a live key beside one of test mode', 'rk_live_1', 'pk_test_1', ['STRIPE_PUBLISHABLE_KEY']],
    ['the secret key in the place of the public one', 'sk_live_1', 'sk_live_1', ['STRIPE_PUBLISHABLE_KEY']],
    ['the public key in the place of the secret one', 'pk_live_1', 'pk_live_1', ['STRIPE_SECRET_KEY']],
    ['a line break behind a key', 'sk_live_1\n', 'pk_live_1', ['STRIPE_SECRET_KEY']],
  ])('takes or rejects %s for Stripe', (_, secret, publishable, problems) => {
    const keys = {
      ...{ PAYMENT_PROVIDER: 'stripe', STRIPE_WEBHOOK_SECRET: 'whsec_1' },
      ...{ STRIPE_SECRET_KEY: secret, STRIPE_PUBLISHABLE_KEY: publishable },
    }
    expect(aboutProvider(keys)).toEqual(problems)
  })

  const portone = {
    ...{ PAYMENT_PROVIDER: 'portone', PORTONE_API_SECRET: 'secret', PORTONE_STORE_ID: 'store-1' },
    PORTONE_CHANNEL_KEYS: 'card=channel-key-1, virtual-account=channel-key-2',
    PORTONE_WEBHOOK_SECRET: 'whsec_YSBzZWNyZXQgb2YgMjQgY2hhcmFjdGVycw==',
  }

  it('requires secrets, store and channels for PortOne', () => {
    expect(aboutProvider({ PAYMENT_PROVIDER: 'portone' })).toEqual([
      ...['PORTONE_API_SECRET', 'PORTONE_STORE_ID', 'PORTONE_CHANNEL_KEYS', 'PORTONE_WEBHOOK_SECRET'],
    ])
    expect(aboutProvider(portone)).toEqual([])
  })

  it.each([
    ['PORTONE_STORE_ID', 'channel-key-1'],
    ['PORTONE_CHANNEL_KEYS', 'channel-key-1'],
    ['PORTONE_CHANNEL_KEYS', 'bitcoin=channel-key-1'],
    ['PORTONE_CHANNEL_KEYS', 'card=channel-key-1,card=channel-key-2'],
    ['PORTONE_CHANNEL_KEYS', 'card=store-1'],
    ['PORTONE_WEBHOOK_SECRET', 'secret'],
    ['PORTONE_GATEWAY_ORIGINS', 'https:'],
    ['PORTONE_GATEWAY_ORIGINS', 'http://*.tosspayments.com'],
    ['PORTONE_GATEWAY_ORIGINS', 'https://*.tosspayments.com;script-src *'],
  ])('rejects %s=%s', (name, value) => {
    expect(aboutProvider({ ...portone, [name]: value })).toEqual([name])
  })

  it('rejects an unknown provider', () => {
    expect(aboutProvider({ PAYMENT_PROVIDER: 'paypal', PROVIDER_URL: 'http://127.0.0.1:1' })).toEqual([
      'PAYMENT_PROVIDER',
    ])
  })
})

describe("the origin's configuration", () => {
  it('requires stores, provider and keys, and has a default for everything else', () => {
    expect(problemsOf({})).toEqual(
      ['GATEWAY_PUBLIC_URL', 'REDIS_URL', 'DATABASE_URL', 'SESSION_PRIVATE_KEY', 'PASS_PUBLIC_KEYS'].concat([
        'SERVICE_PUBLIC_KEYS',
        'TICKET_PRIVATE_KEY',
        'PROVIDER_URL',
      ]),
    )
    const config = readOriginConfig(required, 'host-7')
    expect(config).toMatchObject({
      ...{ host: '127.0.0.1', port: 8081, name: 'host-7', internalHost: '127.0.0.1' },
      ...{ provider: { name: 'sandbox', url: 'http://provider.test' }, email: { way: 'none' } },
      ...{ previousTicketKeys: [], machineCpuShareMax: Number.POSITIVE_INFINITY },
    })
    expect(config.passKeys).toHaveLength(2)
    expect(config.passKeys[0]?.kid).toBe(key.publicKey.kid)
  })

  it('measures the other programs of the host only on request', () => {
    const config = readOriginConfig({
      ...required,
      HEALTH_MACHINE_CPU_PERCENT_MAX: '90',
      ORIGIN_NAME: 'origin-1',
    })
    expect(config).toMatchObject({ machineCpuShareMax: 0.9, name: 'origin-1' })
  })

  it('reports invalid keys and an unknown log level', () => {
    expect(
      problemsOf({
        ...required,
        TICKET_PUBLIC_KEYS: 'none',
        TICKET_PRIVATE_KEY: key.publicBase64,
        LOG_LEVEL: 'loud',
      }),
    ).toEqual(['LOG_LEVEL', 'TICKET_PRIVATE_KEY', 'TICKET_PUBLIC_KEYS'])
  })

  it('limits the wait for a payment to the time that gateways wait for a response', () => {
    expect(PREFER_WAIT_SECONDS_MAX).toBe(10)
    expect(PREFER_WAIT_SECONDS_MAX * 1000).toBeLessThan(ORIGIN_TIMEOUT_MS)
  })
})
