import { createRoute, z } from '@hono/zod-openapi'
import type { Context } from 'hono'
import { deleteCookie, setCookie } from 'hono/cookie'
import type { Busy } from '../../shared/bounded-queue.ts'
import { createOpenApiApp, jsonBody, jsonResponse, problemResponses } from '../../shared/http/openapi.ts'
import { Problem } from '../../shared/problem.ts'
import { SESSION_COOKIE } from '../../shared/tokens/cookies.ts'
import { ROLES } from '../../shared/tokens/kinds.ts'
import type { Account } from '../accounts/account.ts'
import type { Session } from '../accounts/session.ts'
import type { SignInResult } from '../accounts/sign-in.ts'
import type { SignUpResult } from '../accounts/sign-up.ts'
import { type OriginEnv, requireService, requireSession } from './principal.ts'

const SignInSchema = z
  .object({ email: z.email().max(254), password: z.string().min(1).max(200) })
  .strict()
  .openapi('SignIn')

const SignUpSchema = z
  .object({
    email: z.email().max(254),
    // NIST SP 800-63B, section 5.1.1.2: at least 8 characters, no rules about which.
    password: z.string().min(8).max(200),
    name: z.string().trim().min(1).max(100),
  })
  .strict()
  .openapi('SignUp')

const AccountSchema = z
  .object({ id: z.uuid(), name: z.string(), roles: z.array(z.enum(ROLES)) })
  .openapi('Account')

const SessionSchema = z
  .object({
    account: AccountSchema,
    token: z.string().openapi({ description: 'For programs; browsers have it in an HttpOnly cookie' }),
    expiresAt: z.iso.datetime(),
  })
  .openapi('Session')

const common = problemResponses('invalid-input', 'token-missing', 'token-invalid', 'token-foreign', 'busy')

const signUpRoute = createRoute({
  method: 'post',
  path: '/accounts',
  summary: 'Sign up; the answer is a session',
  security: [{ service: [] }],
  request: { body: jsonBody(SignUpSchema) },
  responses: {
    201: jsonResponse(SessionSchema, 'The account and its first session'),
    ...problemResponses('email-taken'),
    ...common,
  },
})

const signInRoute = createRoute({
  method: 'post',
  path: '/sessions',
  summary: 'Sign in',
  security: [{ service: [] }],
  request: { body: jsonBody(SignInSchema) },
  responses: {
    201: jsonResponse(SessionSchema, 'A session'),
    ...common,
    ...problemResponses('sign-in-failed', 'token-invalid', 'token-missing'),
  },
})

const signOutRoute = createRoute({
  method: 'delete',
  path: '/sessions/current',
  summary: 'Sign out of this browser',
  security: [{ session: [] }],
  responses: { 204: { description: 'The cookie is gone' }, ...common },
})

const meRoute = createRoute({
  method: 'get',
  path: '/me',
  summary: 'Who is signed in',
  security: [{ session: [] }],
  responses: { 200: jsonResponse(AccountSchema, 'The account'), ...common },
})

export type AccountRoutesDeps = {
  signUp: (input: z.output<typeof SignUpSchema>) => Promise<SignUpResult>
  signIn: (input: z.output<typeof SignInSchema>) => Promise<SignInResult>
  createSession: (account: Account) => Session
}

export function createAccountRoutes(deps: AccountRoutesDeps) {
  const app = createOpenApiApp<OriginEnv>()

  app.openapi(signUpRoute, async (c) => {
    requireService(c)
    const result = await deps.signUp(c.req.valid('json'))
    if (result.status === 'busy') throw busy(result)
    if (result.status === 'email-taken') throw new Problem('email-taken')
    return c.json(openSession(c, result.account), 201)
  })

  app.openapi(signInRoute, async (c) => {
    requireService(c)
    const result = await deps.signIn(c.req.valid('json'))
    if (result.status === 'busy') throw busy(result)
    if (result.status === 'refused') throw new Problem('sign-in-failed')
    return c.json(openSession(c, result.account), 201)
  })

  app.openapi(signOutRoute, (c) => {
    requireSession(c)
    deleteCookie(c, SESSION_COOKIE, { prefix: 'host' })
    return c.body(null, 204)
  })

  app.openapi(meRoute, (c) => {
    const { session } = requireSession(c)
    return c.json({ id: session.sub, name: session.name, roles: session.roles }, 200)
  })

  function openSession(c: Context, account: Account) {
    const { token, expiresAt } = deps.createSession(account)
    setCookie(c, SESSION_COOKIE, token, {
      prefix: 'host',
      httpOnly: true,
      sameSite: 'Lax',
      expires: expiresAt,
    })
    c.header('cache-control', 'no-store')
    const { id, name, roles } = account
    return { account: { id, name, roles }, token, expiresAt: expiresAt.toISOString() }
  }

  return app
}

function busy({ retryAfterSeconds }: Busy): Problem {
  return new Problem('busy', 'Many are signing in just now', { retryAfterSeconds })
}
