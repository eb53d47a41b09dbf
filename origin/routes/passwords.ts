import { createRoute, z } from '@hono/zod-openapi'
import { createOpenApiApp, jsonBody, jsonResponse, problemResponses } from '../../shared/http/openapi.ts'
import { Problem } from '../../shared/problem.ts'
import type { ChangePasswordResult } from '../accounts/change-password.ts'
import type { CompleteResetResult } from '../accounts/complete-reset.ts'
import type { AccountLetters } from '../accounts/letters.ts'
import { RESET_TOKEN_LENGTH } from '../accounts/reset-token.ts'
import { LetterLanguageSchema, letterLanguage } from './letter-language.ts'
import {
  AttemptProofSchema,
  type CreateSession,
  EmailSchema,
  NewPasswordSchema,
  openSession,
  SessionSchema,
  signInsBusy,
} from './open-session.ts'
import { type OriginEnv, requireService, requireSession } from './principal.ts'

const ResetSchema = z
  .object({ email: EmailSchema, language: LetterLanguageSchema, proof: AttemptProofSchema })
  .strict()
  .openapi('PasswordReset')

const CompletionSchema = z
  .object({
    token: z.string().length(RESET_TOKEN_LENGTH),
    password: NewPasswordSchema,
    language: LetterLanguageSchema,
    proof: AttemptProofSchema,
  })
  .strict()
  .openapi('PasswordResetCompletion')

const ChangeSchema = z
  .object({
    current: z.string().min(1).max(200),
    password: NewPasswordSchema,
    language: LetterLanguageSchema,
    proof: AttemptProofSchema,
  })
  .strict()
  .openapi('PasswordChange')

const common = problemResponses('invalid-input', 'token-missing', 'token-invalid', 'busy', 'unavailable')

const resetRoute = createRoute({
  method: 'post',
  path: '/password-resets',
  summary: 'Ask for a letter with which a forgotten password can be set anew',
  description: 'The answer is the same, and as quick, whether or not the address has an account.',
  security: [{ service: [] }],
  request: { body: jsonBody(ResetSchema) },
  responses: {
    202: { description: 'Should the address have an account, a letter goes out' },
    ...common,
    ...problemResponses('token-foreign'),
  },
})

const completionRoute = createRoute({
  method: 'post',
  path: '/password-resets/completion',
  summary: "Set a password with a letter's token; every session is over, and the answer is a new one",
  security: [{ service: [] }],
  request: { body: jsonBody(CompletionSchema) },
  responses: {
    200: jsonResponse(SessionSchema, 'The password is set'),
    ...common,
    ...problemResponses('token-foreign', 'reset-ended'),
  },
})

const changeRoute = createRoute({
  method: 'put',
  path: '/me/password',
  summary: 'Change my password; every session is over, and the answer is a new one',
  security: [{ session: [] }],
  request: { body: jsonBody(ChangeSchema) },
  responses: {
    200: jsonResponse(SessionSchema, 'The password is changed'),
    ...common,
    ...problemResponses('token-foreign', 'password-wrong'),
  },
})

const FULL_RETRY_SECONDS = 30

export type PasswordRoutesDeps = {
  completeReset: (input: { token: string; password: string }) => Promise<CompleteResetResult>
  changePassword: (input: {
    account: string
    current: string
    password: string
  }) => Promise<ChangePasswordResult>
  letters: Pick<AccountLetters, 'reset' | 'changed'>
  createSession: CreateSession
}

/** Forgotten and changed passwords. */
export function createPasswordRoutes(deps: PasswordRoutesDeps) {
  const app = createOpenApiApp<OriginEnv>()

  app.openapi(resetRoute, (c) => {
    requireService(c)
    const { email, language } = c.req.valid('json')
    const posted = deps.letters.reset(email, letterLanguage(c, language))
    if (posted === 'no-mail') throw new Problem('unavailable', 'This shop sends no letters')
    if (posted === 'full') {
      throw new Problem('busy', 'Many letters are waiting', { retryAfterSeconds: FULL_RETRY_SECONDS })
    }
    return c.body(null, 202)
  })

  app.openapi(completionRoute, async (c) => {
    requireService(c)
    const { language, token, password } = c.req.valid('json')
    const result = await deps.completeReset({ token, password })
    if (result.status === 'busy') throw signInsBusy(result)
    if (result.status === 'ended') throw new Problem('reset-ended')
    deps.letters.changed(result.account, letterLanguage(c, language))
    return c.json(openSession(c, deps.createSession, result), 200)
  })

  app.openapi(changeRoute, async (c) => {
    const { account } = requireSession(c)
    const { language, current, password } = c.req.valid('json')
    const result = await deps.changePassword({ account, current, password })
    if (result.status === 'busy') throw signInsBusy(result)
    if (result.status === 'refused') throw new Problem('password-wrong')
    deps.letters.changed(result.account, letterLanguage(c, language))
    return c.json(openSession(c, deps.createSession, result), 200)
  })

  return app
}
