import { createRoute, z } from '@hono/zod-openapi'
import { LanguageSchema } from './fields.ts'
import { TOKEN_CHARACTERS } from './limits.ts'
import { jsonBody, jsonResponse, problemResponses } from './openapi.ts'
import { AttemptProofSchema, challenged, EmailSchema, NewPasswordSchema, SessionSchema } from './sessions.ts'

const ResetSchema = z
  .object({ email: EmailSchema, language: LanguageSchema, proof: AttemptProofSchema })
  .strict()
  .openapi('PasswordReset')

const CompletionSchema = z
  .object({
    token: z.string().length(TOKEN_CHARACTERS),
    password: NewPasswordSchema,
    language: LanguageSchema,
    proof: AttemptProofSchema,
  })
  .strict()
  .openapi('PasswordResetCompletion')

const ChangeSchema = z
  .object({
    current: z.string().min(1).max(200),
    password: NewPasswordSchema,
    language: LanguageSchema,
    proof: AttemptProofSchema,
  })
  .strict()
  .openapi('PasswordChange')

const common = problemResponses('invalid-input', 'token-missing', 'token-invalid', 'busy', 'unavailable')

export const requestResetRoute = createRoute({
  operationId: 'requestReset',
  method: 'post',
  path: '/password-resets',
  summary: 'Request an e-mail with which a forgotten password can be set',
  description: 'The answer is the same, and as quick, whether or not the address has an account.',
  security: [{ service: [] }],
  request: { body: jsonBody(ResetSchema) },
  responses: {
    202: { description: 'If the address has an account, an e-mail is sent' },
    ...common,
    ...problemResponses('token-wrong-audience'),
  },
})

export const completeResetRoute = createRoute({
  operationId: 'completeReset',
  method: 'post',
  path: '/password-resets/completion',
  summary:
    "Set a password with the token of an e-mail's link; every session is over, and the answer is a new one",
  security: [{ service: [] }],
  request: { body: jsonBody(CompletionSchema) },
  responses: {
    200: jsonResponse(SessionSchema, 'The password is set'),
    202: challenged,
    ...common,
    ...problemResponses('token-wrong-audience', 'reset-ended'),
  },
})

export const changePasswordRoute = createRoute({
  operationId: 'changePassword',
  method: 'put',
  path: '/me/password',
  summary: 'Change my password; every session is over, and the answer is a new one',
  security: [{ session: [] }],
  request: { body: jsonBody(ChangeSchema) },
  responses: {
    200: jsonResponse(SessionSchema, 'The password is changed'),
    ...common,
    ...problemResponses('token-wrong-audience', 'password-wrong', 'second-factor-needed'),
  },
})
