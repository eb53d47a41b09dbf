import { createRoute, z } from '@hono/zod-openapi'
import { createOpenApiApp, jsonBody, jsonResponse, problemResponses } from '../../shared/http/openapi.ts'
import { Problem } from '../../shared/problem.ts'
import type { TokenClaims } from '../../shared/tokens/kinds.ts'
import type { Account } from '../accounts/account.ts'
import type { RequestConfirmationResult } from '../accounts/account-emails.ts'
import type { ConfirmResult } from '../accounts/confirm-email.ts'
import { TOKEN_CHARACTERS } from '../accounts/email-secrets.ts'
import type { Session } from '../accounts/session.ts'
import type { EmailLanguage } from '../email/message.ts'
import { acceptedLanguage, LanguageSchema } from './accepted-language.ts'
import { emailRefused } from './email-refused.ts'
import { SessionSchema, sendSession } from './open-session.ts'
import { type OriginEnv, requireSession } from './principal.ts'

const RequestSchema = z.object({ language: LanguageSchema }).strict().openapi('EmailConfirmation')

const CodeSchema = z
  .object({ code: z.string().regex(/^[0-9]{6}$/, 'six digits') })
  .strict()
  .openapi('EmailConfirmationCode')

const TokenSchema = z
  .object({ token: z.string().length(TOKEN_CHARACTERS) })
  .strict()
  .openapi('EmailConfirmationToken')

const common = problemResponses(
  'invalid-input',
  'token-missing',
  'token-invalid',
  'token-foreign',
  'unavailable',
)

const requestRoute = createRoute({
  method: 'post',
  path: '/me/email-confirmation',
  summary: 'Send me an e-mail with a link and a code that confirm my address',
  description:
    'Asking again sends the same code while it is good. No code is sent for an address that is confirmed; the answer ' +
    'is the same.',
  security: [{ session: [] }],
  request: { body: jsonBody(RequestSchema) },
  responses: {
    202: { description: 'The e-mail will be sent, unless the address is confirmed' },
    ...common,
    ...problemResponses('busy', 'not-found'),
  },
})

const codeRoute = createRoute({
  method: 'post',
  path: '/me/email-confirmation/completion',
  summary: 'Confirm my address by the code; the answer is my session, which now says that I am proven',
  description: 'A wrong code is answered with `attemptsLeft`, the number of further codes that may be tried.',
  security: [{ session: [] }],
  request: { body: jsonBody(CodeSchema) },
  responses: {
    200: jsonResponse(SessionSchema, 'The address is confirmed'),
    ...common,
    ...problemResponses('confirmation-wrong', 'confirmation-ended', 'address-taken'),
  },
})

const tokenRoute = createRoute({
  method: 'post',
  path: '/me/email-confirmation/link',
  summary: "Confirm my address by the token of an e-mail's link; the answer is my session, as with the code",
  description:
    'A link confirms no account but the one that asked for it. It is good when the code was tried too often.',
  security: [{ session: [] }],
  request: { body: jsonBody(TokenSchema) },
  responses: {
    200: jsonResponse(SessionSchema, 'The address is confirmed'),
    ...common,
    ...problemResponses('confirmation-ended', 'address-taken'),
  },
})

const renewRoute = createRoute({
  method: 'post',
  path: '/me/session',
  summary: 'My session with the name, roles and proof that the account has now; it ends when it would have',
  security: [{ session: [] }],
  responses: { 200: jsonResponse(SessionSchema, 'The session'), ...common, ...problemResponses('not-found') },
})

export type ConfirmationRoutesDeps = {
  requestConfirmation: (input: {
    account: string
    language: EmailLanguage
  }) => Promise<RequestConfirmationResult>
  findAccount: (account: string) => Promise<Account | undefined>
  confirmByCode: (input: { account: string; code: string }) => Promise<ConfirmResult>
  confirmByToken: (input: { account: string; token: string }) => Promise<ConfirmResult>
  renewSession: (claims: TokenClaims<'session'>, account: Account) => Session
}

/** Confirming an e-mail address, and the session that says so. */
export function createConfirmationRoutes(deps: ConfirmationRoutesDeps) {
  const app = createOpenApiApp<OriginEnv>()

  app.openapi(requestRoute, async (c) => {
    const { account } = requireSession(c)
    const { language } = c.req.valid('json')
    const requested = await deps.requestConfirmation({ account, language: acceptedLanguage(c, language) })
    switch (requested.status) {
      case 'queued':
      case 'proven':
        return c.body(null, 202)
      case 'missing':
        throw new Problem('not-found', 'There is no such account')
      default:
        throw emailRefused(requested.status)
    }
  })

  app.openapi(codeRoute, async (c) => {
    const { account, session } = requireSession(c)
    const proven = provenOf(await deps.confirmByCode({ account, ...c.req.valid('json') }))
    return c.json(sendSession(c, deps.renewSession(session, proven), proven), 200)
  })

  app.openapi(tokenRoute, async (c) => {
    const { account, session } = requireSession(c)
    const proven = provenOf(await deps.confirmByToken({ account, ...c.req.valid('json') }))
    return c.json(sendSession(c, deps.renewSession(session, proven), proven), 200)
  })

  app.openapi(renewRoute, async (c) => {
    const { account: id, session } = requireSession(c)
    const account = await deps.findAccount(id)
    if (account === undefined) throw new Problem('not-found', 'There is no such account')
    return c.json(sendSession(c, deps.renewSession(session, account), account), 200)
  })

  return app
}

function provenOf(result: ConfirmResult): Account {
  switch (result.status) {
    case 'proven':
      return result.account
    case 'wrong':
      throw new Problem('confirmation-wrong', undefined, { members: { attemptsLeft: result.attemptsLeft } })
    case 'ended':
      throw new Problem('confirmation-ended')
    case 'taken':
      throw new Problem('address-taken')
  }
}
