import type { Context } from 'hono'
import { Problem } from '../../shared/api/problem.ts'
import { streamed } from '../../shared/http/streamed.ts'
import type { OriginClient, OriginResponse } from '../origin-client/origin-client.ts'

/** What of a request reaches the origin besides its token; everything else stays here, identity headers above all. */
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
  'cache-control',
  'content-disposition',
  'content-type',
  'etag',
  'location',
  'preference-applied',
  'retry-after',
  'vary',
  'www-authenticate',
]
/** Answers up to here are read whole before they are sent on, which is faster; larger ones are passed on as they come. */
const BUFFERED_BYTES_MAX = 65_536

/**
 * Sends a request on to the origin under a token, and its answer back.
 *
 * @param moreHeaders - what besides the usual headers the route needs of the request, in lower case
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
    // No answer, half of one, or nothing that could be read as one: what it was for may have been done.
    throw new Problem('unavailable', 'The shop does not answer', { retryAfterSeconds: 2, cause })
  }
}

/**
 * What waits at the origin ends with its caller, and so does the reading of an image, which changes nothing until it is
 * done; whatever else may change something is carried through.
 */
function endsWithCaller(c: Context, headers: Readonly<Record<string, string>>): boolean {
  if (c.req.method === 'GET') return headers['prefer'] !== undefined
  return headers['content-type']?.startsWith('image/') === true
}

async function toResponse(c: Context, { statusCode, headers, body }: OriginResponse): Promise<Response> {
  const kept = new Headers()
  for (const name of RESPONSE_HEADERS) {
    const value = headers[name]
    if (value !== undefined) kept.set(name, String(value))
  }
  for (const cookie of [headers['set-cookie'] ?? []].flat()) kept.append('set-cookie', cookie)
  if (statusCode === 204 || statusCode === 304) {
    await body.dump()
    return new Response(null, { status: statusCode, headers: kept })
  }
  const length = Number(headers['content-length'] ?? Number.POSITIVE_INFINITY)
  if (statusCode >= 300) {
    const problem = await readText(body, BUFFERED_BYTES_MAX)
    if (!isProblem(problem)) throw new Error(`Something in front of the origin answered ${statusCode}`)
    return new Response(problem, { status: statusCode, headers: kept })
  }
  const content = length <= BUFFERED_BYTES_MAX ? await body.arrayBuffer() : await begun(c, body)
  return new Response(content, { status: statusCode, headers: kept })
}

/** Undefined when there are more bytes than that, the rest of which is not read. */
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

/** The origin refuses with problem documents alone; any other refusal is of a proxy between it and us. */
function isProblem(text: string | undefined): text is string {
  try {
    const read: unknown = JSON.parse(text ?? '')
    return typeof read === 'object' && read !== null && 'code' in read && typeof read.code === 'string'
  } catch {
    return false
  }
}

/** An answer of which something has come: one that breaks off before that can still be told as a problem. */
async function begun(c: Context, body: OriginResponse['body']): Promise<ReadableStream<Uint8Array> | null> {
  const chunks: AsyncIterable<Uint8Array> & AsyncIterator<Uint8Array> = body[Symbol.asyncIterator]()
  const { done, value } = await chunks.next()
  return done === true ? null : streamed(c, chunks, value)
}
