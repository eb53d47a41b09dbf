import type { Context } from 'hono'
import { generateCookie, getCookie } from 'hono/cookie'
import { createMiddleware } from 'hono/factory'

/**
 * How the cookies that bear rights are named and sent. Behind TLS they are `__Host-` cookies (RFC 6265bis, section
 * 4.1.3.2). WebKit drops those, and whatever is `Secure`, on plain http, that of this machine included.
 */
export type CookieScheme = { prefix: '__Host-' | ''; secure: boolean }

/** How long a browser keeps a cookie; without either it goes with the browser's session. */
type Lifetime = { expires?: Date; maxAge?: number }

export const HOST_COOKIES: CookieScheme = { prefix: '__Host-', secure: true }
const LOOPBACK_COOKIES: CookieScheme = { prefix: '', secure: false }

/** @param publicUrl - where people reach the gateway; plain http is of this machine alone (see public-url.ts) */
export function cookieSchemeOf(publicUrl: string): CookieScheme {
  return new URL(publicUrl).protocol === 'https:' ? HOST_COOKIES : LOOPBACK_COOKIES
}

/** Has the functions below name and send cookies so. Without it they are `__Host-` cookies. */
export function useCookies(scheme: CookieScheme) {
  return createMiddleware(async (c, next) => {
    c.set('cookies', scheme)
    await next()
  })
}

/** The name that a browser knows a cookie of ours by. */
export function sentName({ prefix }: CookieScheme, name: string): string {
  return prefix + name
}

/** The header that gives a browser a cookie, out of reach of scripts and of other sites' forms. */
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

/** The cookies whose names begin so, by the names that we know them by. */
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

/** Makes a browser forget a cookie. */
export function deleteOwnCookie(c: Context, name: string): void {
  setOwnCookie(c, name, '', { maxAge: 0 })
}

/** Takes cookies out of a request, as if the browser had never kept them. */
export function takeOutOwnCookies(c: Context, names: readonly string[]): void {
  const out = new Set(names.map((name) => sentName(schemeOf(c), name)))
  const { headers } = c.req.raw
  const pairs = (headers.get('cookie') ?? '').split(';')
  const kept = pairs.filter((pair) => !out.has((pair.split('=')[0] ?? '').trim()))
  headers.set('cookie', kept.join(';').trim())
}

function schemeOf(c: Context): CookieScheme {
  const scheme: CookieScheme | undefined = c.get('cookies')
  return scheme ?? HOST_COOKIES
}
