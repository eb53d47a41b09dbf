import type { MiddlewareHandler } from 'hono'

/**
 * What all fans poll. A cache shared by them (a CDN) asks the gateway once a second, answers with its copy meanwhile,
 * and shows a copy of up to five seconds while the gateway fails (RFC 9111, section 5.2.2.10; RFC 5861). Together with
 * the longest wait between two polls near the front, that is less than the shortest grace time of a room. Browsers that
 * know RFC 5861 do not apply it here: pages read the status with `cache: 'no-cache'`.
 */
export const CACHED_FOR_A_SECOND = 'public, max-age=1, s-maxage=1, stale-while-revalidate=1, stale-if-error=5'

/** For what has another URL when it changes. */
export const IMMUTABLE = 'public, max-age=31536000, immutable'

const NO_STORE = 'no-store'
const KEPT_FROM_SHARED = /\b(?:private|no-store)\b/i

/** Whether a response may not be stored by a cache that several visitors share (RFC 9111, section 3). */
export function isKeptFromShared(cacheControl: string | null | undefined): boolean {
  return typeof cacheControl === 'string' && KEPT_FROM_SHARED.test(cacheControl)
}

/**
 * Keeps responses that are for one visitor out of shared caches, some of which ignore `Vary` (CloudFront): those that
 * set a cookie, and those that vary by the cookies that the visitor sent. A route that says nothing is never cached.
 */
export const protectPersonal: MiddlewareHandler = async (c, next) => {
  await next()
  const { headers } = c.res
  const control = headers.get('cache-control')
  if (control === null) headers.set('cache-control', NO_STORE)
  else if (!isKeptFromShared(control) && isPersonal(headers, c.req.header('cookie'))) {
    headers.set('cache-control', 'private, no-cache')
  }
}

function isPersonal(headers: Headers, cookie: string | undefined): boolean {
  if (headers.has('set-cookie')) return true
  return cookie !== undefined && /\bcookie\b/i.test(headers.get('vary') ?? '')
}

/** A response of the origin is for the bearer of the token that it was requested with, whatever it says itself. */
export function forBearerAlone(cacheControl: string | string[] | undefined): string {
  const control = String(cacheControl ?? '')
  return isKeptFromShared(control) ? control : NO_STORE
}
