import { createRoute, z } from '@hono/zod-openapi'
import { LanguageSchema } from './fields.ts'
import { TOKEN_CHARACTERS } from './limits.ts'
import { jsonBody, jsonResponse, problemResponses, TOKEN_PROBLEMS } from './openapi.ts'
import { SessionSchema } from './sessions.ts'

const RequestSchema = z.object({ language: LanguageSchema }).strict().openapi('EmailConfirmation')

const CodeSchema = z
  .object({ code: z.string().regex(/^[0-9]{6}$/, 'six digits') })
  .strict()
  .openapi('EmailConfirmationCode')

const TokenSchema = z
  .object({ token: z.string().length(TOKEN_CHARACTERS) })
  .strict()
  .openapi('EmailConfirmationToken')
const common = problemResponses(...TOKEN_PROBLEMS, 'invalid-input', 'unavailable')

export const requestConfirmationRoute = createRoute({
  operationId: 'requestConfirmation',
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

export const confirmByCodeRoute = createRoute({
  operationId: 'confirmByCode',
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

export const confirmByLinkRoute = createRoute({
  operationId: 'confirmByLink',
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

export const renewSessionRoute = createRoute({
  operationId: 'renewSession',
  method: 'post',
  path: '/me/session',
  summary: 'My session with the name, roles and proof that the account has now; it ends when it would have',
  security: [{ session: [] }],
  responses: { 200: jsonResponse(SessionSchema, 'The session'), ...common, ...problemResponses('not-found') },
})
