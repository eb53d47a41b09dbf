import { OpenAPIHono, z } from '@hono/zod-openapi'
import type { Env } from 'hono'
import { rejectInvalidInput } from '../http/problems.ts'
import type { TokenKind } from '../tokens/kinds.ts'
import { PROBLEMS, type ProblemCode } from './problem.ts'

/** What `c.get` knows in every app: the ID that requests keep across services. */
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

/** An app whose routes are described as they are declared, and whose input is checked against that. */
export function createOpenApiApp<E extends Env>(): OpenAPIHono<E> {
  return new OpenAPIHono<E>({ defaultHook: rejectInvalidInput })
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

/** A JSON answer for a route's `responses`. */
export function jsonResponse<S extends z.ZodType>(schema: S, description: string) {
  return { description, content: { 'application/json': { schema } } }
}

/** A JSON body for a route's `request`. */
export function jsonBody<S extends z.ZodType>(schema: S) {
  return { required: true, content: { 'application/json': { schema } } }
}

/** The problems a route answers with, for its `responses`: one entry per status, naming the codes. */
export function problemResponses(...codes: ProblemCode[]) {
  const statuses = [...new Set(codes.map((code) => PROBLEMS[code][0]))]
  return Object.fromEntries(
    statuses.map((status) => {
      const description = codes.filter((code) => PROBLEMS[code][0] === status).join(', ')
      return [status, { description, content: { 'application/problem+json': { schema: ProblemSchema } } }]
    }),
  )
}
