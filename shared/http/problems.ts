import type { HttpBindings } from '@hono/node-server'
import type { Context, ErrorHandler, NotFoundHandler } from 'hono'
import { HTTPException } from 'hono/http-exception'
import { METHOD_NAME_ALL } from 'hono/router'
import { TrieRouter } from 'hono/router/trie-router'
import { Problem, type ProblemCode, UNAVAILABLE_RETRY_SECONDS } from '../api/problem.ts'
import type { Logger } from '../runtime/log.ts'

/**
 * Turns whatever a handler threw into an RFC 9457 response; anything but a `Problem` is logged and returned as an
 * opaque error.
 *
 * @param isUnavailable - recognises errors that only mean that a store is currently unreachable
 * @param answer - how a problem is rendered: as a document, or as a page for people
 */
export function problemHandler(
  log: Logger,
  isUnavailable: (error: unknown) => boolean,
  answer: (problem: Problem, c: Context) => Response | Promise<Response> = problemResponse,
): ErrorHandler {
  return (error, c) => {
    const connection = connectionOf(c)
    if (connection === 'cut') {
      // Half a request: the client is gone, so the status is only counted.
      log.debug({ path: c.req.path }, 'a client left before its request was complete')
      return answer(new Problem('bad-request', 'The request is not complete'), c)
    }
    // A problem is complete in itself, whatever its cause.
    const isStoreUnavailable = !(error instanceof Problem) && isUnavailable(error)
    const problem = isStoreUnavailable
      ? new Problem('unavailable', undefined, { retryAfterSeconds: UNAVAILABLE_RETRY_SECONDS, cause: error })
      : toProblem(error)
    const request = { requestId: requestIdOf(c), path: c.req.path }
    if (problem.code === 'internal') log.error({ err: error, ...request }, 'a request failed')
    // During an outage many requests fail in the same way: one line each, without the stack.
    if (problem.code === 'unavailable') {
      const level = connection === 'left' ? 'debug' : 'warn'
      log[level]({ reason: reasonOf(error), ...request }, 'a request was refused')
    }
    return answer(problem, c)
  }
}

/**
 * Whether the client is still connected: `cut` when it disconnected before its whole request had arrived, `left` when
 * it did not wait for the response.
 */
function connectionOf(c: Context): 'open' | 'cut' | 'left' {
  const { incoming, outgoing } = (c.env ?? {}) as Partial<HttpBindings>
  if (incoming?.destroyed === true && !incoming.complete) return 'cut'
  return outgoing?.destroyed === true ? 'left' : 'open'
}

/**
 * The response when no route matched: a path that exists with other methods lists them (RFC 9110, sections 9.3.7 and
 * 15.5.6); any other path is an ordinary problem.
 *
 * @param routes - of the app, read once all are registered
 */
export function createNotFoundHandler(routes: () => readonly AppRoute[]): NotFoundHandler {
  let methodsOf: ((path: string) => string[]) | undefined
  return (c) => {
    methodsOf ??= createMethodFinder(routes())
    const allow = methodsOf(c.req.path)
    if (allow.length === 0) throw new Problem('not-found', 'There is nothing at this path')
    if (c.req.method === 'OPTIONS') return c.body(null, 204, { allow: allow.join(', ') })
    throw new Problem('method-not-allowed', `${c.req.method} is not for this path`, { allow })
  }
}

type AppRoute = { method: string; path: string }

/** The methods of a path that have a route; middleware matches every path and method. */
function createMethodFinder(routes: readonly AppRoute[]): (path: string) => string[] {
  const router = new TrieRouter<string>()
  for (const { method, path } of routes) {
    if (method !== METHOD_NAME_ALL) router.add(METHOD_NAME_ALL, path, method)
  }
  return (path) => {
    const methods = new Set(router.match(METHOD_NAME_ALL, path)[0].map(([method]) => method))
    if (methods.size === 0) return []
    if (methods.has('GET')) methods.add('HEAD')
    return [...methods.add('OPTIONS')].sort()
  }
}

/** A problem as an RFC 9457 document. */
export function problemResponse(problem: Problem, c: Context): Response {
  return Response.json(problem.document(requestIdOf(c)), {
    status: problem.status,
    headers: problem.headers(),
  })
}

function toProblem(error: unknown): Problem {
  if (error instanceof Problem) return error
  if (error instanceof HTTPException) {
    const code = HTTP_EXCEPTIONS[error.status]
    if (code !== undefined) return new Problem(code, error.message === '' ? undefined : error.message)
  }
  return new Problem('internal', undefined, { cause: error })
}

export function requestIdOf(c: Context): string | undefined {
  return c.get('requestId') as string | undefined
}

/** The message of the innermost cause, which comes from the store or the network. */
function reasonOf(error: Error): string {
  let innermost = error
  while (innermost.cause instanceof Error) innermost = innermost.cause
  return innermost.message
}

const HTTP_EXCEPTIONS: Readonly<Record<number, ProblemCode>> = {
  400: 'bad-request',
  403: 'forbidden',
  413: 'body-too-large',
  415: 'unsupported-media-type',
}
