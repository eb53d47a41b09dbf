import { createMiddleware } from 'hono/factory'
import { UNAVAILABLE_RETRY_SECONDS } from '../api/problem.ts'

/** Adds Retry-After to every 503, also of pages (RFC 9110, sections 10.2.3 and 15.6.4). */
export const sendRetryAfter = createMiddleware(async (c, next) => {
  await next()
  if (c.res.status === 503 && !c.res.headers.has('retry-after')) {
    c.res.headers.set('retry-after', String(UNAVAILABLE_RETRY_SECONDS))
  }
})
