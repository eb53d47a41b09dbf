import { type IncomingMessage, type ServerResponse, STATUS_CODES } from 'node:http'
import type { Duplex } from 'node:stream'
import { RequestError } from '@hono/node-server'
import { Problem } from '../api/problem.ts'

/** The methods that routes here may use; a listener refuses all others. */
const METHODS = new Set(['GET', 'HEAD', 'OPTIONS', 'POST', 'PUT', 'PATCH', 'DELETE'])
const ALLOW = [...METHODS].join(', ')
/** RFC 9112, section 3.2, and RFC 3986, section 3.2.2: a name, an IPv4 or an IPv6 address, and a port. */
const HOST = /^(?:[a-z0-9._~-]{1,253}|\[[0-9a-f:.]{2,45}\])(?::\d{1,5})?$/i
/** Tells browsers not to run, frame or guess the type of such a response. */
const HEADERS = {
  'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
  'x-content-type-options': 'nosniff',
}

/**
 * The HTTP-level error of a request, checked before routing: anything that two servers in a row could read differently
 * (RFC 9112, section 11.2), and unsupported features. Node's parser has refused the rest by then.
 */
export function errorOf(request: IncomingMessage): Problem | undefined {
  const { method = '', url = '' } = request
  if (request.httpVersionMajor !== 1) return new Problem('bad-request', 'This server speaks HTTP/1.1')
  if (!METHODS.has(method)) return new Problem('not-implemented', `${method} is not offered`)
  if (!url.startsWith('/') || pathOf(url).includes('\\')) {
    return new Problem('ambiguous-path', 'The target must be a path of this server')
  }
  if (!namesOneHost(request)) {
    return new Problem('bad-request', 'The request must name one host')
  }
  return bodyErrorOf(request)
}

function bodyErrorOf({ method = '', headers }: IncomingMessage): Problem | undefined {
  const coding = headers['transfer-encoding']
  if (coding !== undefined && coding.toLowerCase() !== 'chunked') {
    return new Problem('not-implemented', 'Bodies may be chunked, and coded in no other way')
  }
  const hasBody = coding !== undefined || (headers['content-length'] ?? '0') !== '0'
  if (!hasBody) return undefined
  if (method === 'GET' || method === 'HEAD') return new Problem('bad-request', `${method} takes no body`)
  const encoding = headers['content-encoding'] ?? 'identity'
  if (encoding.toLowerCase() !== 'identity') {
    return new Problem('unsupported-media-type', 'Bodies must come without a Content-Encoding')
  }
  return undefined
}

/** Responds to a request that does not reach the app, and ends the connection: nothing else on it is read. */
export function refuse(response: ServerResponse, problem: Problem): void {
  const body = bodyOf(problem)
  response.writeHead(problem.status, { ...headersOf(problem, body), connection: 'close' }).end(body)
}

/** The same, for input that cannot become a `Request`, or for an app that throws: neither gives a reason. */
export function refusal(error: unknown): Response {
  const problem = new Problem(error instanceof RequestError ? 'bad-request' : 'internal')
  const body = bodyOf(problem)
  return new Response(body, { status: problem.status, headers: headersOf(problem, body) })
}

/** The same, for what Node could not read as a request. */
export function refuseRaw(socket: Duplex, problem: Problem): void {
  const body = bodyOf(problem)
  const headers = Object.entries({ ...headersOf(problem, body), connection: 'close' })
  const lines = headers.map(([name, value]) => `${name}: ${value}\r\n`)
  const reason = STATUS_CODES[problem.status] ?? ''
  socket.end(`HTTP/1.1 ${problem.status} ${reason}\r\n${lines.join('')}\r\n${body}`, () => socket.destroy())
}

/** The error that Node's parser or timeout reported for a request. */
export function problemOf(error: NodeJS.ErrnoException): Problem {
  switch (error.code) {
    case 'HPE_HEADER_OVERFLOW':
      return new Problem('headers-too-large')
    case 'ERR_HTTP_REQUEST_TIMEOUT':
      return new Problem('request-timeout')
    default:
      return new Problem('bad-request')
  }
}

function headersOf(problem: Problem, body: string): Record<string, string> {
  return {
    ...problem.headers(),
    ...HEADERS,
    ...(problem.code === 'not-implemented' ? { allow: ALLOW } : {}),
    'content-length': String(Buffer.byteLength(body)),
  }
}

function bodyOf(problem: Problem): string {
  return JSON.stringify(problem.document())
}

function pathOf(target: string): string {
  return target.split('?', 1)[0] ?? ''
}

/** The last `Host` that was found well-formed: nearly all requests have the same. */
let knownHost = ''

/** Whether a request has one well-formed `Host` (RFC 9112, section 3.2). Runs on every poll, so it must be cheap. */
export function namesOneHost({ headers: { host = '' }, rawHeaders }: IncomingMessage): boolean {
  if (host !== knownHost) {
    if (!HOST.test(host)) return false
    knownHost = host
  }
  // Node keeps the first of several in `headers`.
  let hosts = 0
  for (let i = 0; i < rawHeaders.length; i += 2) {
    const name = rawHeaders[i]
    if (name?.length === HOST_LENGTH && name.toLowerCase() === 'host') hosts += 1
  }
  return hosts === 1
}

const HOST_LENGTH = 'host'.length
