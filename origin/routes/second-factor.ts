import { createRoute, z } from '@hono/zod-openapi'
import { createOpenApiApp, jsonBody, jsonResponse, problemResponses } from '../../shared/http/openapi.ts'
import { Problem } from '../../shared/problem.ts'
import type { TokenClaims } from '../../shared/tokens/kinds.ts'
import type { Account } from '../accounts/account.ts'
import type {
  AnswerResult,
  BeginResult,
  CodeRefused,
  ConfirmResult,
  FactorState,
} from '../accounts/second-factor/second-factor.ts'
import type { Session, SignedIn } from '../accounts/session.ts'
import { AttemptProofSchema, SessionSchema, sendSession, signInsBusy } from './open-session.ts'
import { type OriginEnv, requireService, requireSession } from './principal.ts'

const CODE_CHARACTERS_MAX = 40
const TOKEN_CHARACTERS_MAX = 500
const path = '/me/second-factor'
const security = [{ session: [] }]
const common = problemResponses(
  'invalid-input',
  'token-missing',
  'token-invalid',
  'token-foreign',
  'unavailable',
)
const refused = problemResponses('code-wrong', 'too-many', 'conflict')

const CodeSchema = z
  .string()
  .min(1)
  .max(CODE_CHARACTERS_MAX)
  .openapi({ description: 'Six digits of the app; or a recovery code, except for enrolment' })

const readRoute = createRoute({
  method: 'get',
  path,
  summary: 'Whether I have a second factor, and how many recovery codes are left',
  security,
  responses: {
    200: jsonResponse(
      z
        .object({
          enrolledAt: z.iso.datetime().nullable(),
          recoveryCodesLeft: z.int(),
          isUsed: z.boolean().openapi({ description: 'Whether this session began with it' }),
        })
        .openapi('SecondFactor'),
      'The second factor',
    ),
    ...common,
  },
})

const beginRoute = createRoute({
  method: 'post',
  path,
  summary: 'Begin to set up an authenticator app (RFC 6238); it counts once its first code is confirmed',
  security,
  request: {
    body: jsonBody(z.object({ password: z.string().min(1).max(200), proof: AttemptProofSchema }).strict()),
  },
  responses: {
    200: jsonResponse(
      z.object({
        secret: z.string().openapi({ description: 'In base 32, to be typed into the app' }),
        uri: z.string().openapi({ description: 'For a QR code' }),
      }),
      'What the app needs, shown this once',
    ),
    ...common,
    ...problemResponses('password-wrong', 'conflict', 'busy'),
  },
})

const confirmRoute = createRoute({
  method: 'post',
  path: `${path}/confirmation`,
  summary:
    'End the set-up by the first code; the answer has ten recovery codes, shown this once, and my session',
  security,
  request: { body: jsonBody(z.object({ code: CodeSchema, proof: AttemptProofSchema }).strict()) },
  responses: {
    200: jsonResponse(SessionSchema.extend({ recoveryCodes: z.array(z.string()) }), 'The account has it'),
    ...common,
    ...refused,
  },
})

const removeRoute = createRoute({
  method: 'post',
  path: `${path}/removal`,
  summary: 'Remove my second factor, by a code of it',
  security,
  request: { body: jsonBody(z.object({ code: CodeSchema, proof: AttemptProofSchema }).strict()) },
  responses: { 204: { description: 'Removed, with its recovery codes' }, ...common, ...refused },
})

const signInRoute = createRoute({
  method: 'post',
  path: '/sessions/second-factor',
  summary: 'End a sign-in that was answered with 202, by a code',
  security: [{ service: [] }],
  request: {
    body: jsonBody(
      z
        .object({
          token: z.string().min(1).max(TOKEN_CHARACTERS_MAX).openapi({ description: 'The challenge' }),
          code: CodeSchema,
          proof: AttemptProofSchema,
        })
        .strict(),
    ),
  },
  responses: {
    201: jsonResponse(SessionSchema, 'A session'),
    ...common,
    ...refused,
    ...problemResponses('challenge-ended'),
  },
})

type CodeInput = { account: string; code: string }

export type SecondFactorRoutesDeps = {
  read: (account: string) => Promise<FactorState>
  begin: (input: { account: string; password: string }) => Promise<BeginResult>
  confirm: (input: CodeInput) => Promise<ConfirmResult>
  remove: (input: CodeInput) => Promise<{ status: 'removed' } | CodeRefused>
  answer: (input: { token: string; code: string }) => Promise<AnswerResult>
  /** Sessions that say that both factors were used. */
  createSession: (signedIn: SignedIn) => Session
  renewSession: (claims: TokenClaims<'session'>, account: Account) => Session
}

/** Time-based codes as a second factor: setting up, removing, and signing in with one. */
export function createSecondFactorRoutes(deps: SecondFactorRoutesDeps) {
  const app = createOpenApiApp<OriginEnv>()

  app.openapi(readRoute, async (c) => {
    const { account, session } = requireSession(c)
    const { enrolledAt, recoveryCodesLeft } = await deps.read(account)
    const isUsed = hasSecondFactor(session)
    c.header('cache-control', 'no-store')
    return c.json({ enrolledAt: enrolledAt?.toISOString() ?? null, recoveryCodesLeft, isUsed }, 200)
  })

  app.openapi(beginRoute, async (c) => {
    const { account } = requireSession(c)
    const result = await deps.begin({ account, password: c.req.valid('json').password })
    if (result.status === 'busy') throw signInsBusy(result)
    if (result.status === 'password-wrong') throw new Problem('password-wrong')
    if (result.status === 'enrolled') throw new Problem('conflict', 'There is a second factor already')
    c.header('cache-control', 'no-store')
    return c.json({ secret: result.secret, uri: result.uri }, 200)
  })

  app.openapi(confirmRoute, async (c) => {
    const { account, session } = requireSession(c)
    const result = await deps.confirm({ account, code: c.req.valid('json').code })
    if (result.status !== 'enrolled') throw refusal(result)
    const sent = sendSession(c, deps.renewSession(session, result.account), result.account)
    return c.json({ ...sent, recoveryCodes: result.codes }, 200)
  })

  app.openapi(removeRoute, async (c) => {
    const { account } = requireSession(c)
    const result = await deps.remove({ account, code: c.req.valid('json').code })
    if (result.status !== 'removed') throw refusal(result)
    return c.body(null, 204)
  })

  app.openapi(signInRoute, async (c) => {
    requireService(c)
    const { token, code } = c.req.valid('json')
    const result = await deps.answer({ token, code })
    if (result.status === 'ended') throw new Problem('challenge-ended')
    if (result.status !== 'signed-in') throw refusal(result)
    return c.json(sendSession(c, deps.createSession(result), result.account), 201)
  })

  return app
}

function refusal(result: CodeRefused): Problem {
  if (result.status === 'wrong') return new Problem('code-wrong')
  if (result.status === 'none') return new Problem('conflict', 'There is no second factor to check this by')
  return new Problem('too-many', 'Too many wrong codes', { retryAfterSeconds: result.retryAfterSeconds })
}

/** RFC 8176, section 2: `mfa` where more than one factor was used. */
export function hasSecondFactor({ amr }: Pick<TokenClaims<'session'>, 'amr'>): boolean {
  return amr?.includes('mfa') === true
}
