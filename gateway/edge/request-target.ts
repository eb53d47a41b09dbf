import type { HttpBindings } from '@hono/node-server'
import { createMiddleware } from 'hono/factory'
import type { RequestVariables } from '../../shared/api/openapi.ts'
import { Problem } from '../../shared/api/problem.ts'

/** Refuses requests that the origin could read differently. */
export const refuseAmbiguousTarget = createMiddleware<{
  Variables: RequestVariables
  Bindings: Partial<HttpBindings>
}>(async (c, next) => {
  const target = c.env?.incoming?.url ?? new URL(c.req.url).pathname
  if (isAmbiguousTarget(target)) throw new Problem('ambiguous-path')
  await next()
})

/**
 * True for a request target that two servers could read differently: not in origin form (RFC 9112, section 3.2.1), or
 * with dot segments, empty segments, backslashes, encoded ASCII, or encoded bytes that are not UTF-8.
 *
 * @param target - as on the request line, undecoded
 */
export function isAmbiguousTarget(target: string): boolean {
  const path = target.split('?', 1)[0] ?? ''
  if (!path.startsWith('/') || path.includes('#')) return true
  if (!/^[\x21-\x7e]*$/.test(target) || path.includes('\\') || path.includes('//')) return true
  // None of our paths needs an encoded ASCII character: dots, slashes and control characters least of all, and an
  // encoded letter would be a second spelling of the same path.
  if (/%(?![89a-f][0-9a-f])/i.test(path)) return true
  if (path.includes('%') && !isUtf8Encoded(path)) return true
  return path.split('/').some((segment) => segment === '.' || segment === '..' || segment.includes(';'))
}

function isUtf8Encoded(path: string): boolean {
  try {
    decodeURIComponent(path)
    return true
  } catch {
    return false
  }
}
