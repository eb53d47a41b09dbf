import { OpenAPIHono, z } from '@hono/zod-openapi'
import type { Env } from 'hono'
import type { ZodError } from 'zod'
import type { TokenKind } from '../tokens/kinds.ts'
import { PROBLEMS, Problem, type ProblemCode } from './problem.ts'

const PLACES: Readonly<Record<string, string>> = {
  json: 'body',
  query: 'query',
  param: 'path',
  header: 'header',
}
const ERRORS_SHOWN_MAX = 20

/** The context variables of every app: the request ID, which is the same across services. */
export type RequestVariables = { requestId: string }

const ProblemSchema = z
  .object({
    type: z.string().openapi({ example: '/problems/sold-out' }),
    title: z.string(),
    status: z.int(),
    code: z.string(),
    detail: z.string().optional(),
    errors: z
      .array(z.object({ pointer: z.string(), detail: z.string(), code: z.string().optional() }))
      .optional(),
    retryAfterSeconds: z.int().optional(),
    requestId: z.string().optional(),
  })
  .openapi('Problem', { description: 'RFC 9457 problem details' })

/** An app whose routes are documented where they are declared, and whose input is validated against their schemas. */
export function createOpenApiApp<E extends Env>(): OpenAPIHono<E> {
  return new OpenAPIHono<E>({ defaultHook: rejectInvalidInput })
}

/**
 * The `defaultHook` of the OpenAPI apps: turns input that breaks its schema into one problem that lists every error.
 */
function rejectInvalidInput(
  result: { success: true } | { success: false; error: ZodError; target: string },
): void {
  if (result.success) return
  const errors = result.error.issues.slice(0, ERRORS_SHOWN_MAX).map((issue) => ({
    pointer: `/${issue.path.map((part) => String(part).replaceAll('~', '~0').replaceAll('/', '~1')).join('/')}`,
    detail: issue.message,
  }))
  throw new Problem('invalid-input', `The ${PLACES[result.target] ?? 'request'} is not valid`, { errors })
}

/** Describes the kinds of token that routes name in their `security`. */
export function describeBearers(registry: OpenAPIHono['openAPIRegistry'], kinds: readonly TokenKind[]): void {
  for (const kind of kinds) {
    registry.registerComponent('securitySchemes', kind, {
      type: 'http',
      scheme: 'bearer',
      bearerFormat: 'JWT',
    })
  }
}

/** A JSON response for a route's `responses`. */
export function jsonResponse<S extends z.ZodType>(schema: S, description: string) {
  return { description, content: { 'application/json': { schema } } }
}

/** A JSON body for a route's `request`. */
export function jsonBody<S extends z.ZodType>(schema: S) {
  return { required: true, content: { 'application/json': { schema } } }
}

/** The problems of every route that needs a token. */
export const TOKEN_PROBLEMS = ['token-missing', 'token-invalid', 'token-wrong-audience'] as const

/** The problems a route may return, for its `responses`: one entry per status, naming the codes. */
export function problemResponses(...codes: ProblemCode[]) {
  const statuses = [...new Set(codes.map((code) => PROBLEMS[code][0]))]
  return Object.fromEntries(
    statuses.map((status) => {
      const description = codes.filter((code) => PROBLEMS[code][0] === status).join(', ')
      return [status, { description, content: { 'application/problem+json': { schema: ProblemSchema } } }]
    }),
  )
}
