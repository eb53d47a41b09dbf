import { describe, expect, it } from 'vitest'
import { ConfigError, type Env } from '../shared/runtime/env.ts'
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

const aboutProvider = (env: Env) => problemsOf(env).filter((name) => /PROVIDER|STRIPE/.test(name))

describe('the configuration of the payment provider', () => {
  it('is of the sandbox when nothing is said, and then needs its URL alone', () => {
    expect(aboutProvider({})).toEqual(['PROVIDER_URL'])
    expect(aboutProvider({ PROVIDER_URL: 'http://127.0.0.1:1' })).toEqual([])
  })

  it('needs both secrets for Stripe, no URL, and says so together with all else that is missing', () => {
    expect(aboutProvider({ PAYMENT_PROVIDER: 'stripe' })).toEqual([
      'STRIPE_SECRET_KEY',
      'STRIPE_WEBHOOK_SECRET',
    ])
    expect(problemsOf({ PAYMENT_PROVIDER: 'stripe' })).toEqual(expect.arrayContaining(['REDIS_URL']))
  })

  it('refuses a provider it does not know', () => {
    expect(aboutProvider({ PAYMENT_PROVIDER: 'paypal', PROVIDER_URL: 'http://127.0.0.1:1' })).toEqual([
      'PAYMENT_PROVIDER',
    ])
  })

  it.each([
    ['http://api.stripe.com', ['STRIPE_API_URL']],
    ['http://127.0.0.1.example.com', ['STRIPE_API_URL']],
    ['http://127.0.0.1:1', []],
    ['https://stripe.example.com', []],
  ])('sends the secret key to %s only if nobody can listen', (url, problems) => {
    const secrets = { STRIPE_SECRET_KEY: 'sk_test_1', STRIPE_WEBHOOK_SECRET: 'whsec_1' }
    expect(aboutProvider({ PAYMENT_PROVIDER: 'stripe', STRIPE_API_URL: url, ...secrets })).toEqual(problems)
  })
})
