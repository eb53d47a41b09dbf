import type { Context } from 'hono'
import { Problem } from '../../shared/api/problem.ts'
import { streamed } from '../../shared/http/streamed.ts'
import type { OriginClient, OriginResponse } from '../origin-client/origin-client.ts'
import { forBearerAlone } from './caching.ts'

/** The request headers that reach the origin, in addition to its token; all others are dropped, identity headers above all. */
const REQUEST_HEADERS = [
  'accept',
  'accept-language',
  'content-type',
  'idempotency-key',
  'if-match',
  'if-none-match',
  'prefer',
]
const RESPONSE_HEADERS = [
  'content-disposition',
  'content-type',
  'etag',
  'location',
  'preference-applied',
  'retry-after',
  'vary',
  'www-authenticate',
]
/** Responses up to this size are buffered before they are sent, which is faster; larger ones are streamed. */
const BUFFERED_BYTES_MAX = 65_536

/**
 * Forwards a request to the origin under a token, and returns its response.
 *
 * @param moreHeaders - additional request headers that the route needs, in lower case
 */
export async function forward(
  c: Context,
  origin: OriginClient,
  token: string,
  moreHeaders: readonly string[] = [],
): Promise<Response> {
  const headers: Record<string, string> = {
    authorization: `Bearer ${token}`,
    'x-request-id': String(c.get('requestId')),
  }
  for (const name of [...REQUEST_HEADERS, ...moreHeaders]) {
    const value = c.req.header(name)
    if (value !== undefined) headers[name] = value
  }
  const url = new URL(c.req.url)
  const hasBody = c.req.method !== 'GET' && c.req.method !== 'HEAD'
  const body = hasBody ? new Uint8Array(await c.req.arrayBuffer()) : undefined
  try {
    const response = await origin.request({
      method: c.req.method,
      path: url.pathname + url.search,
      headers,
      body: body === undefined || body.length === 0 ? undefined : body,
      signal: endsWithCaller(c, headers) ? c.req.raw.signal : undefined,
    })
    return await toResponse(c, response)
  } catch (cause) {
    // No response, half of one, or an unreadable one: the request may have taken effect.
    throw new Problem('unavailable', 'The shop does not answer', { retryAfterSeconds: 2, cause })
  }
}

/**
 * Long polls at the origin are aborted with their caller, and so are image uploads, which change nothing until they are
 * complete; anything else that may change something runs to its end.
 */
function endsWithCaller(c: Context, headers: Readonly<Record<string, string>>): boolean {
  if (c.req.method === 'GET') return headers['prefer'] !== undefined
  return headers['content-type']?.startsWith('image/') === true
}

async function toResponse(c: Context, { statusCode, headers, body }: OriginResponse): Promise<Response> {
  const forwarded = new Headers()
  for (const name of RESPONSE_HEADERS) {
    const value = headers[name]
    if (value !== undefined) forwarded.set(name, String(value))
  }
  forwarded.set('cache-control', forBearerAlone(headers['cache-control']))
  for (const cookie of [headers['set-cookie'] ?? []].flat()) forwarded.append('set-cookie', cookie)
  if (statusCode === 204 || statusCode === 304) {
    await body.dump()
    return new Response(null, { status: statusCode, headers: forwarded })
  }
  const length = Number(headers['content-length'] ?? Number.POSITIVE_INFINITY)
  if (statusCode >= 300) {
    const problem = await readText(body, BUFFERED_BYTES_MAX)
    if (!isProblem(problem)) throw new Error(`Something in front of the origin answered ${statusCode}`)
    return new Response(problem, { status: statusCode, headers: forwarded })
  }
  const content = length <= BUFFERED_BYTES_MAX ? await body.arrayBuffer() : await begun(c, body)
  return new Response(content, { status: statusCode, headers: forwarded })
}

/** Undefined when there are more bytes than that; the rest is not read. */
async function readText(body: OriginResponse['body'], bytesMax: number): Promise<string | undefined> {
  const chunks: Uint8Array[] = []
  let bytes = 0
  for await (const chunk of body as AsyncIterable<Uint8Array>) {
    bytes += chunk.length
    if (bytes > bytesMax) return undefined
    chunks.push(chunk)
  }
  return Buffer.concat(chunks).toString()
}

/** The origin refuses with problem documents only; any other refusal comes from a proxy in between. */
function isProblem(text: string | undefined): text is string {
  try {
    const read: unknown = JSON.parse(text ?? '')
    return typeof read === 'object' && read !== null && 'code' in read && typeof read.code === 'string'
  } catch {
    return false
  }
}

/** A response whose first chunk has arrived: one that breaks off earlier can still be reported as a problem. */
async function begun(c: Context, body: OriginResponse['body']): Promise<ReadableStream<Uint8Array> | null> {
  const chunks: AsyncIterable<Uint8Array> & AsyncIterator<Uint8Array> = body[Symbol.asyncIterator]()
  const { done, value } = await chunks.next()
  return done === true ? null : streamed(c, chunks, value)
}
