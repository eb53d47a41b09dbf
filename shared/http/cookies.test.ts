import { Hono } from 'hono'
import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { ConfigError, readVariables } from '../runtime/env.ts'
import {
  cookieHeader,
  cookieSchemeOf,
  deleteOwnCookie,
  readOwnCookie,
  readOwnCookies,
  setOwnCookie,
  takeOutOwnCookies,
  useCookies,
} from './cookies.ts'
import { publicUrl } from './public-url.ts'

/** The response of a site at a public URL to a client that sends it cookies. */
async function visit(publicUrl: string | undefined, path: string, cookie = '') {
  const app = new Hono()
  if (publicUrl !== undefined) app.use(useCookies(cookieSchemeOf(publicUrl)))
  app.get('/set', (c) => {
    setOwnCookie(c, 'naru-session', 'token', { maxAge: 60 })
    setOwnCookie(c, 'naru-pass-a', 'pass')
    deleteOwnCookie(c, 'naru-pass-b')
    return c.body(null)
  })
  app.get('/read', (c) => c.json([readOwnCookie(c, 'naru-session') ?? null, readOwnCookies(c, 'naru-pass-')]))
  app.get('/take-out', (c) => {
    takeOutOwnCookies(c, ['naru-session'])
    return c.json(c.req.header('cookie'))
  })
  const response = await app.request(path, { headers: { cookie } })
  return { lines: response.headers.getSetCookie(), body: await response.text() }
}

/** Cookies as WebKit, Chromium and Firefox store them: each name with and without the prefix. */
const BOTH = 'naru-session=plain; __Host-naru-session=host; naru-pass-a=1; __Host-naru-pass-a=2'

describe('M20: cookies that carry rights', () => {
  it.each(['https://naru.example.org', undefined])(
    'are __Host- cookies and Secure where the public URL is %s',
    async (url) => {
      expect((await visit(url, '/set')).lines).toEqual([
        '__Host-naru-session=token; Max-Age=60; Path=/; HttpOnly; Secure; SameSite=Lax',
        '__Host-naru-pass-a=pass; Path=/; HttpOnly; Secure; SameSite=Lax',
        '__Host-naru-pass-b=; Max-Age=0; Path=/; HttpOnly; Secure; SameSite=Lax',
      ])
      const read = await visit(url, '/read', BOTH)
      expect(JSON.parse(read.body)).toEqual(['host', [{ name: 'naru-pass-a', value: '2' }]])
      expect(JSON.parse((await visit(url, '/take-out', BOTH)).body)).not.toContain('__Host-naru-session')
    },
  )

  it.each(['http://127.0.0.1:8080', 'http://localhost', 'http://[::1]:80'])(
    'have names and attributes that WebKit stores over plain http at %s',
    async (url) => {
      expect((await visit(url, '/set')).lines).toEqual([
        'naru-session=token; Max-Age=60; Path=/; HttpOnly; SameSite=Lax',
        'naru-pass-a=pass; Path=/; HttpOnly; SameSite=Lax',
        'naru-pass-b=; Max-Age=0; Path=/; HttpOnly; SameSite=Lax',
      ])
      const read = await visit(url, '/read', BOTH)
      expect(JSON.parse(read.body)).toEqual(['plain', [{ name: 'naru-pass-a', value: '1' }]])
      expect(JSON.parse((await visit(url, '/take-out', BOTH)).body)).toMatch(/^__Host-naru-session=host/)
    },
  )

  it('are written the same way by responses that bypass the app', async () => {
    for (const url of ['https://naru.example.org', 'http://127.0.0.1:8080']) {
      const [, pass] = (await visit(url, '/set')).lines
      expect(cookieHeader(cookieSchemeOf(url), 'naru-pass-a', 'pass')).toBe(pass)
    }
  })
})

describe('M20: the public URL', () => {
  function problemsOf(url: string | undefined): readonly string[] {
    try {
      const schema = z.object({ GATEWAY_PUBLIC_URL: publicUrl() })
      const read = readVariables(schema, { GATEWAY_PUBLIC_URL: url })
      expect(read.GATEWAY_PUBLIC_URL).toBe(url?.replace(/\/$/, ''))
    } catch (error) {
      if (error instanceof ConfigError) return error.problems
      throw error
    }
    return []
  }

  it.each([
    'https://naru.example.org',
    'https://127.0.0.1:8443/',
    'http://localhost:8080',
    'http://127.0.0.1:1',
    'http://[::1]:8080',
  ])('may be %s', (url) => expect(problemsOf(url)).toEqual([]))

  it.each([
    'http://naru.example.org',
    'http://192.168.0.9:8080',
    'http://127.0.0.1.example.org',
    'http://localhost.example.org',
    'ftp://localhost',
    'naru.example.org',
  ])('is refused, with what it must be, when it is %s', (url) => {
    expect(problemsOf(url)).toEqual([
      expect.stringMatching(/^GATEWAY_PUBLIC_URL must be an https URL, or an http URL of this machine/),
    ])
  })

  it('is required, so that a site behind TLS never omits Secure by accident', () => {
    expect(problemsOf(undefined)).toEqual([expect.stringMatching(/^GATEWAY_PUBLIC_URL is required: /)])
  })
})
