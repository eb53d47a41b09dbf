import { bodyLimit } from 'hono/body-limit'
import { createMiddleware } from 'hono/factory'
import { Problem } from '../api/problem.ts'

/** The largest bodies of both services. A gateway forwards what the origin accepts. */
export const BODY_BYTES_MAX = 16_384
export const WEBHOOK_BYTES_MAX = 131_072
/** A festival as JSON: its two descriptions may have 4000 characters each. */
export const FESTIVAL_BYTES_MAX = 131_072
export const IMAGE_BYTES_MAX = 8_388_608

/**
 * Refuses bodies above a size; `exceptions` sets other sizes by path, where the first match wins. In such a path
 * `:name` matches one segment, and `*` at the end any rest. An announced length is trusted, since Node reads no further
 * than that; any other body is counted while it is read, which costs more.
 */
export function limitBody(bytesMax: number, exceptions: Readonly<Record<string, number>> = {}) {
  const usual = limitTo(bytesMax)
  const others = Object.entries(exceptions).map(([path, max]) => ({
    fits: pathPattern(path),
    limit: limitTo(max),
  }))
  if (others.length === 0) return usual
  return createMiddleware((c, next) => {
    const exception = others.find(({ fits }) => fits.test(c.req.path))
    return (exception?.limit ?? usual)(c, next)
  })
}

function pathPattern(path: string): RegExp {
  const parts = path.split('/').map((part) => {
    if (part.startsWith(':')) return '[^/]+'
    return part === '*' ? '.*' : part.replaceAll(/[^\w-]/g, '\\$&')
  })
  return new RegExp(`^${parts.join('/')}$`)
}

function limitTo(bytesMax: number) {
  const refuse = (): never => {
    throw new Problem('body-too-large', `The body may have at most ${bytesMax} bytes`, {
      members: { bytesMax },
    })
  }
  const countChunks = bodyLimit({ maxSize: bytesMax, onError: refuse })
  return createMiddleware(async (c, next) => {
    if (c.req.method === 'GET' || c.req.method === 'HEAD') return await next()
    const announced =
      c.req.header('transfer-encoding') === undefined ? c.req.header('content-length') : undefined
    if (announced === undefined) return await countChunks(c, next)
    if (Number(announced) > bytesMax) refuse()
    return await next()
  })
}

/** Refuses bodies that are not JSON, so that no form of another site can pose as an API call. */
export const requireJson = createMiddleware(async (c, next) => {
  const hasBody =
    c.req.header('content-length') !== undefined || c.req.header('transfer-encoding') !== undefined
  const type = c.req.header('content-type')?.split(';')[0]?.trim().toLowerCase()
  if (hasBody && c.req.header('content-length') !== '0' && type !== 'application/json') {
    throw new Problem('unsupported-media-type')
  }
  await next()
})

/** The same, except that an image may be `PUT` to one path, in the syntax of `limitBody`: no form can do that. */
export function requireJsonOrImage(path: string) {
  const fits = pathPattern(path)
  return createMiddleware((c, next) => {
    const isImage = c.req.method === 'PUT' && c.req.header('content-type')?.startsWith('image/') === true
    return isImage && fits.test(c.req.path) ? next() : requireJson(c, next)
  })
}
