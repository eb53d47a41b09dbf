import { gzipSync } from 'node:zlib'
import type { MiddlewareHandler } from 'hono'
import { accepts } from 'hono/accepts'

/** Below this size the response fits into one packet anyway. */
const BYTES_MIN = 1000

/** Sends pages compressed. They are small, so compressing synchronously is cheaper than a stream or the thread pool. */
export const compressPages: MiddlewareHandler = async (c, next) => {
  await next()
  const { headers, status } = c.res
  if (!headers.get('content-type')?.startsWith('text/html') || headers.has('content-encoding')) return
  const plain = new Uint8Array(await c.res.arrayBuffer())
  const wanted = accepts(c, {
    header: 'Accept-Encoding',
    supports: ['gzip', 'identity'],
    default: 'identity',
  })
  const isWorthIt = wanted === 'gzip' && plain.length >= BYTES_MIN
  const sent = new Headers(headers)
  sent.append('vary', 'accept-encoding')
  sent.delete('content-length')
  if (isWorthIt) sent.set('content-encoding', 'gzip')
  c.res = undefined
  c.res = new Response(isWorthIt ? new Uint8Array(gzipSync(plain)) : plain, { status, headers: sent })
}
