import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { afterEach, expect, it } from 'vitest'
import { createKeyValueStore } from './key-value-store.ts'

const STORE = encodeURIComponent('arn:aws:cloudfront::123456789012:key-value-store/none')
const started: (() => void)[] = []
afterEach(() => {
  for (const stop of started.splice(0)) stop()
})

async function start() {
  const store = createKeyValueStore()
  const server = store.server.listen(0, '127.0.0.1')
  started.push(() => server.close())
  await once(server, 'listening')
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/key-value-stores/${STORE}`
  const ask = (path: string, init: RequestInit = {}) =>
    fetch(`${url}${path}`, { ...init, headers: { connection: 'close', ...init.headers } })
  const put = (key: string, value: string, etag: string) =>
    ask(`/keys/${key}`, {
      method: 'PUT',
      headers: { 'if-match': etag },
      body: JSON.stringify({ Value: value }),
    })
  const version = async () => (await ask('')).headers.get('etag') ?? ''
  return { store, ask, put, version }
}

it('the key-value store returns what was put, to CloudFront and to hosts', async () => {
  const { store, ask, put, version } = await start()
  expect((await ask('/keys/proof')).headers.get('x-amzn-errortype')).toBe('ResourceNotFoundException')
  expect((await put('proof', 'the secret', await version())).status).toBe(200)
  expect(await (await ask('/keys/proof')).json()).toEqual({ Key: 'proof', Value: 'the secret' })
  expect(store.get('proof')).toBe('the secret')
})

it('the key-value store refuses a write that has not seen the last one', async () => {
  const { store, put, version } = await start()
  const seen = await version()
  await put('proof', 'first', seen)
  const second = await put('proof', 'second', seen)
  expect(second.headers.get('x-amzn-errortype')).toBe('ConflictException')
  expect(store.get('proof')).toBe('first')
})
