import {
  type ME_ROLES,
  readMeRoute,
  signInRoute,
  signOutEverywhereRoute,
  signOutRoute,
  signUpRoute,
} from '../../../shared/api/accounts.ts'
import { createOpenApiApp } from '../../../shared/api/openapi.ts'
import { Problem } from '../../../shared/api/problem.ts'
import { displayEmail } from '../../../shared/email-address.ts'
import { deleteOwnCookie } from '../../../shared/http/cookies.ts'
import { SESSION_COOKIE } from '../../../shared/tokens/cookies.ts'
import { sessionId } from '../../../shared/tokens/endable-session.ts'
import type { Permissions } from '../../access/access.ts'
import type { Account } from '../../accounts/account.ts'
import type { SignInResult } from '../../accounts/sign-in.ts'
import type { SignUpInput, SignUpResult } from '../../accounts/sign-up.ts'
import { acceptedLanguage } from '../accepted-language.ts'
import { commonPassword, openSession, type SessionStarter, showAccount, signInsBusy } from './open-session.ts'
import { type OriginEnv, requireService, requireSession } from './principal.ts'

export type AccountRoutesDeps = {
  signUp: (input: SignUpInput) => Promise<SignUpResult>
  signIn: (input: { email: string; password: string }) => Promise<SignInResult>
  endSession: (session: { id: string; account: string; expiresSeconds: number }) => Promise<void>
  signOutEverywhere: (account: string) => Promise<void>
  findAccount: (account: string) => Promise<Account | undefined>
  sessions: SessionStarter
}

export function createAccountRoutes(deps: AccountRoutesDeps) {
  const app = createOpenApiApp<OriginEnv>()

  app.openapi(signUpRoute, async (c) => {
    requireService(c)
    const { email, password, name, ...chosen } = c.req.valid('json')
    const language = acceptedLanguage(c, chosen.language)
    const result = await deps.signUp({ email, password, name, language, roles: ['fan'] })
    if (result.status === 'busy') throw signInsBusy(result)
    if (result.status === 'common-password') throw commonPassword()
    const opened = await openSession(c, deps.sessions, result)
    return opened.status === 'session' ? c.json(opened.body, 201) : c.json(opened.body, 202)
  })

  app.openapi(signInRoute, async (c) => {
    requireService(c)
    const { email, password } = c.req.valid('json')
    const result = await deps.signIn({ email, password })
    if (result.status === 'busy') throw signInsBusy(result)
    if (result.status === 'refused') throw new Problem('sign-in-failed')
    const opened = await openSession(c, deps.sessions, result)
    return opened.status === 'session' ? c.json(opened.body, 201) : c.json(opened.body, 202)
  })

  app.openapi(signOutRoute, async (c) => {
    const { account, session } = requireSession(c)
    await deps.endSession({ id: sessionId(session), account, expiresSeconds: session.exp })
    deleteOwnCookie(c, SESSION_COOKIE)
    return c.body(null, 204)
  })

  app.openapi(signOutEverywhereRoute, async (c) => {
    await deps.signOutEverywhere(requireSession(c).account)
    deleteOwnCookie(c, SESSION_COOKIE)
    return c.body(null, 204)
  })

  app.openapi(readMeRoute, async (c) => {
    const { account: id, session } = requireSession(c)
    const account = await deps.findAccount(id)
    if (account === undefined) throw new Problem('not-found', 'There is no such account')
    const permissions = await c.get('access').permissions(session)
    c.header('cache-control', 'no-store')
    return c.json(
      {
        ...showAccount(account),
        email: displayEmail(account.email),
        roles: rolesOf(permissions),
        createsFestivals: permissions.creates,
        gateFestivals: [...permissions.gateFestivals],
      },
      200,
    )
  })

  return app
}

function rolesOf({ creates, organises, gates, operates }: Permissions): (typeof ME_ROLES)[number][] {
  return [
    'fan',
    ...(gates ? (['staff'] as const) : []),
    ...(creates || organises ? (['organiser'] as const) : []),
    ...(operates ? (['operator'] as const) : []),
  ]
}
