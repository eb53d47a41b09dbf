import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { expect, it } from 'vitest'

/** Chooses a provider in a separate process; returns the URLs of all modules that it loaded. */
function loadedFor(provider: { name: string; [setting: string]: unknown }): string[] {
  const script = `
    import { registerHooks } from 'node:module'
    const loaded = []
    registerHooks({ load(url, context, next) { loaded.push(url); return next(url, context) } })
    await import(${JSON.stringify(join(import.meta.dirname, '../../app.ts'))})
    await import(${JSON.stringify(join(import.meta.dirname, '../../config.ts'))})
    const { chooseProvider } = await import(${JSON.stringify(join(import.meta.dirname, 'choose-provider.ts'))})
    const config = {
      provider: ${JSON.stringify(provider)}, providerTimeoutMs: 100, chargeConcurrency: 1,
    }
    const { close, readEvent } = await chooseProvider(config, Date.now)
    await close()
    console.log(JSON.stringify({ loaded, reads: readEvent !== undefined }))`
  const run = spawnSync(process.execPath, ['--input-type=module', '--eval', script], { encoding: 'utf8' })
  if (run.status !== 0) throw new Error(run.stderr)
  const { loaded, reads } = JSON.parse(run.stdout) as { loaded: string[]; reads: boolean }
  expect(reads).toBe('webhookSecret' in provider)
  return loaded
}

const isStripe = (url: string) => /node_modules\/stripe\/|providers\/stripe/.test(url)

/** Its variables are part of every origin's configuration. */
const isPortone = (url: string) => /node_modules\/@portone\/|providers\/portone\.ts/.test(url)

it('loads nothing of Stripe or PortOne for the sandbox', () => {
  const loaded = loadedFor({ name: 'sandbox', url: 'http://127.0.0.1:1' })
  expect(loaded.some((url) => url.endsWith('providers/sandbox.ts'))).toBe(true)
  expect(loaded.filter((url) => isStripe(url) || isPortone(url))).toEqual([])
})

it('reads events of the sandbox where it has their secret', () => {
  const sandbox = { name: 'sandbox', url: 'http://127.0.0.1:1', webhookSecret: 'secret' }
  expect(loadedFor(sandbox).some((url) => url.endsWith('providers/sandbox/events.ts'))).toBe(true)
})

it('loads Stripe when it is chosen', () => {
  const keys = { secretKey: 'sk_test_1', publishableKey: 'pk_test_1', webhookSecret: 'whsec_1' }
  const loaded = loadedFor({ name: 'stripe', ...keys })
  expect(loaded.filter(isStripe).length).toBeGreaterThan(0)
})

it('loads PortOne, and nothing of Stripe, when it is chosen', () => {
  const keys = { apiSecret: 'secret', webhookSecret: 'whsec_MTIzNDU2Nzg5MDEyMzQ1Njc4OTA=' }
  const store = { storeId: 'store-1', channelKeys: { card: 'channel-key-1' }, gatewayOrigins: [] }
  const loaded = loadedFor({ name: 'portone', ...keys, ...store })
  expect(loaded.filter(isPortone).length).toBeGreaterThan(0)
  expect(loaded.filter(isStripe)).toEqual([])
})
