import { createOpenApiApp } from '../shared/api/openapi.ts'
import { requestConfirmation, requestReset } from './accounts/account-emails.ts'
import { changePassword } from './accounts/change-password.ts'
import { completeReset } from './accounts/complete-reset.ts'
import { confirmByCode, confirmByToken } from './accounts/confirm-email.ts'
import { endSession, type SetPasswordDeps, signOutEverywhere } from './accounts/end-sessions.ts'
import { findAccount } from './accounts/find-account.ts'
import { changeRoles, findAccounts } from './accounts/roles.ts'
import {
  answerChallenge,
  beginEnrolment,
  challengeFor,
  confirmEnrolment,
  readEnrolledAt,
  readSecondFactor,
  removeSecondFactor,
  renewRecoveryCodes,
} from './accounts/second-factor/second-factor.ts'
import { createSession, renewSession } from './accounts/session.ts'
import { signIn } from './accounts/sign-in.ts'
import { signUp } from './accounts/sign-up.ts'
import type { OriginContext } from './context.ts'
import { createAdminAccountRoutes } from './routes/admin/admin-accounts.ts'
import { createAccountRoutes } from './routes/auth/accounts.ts'
import { createConfirmationRoutes } from './routes/auth/confirmations.ts'
import type { SessionStarter } from './routes/auth/open-session.ts'
import { createPasswordRoutes } from './routes/auth/passwords.ts'
import type { OriginEnv } from './routes/auth/principal.ts'
import { createSecondFactorRoutes } from './routes/auth/second-factor.ts'
import { createDevelopmentMailRoutes } from './routes/public/development-mail.ts'

/** The part of the API by which people create accounts, sign in and out, and confirm their addresses. */
export function createAccountsApp(deps: OriginContext) {
  const { db, now, limits } = deps
  const app = createOpenApiApp<OriginEnv>()
  const ending = endingOf(deps)
  const confirming = { db, now, secrets: deps.emailSecrets }
  const sessions: SessionStarter = {
    challenge: (signedIn) => challengeFor(deps, signedIn),
    create: (signedIn, amr) =>
      createSession({ signSession: deps.signSession, seconds: limits.sessionSeconds }, signedIn, amr),
  }
  app.route(
    '/',
    createAccountRoutes({
      signUp: (input) => signUp(deps, input),
      signIn: (input) => signIn(deps, input),
      endSession: (session) => endSession(ending, session),
      signOutEverywhere: (account) => signOutEverywhere(ending, account),
      findAccount: (account) => findAccount(db, account),
      sessions,
    }),
  )
  app.route(
    '/',
    createConfirmationRoutes({
      requestConfirmation: (input) => requestConfirmation(deps, input),
      findAccount: (account) => findAccount(db, account),
      confirmByCode: (input) => confirmByCode(confirming, input),
      confirmByToken: (input) => confirmByToken(confirming, input),
      renewSession: (claims, account) => renewSession(deps, claims, account),
    }),
  )
  app.route('/', createCredentialsApp(deps, sessions))
  app.route(
    '/',
    createAdminAccountRoutes({
      findAccounts: (input) => findAccounts(db, input),
      changeRoles: (input) => changeRoles(deps, input),
    }),
  )
  app.route('/', createDevelopmentMailRoutes(deps))
  return app
}

/** Passwords and second factors: a change of either ends the account's sessions. */
function createCredentialsApp(deps: OriginContext, sessions: SessionStarter) {
  const { db } = deps
  const app = createOpenApiApp<OriginEnv>()
  const ending = endingOf(deps)
  app.route(
    '/',
    createPasswordRoutes({
      requestReset: (input) => requestReset(deps, input),
      completeReset: (input) => completeReset({ ...deps, ...ending }, input),
      changePassword: (input) => changePassword({ ...deps, ...ending }, input),
      isEnrolled: async (account) => (await readEnrolledAt(db, account)) !== null,
      sessions,
    }),
  )
  app.route(
    '/',
    createSecondFactorRoutes({
      read: (account) => readSecondFactor(db, account),
      begin: (input) => beginEnrolment(deps, input),
      confirm: (input) => confirmEnrolment({ ...deps, ...ending }, input),
      remove: (input) => removeSecondFactor({ ...deps, ...ending }, input),
      renewCodes: (input) => renewRecoveryCodes(deps, input),
      answer: (input) => answerChallenge(deps, input),
      createSession: sessions.create,
    }),
  )
  return app
}

function endingOf(deps: OriginContext): SetPasswordDeps {
  const { db, redis, now } = deps
  return {
    ...{ db, redis, now, sessionSeconds: deps.limits.sessionSeconds, mail: deps.mail },
    onEnd: deps.sessionChecks.noteEnd,
    onEndOne: deps.sessionChecks.noteEndOfOne,
  }
}
