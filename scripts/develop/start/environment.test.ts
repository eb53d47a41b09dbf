import { join } from 'node:path'
import { expect, it } from 'vitest'
import type { Env } from '../../../shared/runtime/env.ts'
import { temporaryFolder } from '../stores/testing.ts'
import type { Addresses } from './addresses.ts'
import { passedOn, serviceEnvironments } from './environment.ts'
import { loadDevelopmentKeys, publicHalfOf } from './keys.ts'

const addresses: Addresses = {
  urls: { gateway: 'http://127.0.0.1:1', origin: 'http://127.0.0.1:2', sandbox: 'http://127.0.0.1:3' },
  readyUrls: { gateway: '', origin: '', sandbox: '' },
  variables: { GATEWAY_PORT: '1', ORIGIN_PORT: '2', SANDBOX_PORT: '3' },
  note: undefined,
}

function environments(env: Env) {
  const { keys } = loadDevelopmentKeys(join(temporaryFolder(), 'keys.env'))
  const stores = { redisUrl: '/run/redis.sock', databaseUrl: 'mysql://localhost/naru' }
  const files = { ledger: '/ledger', mailFolder: '/mail' }
  return { keys, ...serviceEnvironments({ env, keys, addresses, ...files, ...stores }) }
}

it('gives each service the stores and keys it uses, and no others', () => {
  const { gateway, origin, sandbox } = environments({ PATH: '/bin', AWS_SECRET_ACCESS_KEY: 'x' })
  const secrets = Object.keys(sandbox).filter((name) => /KEY|SECRET|URL/.test(name))
  expect(secrets).toEqual(['SANDBOX_WEBHOOK_URL', 'SANDBOX_WEBHOOK_SECRET'])
  expect(Object.keys(gateway)).not.toContain('DATABASE_URL')
  expect(Object.keys(gateway)).not.toContain('SESSION_PRIVATE_KEY')
  expect(Object.keys(gateway)).not.toContain('TICKET_PRIVATE_KEY')
  expect(origin).toMatchObject({ TICKET_PRIVATE_KEY: expect.any(String) })
  expect(Object.keys(origin)).not.toContain('PASS_PRIVATE_KEY')
  expect(Object.keys(origin)).not.toContain('PLACE_SECRET')
  expect(JSON.stringify([gateway, origin, sandbox])).not.toContain('AWS')
})

it('gives the credentials for Amazon to the origin alone, and only when it stores images there', () => {
  const credentials = { AWS_ACCESS_KEY_ID: 'x', AWS_SECRET_ACCESS_KEY: 'y', AWS_REGION: 'ap-northeast-2' }
  expect(JSON.stringify(environments(credentials))).not.toContain('AWS')
  const { gateway, origin, sandbox } = environments({ ...credentials, IMAGE_BUCKET: 'naru-images' })
  expect(origin).toMatchObject({ ...credentials, IMAGE_BUCKET: 'naru-images' })
  expect(JSON.stringify([gateway, sandbox])).not.toContain('AWS')
})

it('gives one service the public half of what the other signs with', () => {
  const { keys, gateway, origin } = environments({})
  expect(origin).toMatchObject({
    PASS_PUBLIC_KEYS: publicHalfOf('', keys.PASS_PRIVATE_KEY),
    SERVICE_PUBLIC_KEYS: publicHalfOf('', keys.SERVICE_PRIVATE_KEY),
  })
  expect(gateway).toMatchObject({ SESSION_PUBLIC_KEYS: publicHalfOf('', keys.SESSION_PRIVATE_KEY) })
})

it('lets the sandbox notify the shop, and fans reach its bank', () => {
  const { keys, gateway, origin, sandbox } = environments({})
  const { SANDBOX_WEBHOOK_SECRET } = keys
  expect(sandbox).toMatchObject({
    SANDBOX_WEBHOOK_SECRET,
    SANDBOX_WEBHOOK_URL: 'http://127.0.0.1:1/api/webhooks/sandbox',
  })
  expect(origin).toMatchObject({ SANDBOX_WEBHOOK_SECRET, PROVIDER_PUBLIC_URL: 'http://127.0.0.1:3' })
  expect(JSON.stringify(gateway)).not.toContain(SANDBOX_WEBHOOK_SECRET)
})

it('prefers what the user has set, and derives public keys from the private ones', () => {
  const { keys: others } = environments({})
  const env = {
    PASS_PRIVATE_KEY: others.PASS_PRIVATE_KEY,
    ORIGIN_NAME: 'origin-7',
    LOG_LEVEL: '',
    PROVIDER_URL: 'http://p',
  }
  const { gateway, origin } = environments(env)
  expect(gateway).toMatchObject({ PASS_PRIVATE_KEY: others.PASS_PRIVATE_KEY, LOG_LEVEL: 'info' })
  expect(origin).toMatchObject({
    PASS_PUBLIC_KEYS: publicHalfOf('', others.PASS_PRIVATE_KEY),
    ORIGIN_NAME: 'origin-7',
    PROVIDER_URL: 'http://p',
  })
})

it('gives each service the variables of the user that it reads, and any program the ways of the machine', () => {
  const env = {
    ...{ PATH: '/bin', NODE_COMPILE_CACHE: '/cache', LANG: '', EDITOR: 'vi', TOKEN: 'x', UNKNOWN_MS: '1' },
    ...{ GATEWAY_CONNECTIONS_MAX: '9', PAYMENT_RETRY_MS: '100', SANDBOX_SEED: '7' },
  }
  expect(passedOn(env)).toEqual({ PATH: '/bin', NODE_COMPILE_CACHE: '/cache' })
  const given = [
    'EDITOR',
    'TOKEN',
    'UNKNOWN_MS',
    'GATEWAY_CONNECTIONS_MAX',
    'PAYMENT_RETRY_MS',
    'SANDBOX_SEED',
  ]
  const { gateway, origin, sandbox } = environments(env)
  const givenTo = (environment: NodeJS.ProcessEnv) => given.filter((name) => environment[name] !== undefined)
  expect([gateway, origin, sandbox].map(givenTo)).toEqual([
    ['GATEWAY_CONNECTIONS_MAX'],
    ['PAYMENT_RETRY_MS'],
    ['SANDBOX_SEED'],
  ])
})

it('writes e-mails to a folder, unless they are sent or the gateway listens for other hosts', () => {
  const { origin } = environments({})
  expect(origin).toMatchObject({ EMAIL_FOLDER: '/mail', GATEWAY_PUBLIC_URL: 'http://127.0.0.1:1' })
  expect(environments({ EMAIL_URL: 'smtp://mail' }).origin).toMatchObject({ EMAIL_URL: 'smtp://mail' })
  for (const env of [{ EMAIL_URL: 'smtp://mail' }, { GATEWAY_PUBLIC_URL: 'https://naru.example.org' }]) {
    expect(environments(env).origin['EMAIL_FOLDER']).toBeUndefined()
  }
})
