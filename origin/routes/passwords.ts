import { createRoute, z } from '@hono/zod-openapi'
import { createOpenApiApp, jsonBody, jsonResponse, problemResponses } from '../../shared/http/openapi.ts'
import { Problem } from '../../shared/problem.ts'
import type { RequestEmailResult } from '../accounts/account-emails.ts'
import type { ChangePasswordResult } from '../accounts/change-password.ts'
import type { CompleteResetResult } from '../accounts/complete-reset.ts'
import { TOKEN_CHARACTERS } from '../accounts/email-secrets.ts'
import type { EmailLanguage } from '../email/message.ts'
import { acceptedLanguage, LanguageSchema } from './accepted-language.ts'
import { emailRefused } from './email-refused.ts'
import {
  AttemptProofSchema,
  challenged,
  commonPassword,
  EmailSchema,
  NewPasswordSchema,
  openSession,
  SessionSchema,
  type SessionStarter,
  sendSession,
  signInsBusy,
} from './open-session.ts'
import { type OriginEnv, requireService, requireSession } from './principal.ts'
import { hasSecondFactor } from './second-factor.ts'

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

const resetRoute = createRoute({
  method: 'post',
  path: '/password-resets',
  summary: 'Request an e-mail with which a forgotten password can be set',
  description: 'The answer is the same, and as quick, whether or not the address has an account.',
  security: [{ service: [] }],
  request: { body: jsonBody(ResetSchema) },
  responses: {
    202: { description: 'If the address has an account, an e-mail is sent' },
    ...common,
    ...problemResponses('token-foreign'),
  },
})

const completionRoute = createRoute({
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
    ...problemResponses('token-foreign', 'password-wrong', 'second-factor-needed'),
  },
})

export type PasswordRoutesDeps = {
  requestReset: (input: { email: string; language: EmailLanguage }) => Promise<RequestEmailResult>
  completeReset: (input: {
    token: string
    password: string
    language: EmailLanguage
  }) => Promise<CompleteResetResult>
  changePassword: (input: {
    account: string
    current: string
    password: string
    language: EmailLanguage
  }) => Promise<ChangePasswordResult>
  /** Whether the account has a second factor. */
  isEnrolled: (account: string) => Promise<boolean>
  sessions: SessionStarter
}

/** Forgotten and changed passwords. */
export function createPasswordRoutes(deps: PasswordRoutesDeps) {
  const app = createOpenApiApp<OriginEnv>()

  app.openapi(resetRoute, async (c) => {
    requireService(c)
    const { email, language } = c.req.valid('json')
    const requested = await deps.requestReset({ email, language: acceptedLanguage(c, language) })
    if (requested.status !== 'queued') throw emailRefused(requested.status)
    return c.body(null, 202)
  })

  app.openapi(completionRoute, async (c) => {
    requireService(c)
    const { token, password, ...chosen } = c.req.valid('json')
    const language = acceptedLanguage(c, chosen.language)
    const result = await deps.completeReset({ token, password, language })
    if (result.status === 'busy') throw signInsBusy(result)
    if (result.status === 'common-password') throw commonPassword()
    if (result.status === 'ended') throw new Problem('reset-ended')
    const opened = await openSession(c, deps.sessions, result)
    return opened.status === 'session' ? c.json(opened.body, 200) : c.json(opened.body, 202)
  })

  app.openapi(changeRoute, async (c) => {
    const { account, session } = requireSession(c)
    const { current, password, ...chosen } = c.req.valid('json')
    const language = acceptedLanguage(c, chosen.language)
    // A session from before the account had one would end those that used it, and go on without.
    if (!hasSecondFactor(session) && (await deps.isEnrolled(account)))
      throw new Problem('second-factor-needed')
    const result = await deps.changePassword({ account, current, password, language })
    if (result.status === 'busy') throw signInsBusy(result)
    if (result.status === 'common-password') throw commonPassword()
    if (result.status === 'refused') throw new Problem('password-wrong')
    // The session that ends was begun with as many factors.
    return c.json(sendSession(c, deps.sessions.create(result, session.amr), result.account), 200)
  })

  return app
}
