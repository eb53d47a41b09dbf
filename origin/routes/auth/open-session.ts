import type { z } from '@hono/zod-openapi'
import type { Context } from 'hono'
import { Problem } from '../../../shared/api/problem.ts'
import type { AccountSchema, ChallengeSchema, SessionSchema } from '../../../shared/api/sessions.ts'
import { setOwnCookie } from '../../../shared/http/cookies.ts'
import type { Busy } from '../../../shared/runtime/bounded-queue.ts'
import { SESSION_COOKIE } from '../../../shared/tokens/cookies.ts'
import type { Account } from '../../accounts/account.ts'
import type { Session, SignedIn } from '../../accounts/session.ts'

export function commonPassword(): Problem {
  return new Problem('invalid-input', 'The body is not valid', {
    errors: [
      { pointer: '/password', detail: 'Many people use this password, or it follows from name or address' },
    ],
  })
}

export type SessionStarter = {
  /** Undefined where the account has no second factor. */
  challenge: (signedIn: SignedIn) => Promise<string | undefined>
  create: (signedIn: SignedIn, amr?: readonly string[]) => Session
}

export type Opened =
  | { status: 'session'; body: z.output<typeof SessionSchema> }
  | { status: 'challenge'; body: z.output<typeof ChallengeSchema> }

/** Opens a session and sends it; where the account has a second factor, sends its challenge instead. */
export async function openSession(c: Context, sessions: SessionStarter, signedIn: SignedIn): Promise<Opened> {
  const challenge = await sessions.challenge(signedIn)
  if (challenge === undefined) {
    return { status: 'session', body: sendSession(c, sessions.create(signedIn), signedIn.account) }
  }
  c.header('cache-control', 'no-store')
  return { status: 'challenge', body: { challenge } }
}

/** Sends a session: as a cookie for browsers, and in the response for programs. */
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
