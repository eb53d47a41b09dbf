import type { Context } from 'hono'
import { generateCookie, getCookie } from 'hono/cookie'
import { createMiddleware } from 'hono/factory'

/**
 * How cookies that carry rights are named and sent. Behind TLS they are `__Host-` cookies (RFC 6265bis, section
 * 4.1.3.2). Over plain http, localhost included, WebKit drops those and all `Secure` cookies.
 */
export type CookieScheme = { prefix: '__Host-' | ''; secure: boolean }

/** How long a browser stores a cookie; without either it lasts for the browser's session. */
type Lifetime = { expires?: Date; maxAge?: number }

export const HOST_COOKIES: CookieScheme = { prefix: '__Host-', secure: true }
const LOOPBACK_COOKIES: CookieScheme = { prefix: '', secure: false }

/** @param publicUrl - the public URL of the gateway; plain http is allowed for localhost only (see public-url.ts) */
export function cookieSchemeOf(publicUrl: string): CookieScheme {
  return new URL(publicUrl).protocol === 'https:' ? HOST_COOKIES : LOOPBACK_COOKIES
}

/** Sets how the functions below name and send cookies. Without it they are `__Host-` cookies. */
export function useCookies(scheme: CookieScheme) {
  return createMiddleware(async (c, next) => {
    c.set('cookies', scheme)
    await next()
  })
}

/** The name under which the browser stores one of our cookies. */
export function sentName({ prefix }: CookieScheme, name: string): string {
  return prefix + name
}

/** The header that sets a cookie, inaccessible to scripts and to other sites' forms. */
export function cookieHeader(
  scheme: CookieScheme,
  name: string,
  value: string,
  lifetime: Lifetime = {},
): string {
  const { secure } = scheme
  const attributes = { path: '/', httpOnly: true, sameSite: 'Lax', secure } as const
  return generateCookie(sentName(scheme, name), value, { ...attributes, ...lifetime })
}

export function readOwnCookie(c: Context, name: string): string | undefined {
  return getCookie(c, sentName(schemeOf(c), name))
}

/** The cookies whose names start with a prefix, by our own names. */
export function readOwnCookies(c: Context, beginning: string): { name: string; value: string }[] {
  const { prefix } = schemeOf(c)
  return Object.entries(getCookie(c))
    .filter(([sent]) => sent.startsWith(prefix + beginning))
    .map(([sent, value]) => ({ name: sent.slice(prefix.length), value }))
}

export function ownCookieHeader(c: Context, name: string, value: string, lifetime?: Lifetime): string {
  return cookieHeader(schemeOf(c), name, value, lifetime)
}

export function setOwnCookie(c: Context, name: string, value: string, lifetime?: Lifetime): void {
  c.header('set-cookie', ownCookieHeader(c, name, value, lifetime), { append: true })
}

/** Deletes a cookie in the browser. */
export function deleteOwnCookie(c: Context, name: string): void {
  setOwnCookie(c, name, '', { maxAge: 0 })
}

/** Removes cookies from a request, as if the browser had never stored them. */
export function takeOutOwnCookies(c: Context, names: readonly string[]): void {
  const out = new Set(names.map((name) => sentName(schemeOf(c), name)))
  const { headers } = c.req.raw
  const pairs = (headers.get('cookie') ?? '').split(';')
  const stored = pairs.filter((pair) => !out.has((pair.split('=')[0] ?? '').trim()))
  headers.set('cookie', stored.join(';').trim())
}

function schemeOf(c: Context): CookieScheme {
  const scheme: CookieScheme | undefined = c.get('cookies')
  return scheme ?? HOST_COOKIES
}
