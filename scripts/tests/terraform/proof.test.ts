import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { runInNewContext } from 'node:vm'
import { transform } from 'esbuild'
import { describe, expect, it } from 'vitest'

const SOURCE = readFileSync(join(import.meta.dirname, '../../../terraform/files/proof.js'), 'utf8')

type Headers = Record<string, { value: string }>

/** Runs CloudFront's function on a request of a viewer and returns the headers that go on to the gateway. */
async function headersAfter(headers: Headers, stored: Record<string, string>): Promise<Headers> {
  const get = async (key: string) => {
    const value = stored[key]
    if (value === undefined) throw new Error('KeyNotFound')
    return value
  }
  const event = { request: { uri: '/', headers } }
  const script = `${SOURCE.replace(/^import .*\n/m, '')}\nhandler(event)`
  const request: unknown = await runInNewContext(script, { cloudfront: { kvs: () => ({ get }) }, event })
  expect(request).toBe(event.request)
  return event.request.headers
}

describe('the function at the CDN', () => {
  it("keeps to the syntax of CloudFront's runtime", async () => {
    const names = [
      'destructuring',
      'object-rest-spread',
      'array-spread',
      'class',
      'for-of',
      'default-argument',
    ]
    const more = ['optional-chain', 'nullish-coalescing', 'object-extensions', 'optional-catch-binding']
    const supported = Object.fromEntries([...names, ...more].map((name) => [name, false]))
    // What is not supported is either rewritten or refused.
    const [restricted, free] = await Promise.all([transform(SOURCE, { supported }), transform(SOURCE)])
    expect(restricted.code).toBe(free.code)
  })

  it('adds the stored proof and leaves other headers as they are', async () => {
    const host = { value: 'tickets.example.org' }
    expect(await headersAfter({ host }, { proof: 'secret' })).toEqual({
      host,
      'x-naru-proxy': { value: 'secret' },
    })
  })

  it('replaces what a viewer sends as proof', async () => {
    const headers = { 'x-naru-proxy': { value: 'guessed' } }
    expect(await headersAfter(headers, { proof: 'secret' })).toEqual({ 'x-naru-proxy': { value: 'secret' } })
  })

  it('passes requests on without proof while none is stored', async () => {
    expect(await headersAfter({ 'x-naru-proxy': { value: 'guessed' } }, {})).toEqual({})
  })
})
