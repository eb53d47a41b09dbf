import { gunzipSync } from 'node:zlib'
import { Hono } from 'hono'
import { expect, it } from 'vitest'
import { compressPages } from './compressed-pages.ts'

const LONG = `<p>${'나루 '.repeat(1000)}</p>`
const app = new Hono()
app.use(compressPages)
app.get('/long', (c) => c.html(LONG, 422, { 'set-cookie': 'a=b' }))
app.get('/short', (c) => c.html('<p>나루</p>'))
app.get('/data', (c) => c.json({ text: LONG }))

const ask = (path: string, encodings: string) =>
  app.request(path, { headers: { 'accept-encoding': encodings } })

it('compresses a page for a client that accepts it, and preserves status and headers', async () => {
  const response = await ask('/long', 'gzip, deflate, br')
  expect(response.status).toBe(422)
  expect(response.headers.get('content-encoding')).toBe('gzip')
  expect(response.headers.get('set-cookie')).toBe('a=b')
  expect(response.headers.get('vary')).toBe('accept-encoding')
  const sent = Buffer.from(await response.arrayBuffer())
  expect(sent.length).toBeLessThan(LONG.length / 10)
  expect(gunzipSync(sent).toString()).toBe(LONG)
})

it.each([
  ['a page for who takes no encoding', '/long', 'identity'],
  ['what fits into a packet', '/short', 'gzip'],
  ['what is no page', '/data', 'gzip'],
])('leaves %s as it is', async (_, path, encodings) => {
  const response = await ask(path, encodings)
  expect(response.headers.get('content-encoding')).toBeNull()
  expect(await response.text()).toContain('나루')
})
