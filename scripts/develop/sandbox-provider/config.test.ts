import { describe, expect, it } from 'vitest'
import { ConfigError } from '../../../shared/runtime/env.ts'
import { readSandboxConfig } from './config.ts'

const NEEDED = { SANDBOX_PORT: '0', SANDBOX_LEDGER: '/tmp/ledger.jsonl' }

describe('the sandbox configuration', () => {
  it('requires only a port and a ledger path', () => {
    expect(readSandboxConfig(NEEDED)).toEqual({
      host: '127.0.0.1',
      port: 0,
      ledgerPath: '/tmp/ledger.jsonl',
      seed: 1,
      medianMs: 60,
      p99Ms: 400,
      latencyCapMs: 10_000,
      actionMsMax: undefined,
      inFlightMax: 2000,
      recordsMax: 1_000_000,
      webhook: undefined,
      bodyBytesMax: 16_384,
      logLevel: 'info',
    })
  })

  it('reports every problem together', () => {
    const read = () => readSandboxConfig({ SANDBOX_SEED: 'x', SANDBOX_LEDGER_MAX: '0' })
    expect(read).toThrow(/SANDBOX_PORT .*SANDBOX_LEDGER .*SANDBOX_SEED .*SANDBOX_LEDGER_MAX /s)
  })

  it('takes the target of webhooks and their secret together', () => {
    const webhook = { SANDBOX_WEBHOOK_URL: 'http://127.0.0.1:1/hook', SANDBOX_WEBHOOK_SECRET: 'secret' }
    expect(readSandboxConfig({ ...NEEDED, ...webhook }).webhook).toEqual({
      url: 'http://127.0.0.1:1/hook',
      secret: 'secret',
    })
    for (const [name, value] of Object.entries(webhook)) {
      expect(() => readSandboxConfig({ ...NEEDED, [name]: value })).toThrow(ConfigError)
    }
  })

  it('refuses a 99th percentile below the median', () => {
    expect(() => readSandboxConfig({ ...NEEDED, SANDBOX_MEDIAN_MS: '500' })).toThrow(ConfigError)
  })
})
