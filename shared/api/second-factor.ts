import { createRoute, z } from '@hono/zod-openapi'
import { jsonBody, jsonResponse, problemResponses, TOKEN_PROBLEMS } from './openapi.ts'
import { AttemptProofSchema, SessionSchema } from './sessions.ts'

const CODE_CHARACTERS_MAX = 40
const TOKEN_CHARACTERS_MAX = 500
const path = '/me/second-factor'
const security = [{ session: [] }]
const common = problemResponses(...TOKEN_PROBLEMS, 'invalid-input', 'unavailable')
const refused = problemResponses('code-wrong', 'too-many', 'conflict')

const CodeSchema = z
  .string()
  .min(1)
  .max(CODE_CHARACTERS_MAX)
  .openapi({ description: 'Six digits of the app; or a recovery code, to sign in or to remove the factor' })

const RecoveryCodesSchema = z.array(z.string()).openapi({ description: 'Shown this once' })

const SecondFactorSchema = z
  .object({
    enrolledAt: z.iso.datetime().nullable(),
    recoveryCodesLeft: z.int(),
    isUsed: z.boolean().openapi({ description: 'Whether this session began with it' }),
  })
  .openapi('SecondFactor')

export const readSecondFactorRoute = createRoute({
  operationId: 'readSecondFactor',
  method: 'get',
  path,
  summary: 'Whether I have a second factor, and how many recovery codes are left',
  security,
  responses: {
    200: jsonResponse(SecondFactorSchema, 'The second factor'),
    ...common,
  },
})

export const beginSecondFactorRoute = createRoute({
  operationId: 'beginSecondFactor',
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

export const confirmSecondFactorRoute = createRoute({
  operationId: 'confirmSecondFactor',
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

export const removeSecondFactorRoute = createRoute({
  operationId: 'removeSecondFactor',
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

export const renewRecoveryCodesRoute = createRoute({
  operationId: 'renewRecoveryCodes',
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

export const answerChallengeRoute = createRoute({
  operationId: 'answerChallenge',
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

export type SecondFactor = z.input<typeof SecondFactorSchema>
