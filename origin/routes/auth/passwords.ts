import type { EmailLanguage } from '../../../shared/api/fields.ts'
import { createOpenApiApp } from '../../../shared/api/openapi.ts'
import { changePasswordRoute, completeResetRoute, requestResetRoute } from '../../../shared/api/passwords.ts'
import { Problem } from '../../../shared/api/problem.ts'
import type { RequestEmailResult } from '../../accounts/account-emails.ts'
import type { ChangePasswordResult } from '../../accounts/change-password.ts'
import type { CompleteResetResult } from '../../accounts/complete-reset.ts'
import { acceptedLanguage } from '../accepted-language.ts'
import { emailRefused } from './email-refused.ts'
import { commonPassword, openSession, type SessionStarter, sendSession, signInsBusy } from './open-session.ts'
import { type OriginEnv, requireService, requireSession } from './principal.ts'
import { hasSecondFactor } from './second-factor.ts'

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

  app.openapi(requestResetRoute, async (c) => {
    requireService(c)
    const { email, language } = c.req.valid('json')
    const requested = await deps.requestReset({ email, language: acceptedLanguage(c, language) })
    if (requested.status !== 'queued') throw emailRefused(requested.status)
    return c.body(null, 202)
  })

  app.openapi(completeResetRoute, async (c) => {
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

  app.openapi(changePasswordRoute, async (c) => {
    const { account, session } = requireSession(c)
    const { current, password, ...chosen } = c.req.valid('json')
    const language = acceptedLanguage(c, chosen.language)
    // A session from before the account had one would end those that used it, and continue without.
    if (!hasSecondFactor(session) && (await deps.isEnrolled(account)))
      throw new Problem('second-factor-needed')
    const result = await deps.changePassword({ account, current, password, language })
    if (result.status === 'busy') throw signInsBusy(result)
    if (result.status === 'common-password') throw commonPassword()
    if (result.status === 'refused') throw new Problem('password-wrong')
    // The revoked session was opened with as many factors.
    return c.json(sendSession(c, deps.sessions.create(result, session.amr), result.account), 200)
  })

  return app
}
