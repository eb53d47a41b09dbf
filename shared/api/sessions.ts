import { z } from '@hono/zod-openapi'
import { EMAIL_CHARACTERS_MAX, parseEmailAddress } from '../email-address.ts'
import { ROLES } from '../tokens/kinds.ts'
import { jsonResponse } from './openapi.ts'

export const AccountSchema = z
  .object({
    id: z.uuid(),
    name: z.string(),
    roles: z.array(z.enum(ROLES)),
    proven: z.boolean().openapi({ description: 'Whether the e-mail address is confirmed' }),
  })
  .openapi('Account')

export const SessionSchema = z
  .object({
    account: AccountSchema,
    token: z.string().openapi({ description: 'For programs; browsers have it in an HttpOnly cookie' }),
    expiresAt: z.iso.datetime(),
  })
  .openapi('Session')

// NIST SP 800-63B, section 5.1.1.2: at least 8 characters, no composition rules.
export const NewPasswordSchema = z.string().min(8).max(200)

export const EmailSchema = z
  .string()
  .max(EMAIL_CHARACTERS_MAX)
  .refine((value) => parseEmailAddress(value) !== undefined, 'an e-mail address')
  .openapi({ format: 'email', description: 'The domain may be in any script' })

/** Read by the gateway, which counts attempts; the origin ignores it. */
export const AttemptProofSchema = z
  .unknown()
  .optional()
  .openapi({ description: 'The solved challenge that came with a 429: it buys this attempt (see Proof)' })

export const ChallengeSchema = z
  .object({
    challenge: z.string().openapi({
      description:
        'For `POST /api/sessions/second-factor`: the account has a second factor, and a code of it is to come',
    }),
  })
  .openapi('SecondFactorChallenge')

/** The response to a correct password of an account with a second factor. */
export const challenged = jsonResponse(ChallengeSchema, 'The password was right, and a code is needed')

export type BegunSession = z.input<typeof SessionSchema>
export type Challenge = z.input<typeof ChallengeSchema>
