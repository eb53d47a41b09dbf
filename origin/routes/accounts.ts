import { createRoute, z } from '@hono/zod-openapi'
import { deleteOwnCookie } from '../../shared/http/cookies.ts'
import { createOpenApiApp, jsonBody, jsonResponse, problemResponses } from '../../shared/http/openapi.ts'
import { Problem } from '../../shared/problem.ts'
import { SESSION_COOKIE } from '../../shared/tokens/cookies.ts'
import { sessionId } from '../../shared/tokens/endable-session.ts'
import type { Account } from '../accounts/account.ts'
import { displayEmail } from '../accounts/email-address.ts'
import type { SignInResult } from '../accounts/sign-in.ts'
import type { SignUpInput, SignUpResult } from '../accounts/sign-up.ts'
import type { Standing } from '../teams/access.ts'
import { acceptedLanguage, LanguageSchema } from './accepted-language.ts'
import {
  AccountSchema,
  AttemptProofSchema,
  challenged,
  commonPassword,
  EmailSchema,
  NewPasswordSchema,
  openSession,
  SessionSchema,
  type SessionStarter,
  showAccount,
  signInsBusy,
} from './open-session.ts'
import { type OriginEnv, requireService, requireSession } from './principal.ts'
import { words } from './words.ts'

const SignInSchema = z
  .object({ email: EmailSchema, password: z.string().min(1).max(200), proof: AttemptProofSchema })
  .strict()
  .openapi('SignIn')

const SignUpSchema = z
  .object({
    email: EmailSchema,
    password: NewPasswordSchema,
    name: words(100),
    language: LanguageSchema,
    proof: AttemptProofSchema,
  })
  .strict()
  .openapi('SignUp')

const ME_ROLES = ['fan', 'staff', 'organiser', 'operator'] as const

const MeSchema = AccountSchema.omit({ roles: true })
  .extend({
    email: z.string(),
    roles: z.array(z.enum(ME_ROLES)).openapi({
      description:
        'Whose pages are theirs: `organiser` of who may create festivals or is in the team of one, `staff` of who checks ' +
        'tickets in at one, `operator` of who looks after the installation',
    }),
    createsFestivals: z.boolean(),
    gateFestivals: z
      .array(z.string())
      .openapi({ description: 'The festivals at whose gates they check tickets in' }),
  })
  .openapi('Me')

const common = problemResponses('invalid-input', 'token-missing', 'token-invalid', 'token-foreign', 'busy')
const refused = problemResponses('sign-in-failed', 'token-invalid', 'token-missing')

const signUpRoute = createRoute({
  method: 'post',
  path: '/accounts',
  summary: 'Sign up; the answer is a session',
  description:
    'Where the password opens an account that the address has already, it signs in to that. Any other makes a further ' +
    'account, answered the same as for a new address, of which one can be proven; the owner gets an e-mail.',
  security: [{ service: [] }],
  request: { body: jsonBody(SignUpSchema) },
  responses: {
    201: jsonResponse(SessionSchema, 'The account and a session'),
    202: challenged,
    ...common,
  },
})

const signInRoute = createRoute({
  method: 'post',
  path: '/sessions',
  summary: 'Sign in',
  security: [{ service: [] }],
  request: { body: jsonBody(SignInSchema) },
  responses: { 201: jsonResponse(SessionSchema, 'A session'), 202: challenged, ...common, ...refused },
})

const signOutRoute = createRoute({
  method: 'delete',
  path: '/sessions/current',
  summary: 'Sign out: this session is over, wherever its token was copied to',
  security: [{ session: [] }],
  responses: { 204: { description: 'The session is over' }, ...common, ...problemResponses('unavailable') },
})

const signOutEverywhereRoute = createRoute({
  method: 'delete',
  path: '/sessions',
  summary: 'Sign out everywhere; every session of the account is over, this one too',
  security: [{ session: [] }],
  responses: { 204: { description: 'No session is left' }, ...common, ...problemResponses('unavailable') },
})

const meRoute = createRoute({
  method: 'get',
  path: '/me',
  summary: 'Who is signed in, with the roles that they have now',
  security: [{ session: [] }],
  responses: { 200: jsonResponse(MeSchema, 'The account'), ...common, ...problemResponses('not-found') },
})

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

  app.openapi(meRoute, async (c) => {
    const { account: id, session } = requireSession(c)
    const account = await deps.findAccount(id)
    if (account === undefined) throw new Problem('not-found', 'There is no such account')
    const standing = await c.get('access').standing(session)
    c.header('cache-control', 'no-store')
    return c.json(
      {
        ...showAccount(account),
        email: displayEmail(account.email),
        roles: rolesOf(standing),
        createsFestivals: standing.creates,
        gateFestivals: [...standing.gateFestivals],
      },
      200,
    )
  })

  return app
}

function rolesOf({ creates, organises, gates, operates }: Standing): (typeof ME_ROLES)[number][] {
  return [
    'fan',
    ...(gates ? (['staff'] as const) : []),
    ...(creates || organises ? (['organiser'] as const) : []),
    ...(operates ? (['operator'] as const) : []),
  ]
}
