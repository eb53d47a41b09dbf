import { z } from '@hono/zod-openapi'
import type { Context } from 'hono'
import type { Busy } from '../../shared/bounded-queue.ts'
import { setOwnCookie } from '../../shared/http/cookies.ts'
import { jsonResponse } from '../../shared/http/openapi.ts'
import { Problem } from '../../shared/problem.ts'
import { SESSION_COOKIE } from '../../shared/tokens/cookies.ts'
import { ROLES } from '../../shared/tokens/kinds.ts'
import type { Account } from '../accounts/account.ts'
import { EMAIL_CHARACTERS_MAX, parseEmailAddress } from '../accounts/email-address.ts'
import type { Session, SignedIn } from '../accounts/session.ts'

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

// NIST SP 800-63B, section 5.1.1.2: at least 8 characters, no rules about which.
export const NewPasswordSchema = z.string().min(8).max(200)

export const EmailSchema = z
  .string()
  .max(EMAIL_CHARACTERS_MAX)
  .refine((value) => parseEmailAddress(value) !== undefined, 'an e-mail address')
  .openapi({ format: 'email', description: 'The domain may be in any script' })

/** Read by the gateway, which counts attempts; here it means nothing. */
export const AttemptProofSchema = z
  .unknown()
  .optional()
  .openapi({ description: 'The solved challenge that came with a 429: it buys this attempt (see Proof)' })

export function commonPassword(): Problem {
  return new Problem('invalid-input', 'The body is not valid', {
    errors: [
      { pointer: '/password', detail: 'Many people use this password, or it follows from name or address' },
    ],
  })
}

export const ChallengeSchema = z
  .object({
    challenge: z.string().openapi({
      description:
        'For `POST /api/sessions/second-factor`: the account has a second factor, and a code of it is to come',
    }),
  })
  .openapi('SecondFactorChallenge')

/** For an answer to a password that was right, where the account has a second factor. */
export const challenged = jsonResponse(ChallengeSchema, 'The password was right, and a code is needed')

export type SessionStarter = {
  /** Undefined where the account has no second factor. */
  challenge: (signedIn: SignedIn) => Promise<string | undefined>
  create: (signedIn: SignedIn, amr?: readonly string[]) => Session
}

export type Opened =
  | { status: 'session'; body: z.output<typeof SessionSchema> }
  | { status: 'challenge'; body: z.output<typeof ChallengeSchema> }

/** Begins a session and sends it; where the account has a second factor, sends what that is asked by instead. */
export async function openSession(c: Context, sessions: SessionStarter, signedIn: SignedIn): Promise<Opened> {
  const challenge = await sessions.challenge(signedIn)
  if (challenge === undefined) {
    return { status: 'session', body: sendSession(c, sessions.create(signedIn), signedIn.account) }
  }
  c.header('cache-control', 'no-store')
  return { status: 'challenge', body: { challenge } }
}

/** Sends a session: as a cookie for browsers, and as the answer for programs. */
export function sendSession(c: Context, { token, expiresAt }: Session, account: Account) {
  setOwnCookie(c, SESSION_COOKIE, token, { expires: expiresAt })
  c.header('cache-control', 'no-store')
  return { account: showAccount(account), token, expiresAt: expiresAt.toISOString() }
}

export function showAccount({ id, name, roles, proof }: Account): z.output<typeof AccountSchema> {
  return { id, name, roles, proven: proof !== undefined }
}

export function signInsBusy({ retryAfterSeconds }: Busy): Problem {
  return new Problem('busy', 'Many are signing in just now', { retryAfterSeconds })
}
