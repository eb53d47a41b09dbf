import { createRoute, z } from '@hono/zod-openapi'
import { LanguageSchema, singleLineText } from './fields.ts'
import { jsonBody, jsonResponse, problemResponses, TOKEN_PROBLEMS } from './openapi.ts'
import {
  AccountSchema,
  AttemptProofSchema,
  challenged,
  EmailSchema,
  NewPasswordSchema,
  SessionSchema,
} from './sessions.ts'

const SignInSchema = z
  .object({ email: EmailSchema, password: z.string().min(1).max(200), proof: AttemptProofSchema })
  .strict()
  .openapi('SignIn')

const SignUpSchema = z
  .object({
    email: EmailSchema,
    password: NewPasswordSchema,
    name: singleLineText(100),
    language: LanguageSchema,
    proof: AttemptProofSchema,
  })
  .strict()
  .openapi('SignUp')

export const ME_ROLES = ['fan', 'staff', 'organiser', 'operator'] as const

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

const common = problemResponses(...TOKEN_PROBLEMS, 'invalid-input', 'busy')
const refused = problemResponses('sign-in-failed', 'token-invalid', 'token-missing')

export const signUpRoute = createRoute({
  operationId: 'signUp',
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

export const signInRoute = createRoute({
  operationId: 'signIn',
  method: 'post',
  path: '/sessions',
  summary: 'Sign in',
  security: [{ service: [] }],
  request: { body: jsonBody(SignInSchema) },
  responses: { 201: jsonResponse(SessionSchema, 'A session'), 202: challenged, ...common, ...refused },
})

export const signOutRoute = createRoute({
  operationId: 'signOut',
  method: 'delete',
  path: '/sessions/current',
  summary: 'Sign out: this session is over, wherever its token was copied to',
  security: [{ session: [] }],
  responses: { 204: { description: 'The session is over' }, ...common, ...problemResponses('unavailable') },
})

export const signOutEverywhereRoute = createRoute({
  operationId: 'signOutEverywhere',
  method: 'delete',
  path: '/sessions',
  summary: 'Sign out everywhere; every session of the account is over, this one too',
  security: [{ session: [] }],
  responses: { 204: { description: 'No session is left' }, ...common, ...problemResponses('unavailable') },
})

export const readMeRoute = createRoute({
  operationId: 'readMe',
  method: 'get',
  path: '/me',
  summary: 'Who is signed in, with the roles that they have now',
  security: [{ session: [] }],
  responses: { 200: jsonResponse(MeSchema, 'The account'), ...common, ...problemResponses('not-found') },
})

export type Me = z.input<typeof MeSchema>
