import { createMiddleware } from 'hono/factory'
import { Problem } from '../api/problem.ts'

const SAFE_METHODS = new Set(['GET', 'HEAD', 'OPTIONS'])
/** `none` means initiated by the user: a bookmark, the address bar. */
const OWN_SITES = new Set(['same-origin', 'none'])

const BEARER = /^Bearer /i

/**
 * Refuses requests that another site makes a visitor's browser send with their cookies (OWASP's cheat sheet on
 * cross-site request forgery). Browsers send the source of a request in `Sec-Fetch-Site` (W3C Fetch Metadata), older
 * ones (Safari before 16.4) in `Origin`, or in `Referer` where they hide the origin: the pages' referrer policy has to
 * allow that. Programs send none of these and have no cookies of a visitor; nor can another site make a browser send
 * `Authorization: Bearer`. Other schemes prove nothing: a browser sends Basic, Digest and Negotiate by itself.
 * `hono/csrf` (4.13) is not used: it checks the content types of forms only, accepts a cross-site `Sec-Fetch-Site`
 * together with our `Origin`, never reads `Referer`, and refuses programs that send neither header and no JSON.
 */
export const requireSameOrigin = createMiddleware(async (c, next) => {
  const safe = SAFE_METHODS.has(c.req.method) || BEARER.test(c.req.header('authorization') ?? '')
  if (!safe && isCrossSite((name) => c.req.header(name))) throw new Problem('cross-site')
  await next()
})

/** A page can neither set these headers nor make the browser name another site than its own. */
function isCrossSite(header: (name: string) => string | undefined): boolean {
  const site = header('sec-fetch-site')
  if (site !== undefined) return !OWN_SITES.has(site)
  const [origin, referrer] = [header('origin'), header('referer')]
  if (origin !== undefined && origin !== 'null') return !isOf(origin, header('host'))
  if (referrer !== undefined) return !isOf(referrer, header('host'))
  return origin !== undefined
}

/** The scheme is not compared: a proxy that speaks HTTPS may stand in front of a gateway that speaks HTTP. */
function isOf(url: string, host: string | undefined): boolean {
  return URL.parse(url)?.host === host
}
