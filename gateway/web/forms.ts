import type { Context } from 'hono'
import { createMiddleware } from 'hono/factory'
import { Problem } from '../../shared/api/problem.ts'

const FORM_TYPES = new Set(['application/x-www-form-urlencoded', 'multipart/form-data'])

/**
 * Refuses bodies sent to pages that cannot be parsed as a form (HTML, section 4.10.21.8; RFC 7578); runs after
 * `limitBody`. Routes that read the form afterwards get the one parsed here.
 */
export const requireForm = createMiddleware(async (c, next) => {
  if (c.req.method === 'POST' && !c.req.path.startsWith('/api/') && hasBody(c)) {
    const type = c.req.header('content-type')?.split(';', 1)[0]?.trim().toLowerCase() ?? ''
    if (!FORM_TYPES.has(type)) throw new Problem('unsupported-media-type', 'The body must be a form')
    await readForm(c)
  }
  await next()
})

function hasBody(c: Context): boolean {
  if (c.req.header('transfer-encoding') !== undefined) return true
  return (c.req.header('content-length') ?? '0') !== '0'
}

async function readForm(c: Context): Promise<void> {
  // Reading the bytes first distinguishes a broken connection from an invalid form.
  await c.req.arrayBuffer()
  try {
    await c.req.parseBody()
  } catch (cause) {
    throw new Problem('bad-request', 'The form cannot be read', { cause })
  }
}
