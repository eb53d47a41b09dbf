import { bodyLimit } from 'hono/body-limit'
import { createMiddleware } from 'hono/factory'
import { Problem } from '../problem.ts'

/** Refuses bodies above a size, whether the length is announced or found while reading. */
export function limitBody(bytesMax: number) {
  return bodyLimit({
    maxSize: bytesMax,
    onError: () => {
      throw new Problem('body-too-large', `The body may have at most ${bytesMax} bytes`)
    },
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
