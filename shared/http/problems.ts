import type { Context, ErrorHandler, NotFoundHandler } from 'hono'
import { HTTPException } from 'hono/http-exception'
import type { ZodError } from 'zod'
import type { Logger } from '../log.ts'
import { Problem, type ProblemCode } from '../problem.ts'

/**
 * Turns whatever a handler threw into an RFC 9457 answer; what is not a `Problem` is logged and leaves opaque.
 *
 * @param isAway - tells errors that only mean that a store cannot be reached just now
 * @param answer - how a problem is told: as a document, or as a page to who reads pages
 */
export function problemHandler(
  log: Logger,
  isAway: (error: unknown) => boolean,
  answer: (problem: Problem, c: Context) => Response | Promise<Response> = problemResponse,
): ErrorHandler {
  return (error, c) => {
    const problem = isAway(error)
      ? new Problem('unavailable', undefined, { retryAfterSeconds: AWAY_RETRY_SECONDS, cause: error })
      : toProblem(error)
    const request = { requestId: requestIdOf(c), path: c.req.path }
    if (problem.code === 'internal') log.error({ err: error, ...request }, 'a request failed')
    // While something is away, many requests fail in the same way: a line each, without the stack.
    if (problem.code === 'unavailable')
      log.warn({ reason: reasonOf(error), ...request }, 'a request was refused')
    return answer(problem, c)
  }
}

/** Paths that nothing answers are a problem like any other. */
export const notFoundHandler: NotFoundHandler = () => {
  throw new Problem('not-found', 'There is nothing at this path')
}

/** The `defaultHook` of the OpenAPI apps: input that breaks its schema becomes one problem that lists every error. */
export function rejectInvalidInput(
  result: { success: true } | { success: false; error: ZodError; target: string },
): void {
  if (result.success) return
  const errors = result.error.issues.slice(0, ERRORS_SHOWN_MAX).map((issue) => ({
    pointer: `/${issue.path.map((part) => String(part).replaceAll('~', '~0').replaceAll('/', '~1')).join('/')}`,
    detail: issue.message,
  }))
  throw new Problem('invalid-input', `The ${PLACES[result.target] ?? 'request'} is not valid`, { errors })
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

/** What the innermost cause says, which is where a store or the network speaks. */
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
const PLACES: Readonly<Record<string, string>> = {
  json: 'body',
  query: 'query',
  param: 'path',
  header: 'header',
}
const ERRORS_SHOWN_MAX = 20
const AWAY_RETRY_SECONDS = 2
