import { createOpenApiApp } from '../../../shared/api/openapi.ts'
import { Problem } from '../../../shared/api/problem.ts'
import {
  answerChallengeRoute,
  beginSecondFactorRoute,
  confirmSecondFactorRoute,
  readSecondFactorRoute,
  removeSecondFactorRoute,
  renewRecoveryCodesRoute,
} from '../../../shared/api/second-factor.ts'
import type { TokenClaims } from '../../../shared/tokens/kinds.ts'
import type {
  AnswerResult,
  BeginResult,
  CodeRefused,
  ConfirmResult,
  FactorState,
  RemoveResult,
  RenewCodesResult,
} from '../../accounts/second-factor/second-factor.ts'
import { type Session, type SignedIn, WITH_PASSWORD, WITH_SECOND_FACTOR } from '../../accounts/session.ts'
import { sendSession, signInsBusy } from './open-session.ts'
import { type OriginEnv, requireService, requireSession } from './principal.ts'

type CodeInput = { account: string; code: string }

export type SecondFactorRoutesDeps = {
  read: (account: string) => Promise<FactorState>
  begin: (input: { account: string; password: string }) => Promise<BeginResult>
  confirm: (input: CodeInput) => Promise<ConfirmResult>
  remove: (input: CodeInput) => Promise<RemoveResult>
  renewCodes: (input: CodeInput) => Promise<RenewCodesResult>
  answer: (input: { token: string; code: string }) => Promise<AnswerResult>
  /** `amr`: the factors that the session was opened with. */
  createSession: (signedIn: SignedIn, amr: readonly string[]) => Session
}

/** Time-based codes as a second factor: setting up, removing, and signing in with one. */
export function createSecondFactorRoutes(deps: SecondFactorRoutesDeps) {
  const app = createOpenApiApp<OriginEnv>()

  app.openapi(readSecondFactorRoute, async (c) => {
    const { account, session } = requireSession(c)
    const { enrolledAt, recoveryCodesLeft } = await deps.read(account)
    const isUsed = hasSecondFactor(session)
    c.header('cache-control', 'no-store')
    return c.json({ enrolledAt: enrolledAt?.toISOString() ?? null, recoveryCodesLeft, isUsed }, 200)
  })

  app.openapi(beginSecondFactorRoute, async (c) => {
    const { account } = requireSession(c)
    const result = await deps.begin({ account, password: c.req.valid('json').password })
    if (result.status === 'busy') throw signInsBusy(result)
    if (result.status === 'password-wrong') throw new Problem('password-wrong')
    if (result.status === 'enrolled') throw new Problem('conflict', 'There is a second factor already')
    c.header('cache-control', 'no-store')
    return c.json({ secret: result.secret, uri: result.uri }, 200)
  })

  app.openapi(confirmSecondFactorRoute, async (c) => {
    const { account } = requireSession(c)
    const result = await deps.confirm({ account, code: c.req.valid('json').code })
    if (result.status !== 'enrolled') throw refusal(result)
    const sent = sendSession(c, deps.createSession(result, WITH_SECOND_FACTOR), result.account)
    return c.json({ ...sent, recoveryCodes: result.codes }, 200)
  })

  app.openapi(removeSecondFactorRoute, async (c) => {
    const { account } = requireSession(c)
    const result = await deps.remove({ account, code: c.req.valid('json').code })
    if (result.status !== 'removed') throw refusal(result)
    return c.json(sendSession(c, deps.createSession(result, WITH_PASSWORD), result.account), 200)
  })

  app.openapi(renewRecoveryCodesRoute, async (c) => {
    const { account } = requireSession(c)
    const result = await deps.renewCodes({ account, code: c.req.valid('json').code })
    if (result.status !== 'renewed') throw refusal(result)
    c.header('cache-control', 'no-store')
    return c.json({ recoveryCodes: result.codes }, 200)
  })

  app.openapi(answerChallengeRoute, async (c) => {
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
