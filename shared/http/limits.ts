import { bodyLimit } from 'hono/body-limit'
import { createMiddleware } from 'hono/factory'
import { Problem } from '../problem.ts'

/**
 * Refuses bodies above a size. An announced length is believed, since Node reads no further than that; any
 * other body is counted while it is read, which costs more.
 */
export function limitBody(bytesMax: number) {
  const refuse = (): never => {
    throw new Problem('body-too-large', `The body may have at most ${bytesMax} bytes`)
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

/** Refuses bodies that are not JSON, so that no form of another site can pose as a call of ours. */
export const requireJson = createMiddleware(async (c, next) => {
  const hasBody =
    c.req.header('content-length') !== undefined || c.req.header('transfer-encoding') !== undefined
  const type = c.req.header('content-type')?.split(';')[0]?.trim().toLowerCase()
  if (hasBody && c.req.header('content-length') !== '0' && type !== 'application/json') {
    throw new Problem('unsupported-media-type')
  }
  await next()
})
