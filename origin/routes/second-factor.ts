import { createRoute, z } from '@hono/zod-openapi'
import { createOpenApiApp, jsonBody, jsonResponse, problemResponses } from '../../shared/http/openapi.ts'
import { Problem } from '../../shared/problem.ts'
import type { TokenClaims } from '../../shared/tokens/kinds.ts'
import type {
  AnswerResult,
  BeginResult,
  CodeRefused,
  ConfirmResult,
  FactorState,
  RemoveResult,
  RenewCodesResult,
} from '../accounts/second-factor/second-factor.ts'
import { type Session, type SignedIn, WITH_PASSWORD, WITH_SECOND_FACTOR } from '../accounts/session.ts'
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
  .openapi({ description: 'Six digits of the app; or a recovery code, to sign in or to remove the factor' })

const RecoveryCodesSchema = z.array(z.string()).openapi({ description: 'Shown this once' })

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
    'End the set-up by the first code; the answer has ten recovery codes, shown this once, and a new session',
  description: 'Every session from before is over, and the owner of the account is told by e-mail.',
  security,
  request: { body: jsonBody(z.object({ code: CodeSchema, proof: AttemptProofSchema }).strict()) },
  responses: {
    200: jsonResponse(SessionSchema.extend({ recoveryCodes: RecoveryCodesSchema }), 'The account has it'),
    ...common,
    ...refused,
  },
})

const removeRoute = createRoute({
  method: 'post',
  path: `${path}/removal`,
  summary: 'Remove my second factor, by a code of it; the answer is a new session',
  description: 'Every session from before is over, and the owner of the account is told by e-mail.',
  security,
  request: { body: jsonBody(z.object({ code: CodeSchema, proof: AttemptProofSchema }).strict()) },
  responses: {
    200: jsonResponse(SessionSchema, 'Removed, with its recovery codes'),
    ...common,
    ...refused,
  },
})

const renewCodesRoute = createRoute({
  method: 'post',
  path: `${path}/recovery-codes`,
  summary: 'Replace my recovery codes, by a code of the app; earlier ones are worth nothing then',
  security,
  request: { body: jsonBody(z.object({ code: CodeSchema, proof: AttemptProofSchema }).strict()) },
  responses: {
    200: jsonResponse(z.object({ recoveryCodes: RecoveryCodesSchema }), 'The new ones'),
    ...common,
    ...refused,
  },
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
  remove: (input: CodeInput) => Promise<RemoveResult>
  renewCodes: (input: CodeInput) => Promise<RenewCodesResult>
  answer: (input: { token: string; code: string }) => Promise<AnswerResult>
  /** `amr`: the factors that the session says were used. */
  createSession: (signedIn: SignedIn, amr: readonly string[]) => Session
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
    const { account } = requireSession(c)
    const result = await deps.confirm({ account, code: c.req.valid('json').code })
    if (result.status !== 'enrolled') throw refusal(result)
    const sent = sendSession(c, deps.createSession(result, WITH_SECOND_FACTOR), result.account)
    return c.json({ ...sent, recoveryCodes: result.codes }, 200)
  })

  app.openapi(removeRoute, async (c) => {
    const { account } = requireSession(c)
    const result = await deps.remove({ account, code: c.req.valid('json').code })
    if (result.status !== 'removed') throw refusal(result)
    return c.json(sendSession(c, deps.createSession(result, WITH_PASSWORD), result.account), 200)
  })

  app.openapi(renewCodesRoute, async (c) => {
    const { account } = requireSession(c)
    const result = await deps.renewCodes({ account, code: c.req.valid('json').code })
    if (result.status !== 'renewed') throw refusal(result)
    c.header('cache-control', 'no-store')
    return c.json({ recoveryCodes: result.codes }, 200)
  })

  app.openapi(signInRoute, async (c) => {
    requireService(c)
    const { token, code } = c.req.valid('json')
    const result = await deps.answer({ token, code })
    if (result.status === 'ended') throw new Problem('challenge-ended')
    if (result.status !== 'signed-in') throw refusal(result)
    return c.json(sendSession(c, deps.createSession(result, WITH_SECOND_FACTOR), result.account), 201)
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
