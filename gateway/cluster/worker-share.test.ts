import { expect, it } from 'vitest'
import { makeTestKey } from '../../shared/testing/keys.ts'
import { readGatewayConfig } from '../config.ts'
import { workerShare } from './worker-share.ts'

const key = makeTestKey()
const env = {
  GATEWAY_PUBLIC_URL: 'https://naru.test',
  ORIGIN_URL: 'http://origin.test',
  REDIS_URL: 'redis://redis.test',
  PLACE_SECRET: 'a secret of at least 32 characters',
  PASS_PRIVATE_KEY: key.privateBase64,
  SERVICE_PRIVATE_KEY: key.privateBase64,
  SESSION_PUBLIC_KEYS: key.publicBase64,
}

it('gives all workers together the gateway’s limit, and each at least one', () => {
  const whole = readGatewayConfig({ ...env, GATEWAY_WORKERS: '4', GATEWAY_CONNECTIONS_MAX: '1001' })
  expect(workerShare(whole)).toEqual({
    ...whole,
    connectionsMax: 251,
    originConnectionsMax: 64,
    signInConcurrency: 2,
  })
  expect(workerShare({ ...whole, workers: 64 }).signInConcurrency).toBe(1)
})

it('gives a single worker the full limit', () => {
  const whole = readGatewayConfig({ ...env, GATEWAY_WORKERS: '1' })
  expect(workerShare(whole)).toEqual({ ...whole, originConnectionsMax: 256 })
})
