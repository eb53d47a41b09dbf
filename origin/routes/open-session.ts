import { z } from '@hono/zod-openapi'
import type { Context } from 'hono'
import { setCookie } from 'hono/cookie'
import type { Busy } from '../../shared/bounded-queue.ts'
import { Problem } from '../../shared/problem.ts'
import { SESSION_COOKIE } from '../../shared/tokens/cookies.ts'
import { ROLES } from '../../shared/tokens/kinds.ts'
import type { Session, SignedIn } from '../accounts/session.ts'

export const AccountSchema = z
  .object({ id: z.uuid(), name: z.string(), roles: z.array(z.enum(ROLES)) })
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

export const EmailSchema = z.email().max(254)

export type CreateSession = (signedIn: SignedIn) => Session

/** Begins a session: as a cookie for browsers, and as the answer for programs. */
export function openSession(c: Context, createSession: CreateSession, signedIn: SignedIn) {
  const { token, expiresAt } = createSession(signedIn)
  setCookie(c, SESSION_COOKIE, token, {
    prefix: 'host',
    httpOnly: true,
    sameSite: 'Lax',
    expires: expiresAt,
  })
  c.header('cache-control', 'no-store')
  const { id, name, roles } = signedIn.account
  return { account: { id, name, roles }, token, expiresAt: expiresAt.toISOString() }
}

export function signInsBusy({ retryAfterSeconds }: Busy): Problem {
  return new Problem('busy', 'Many are signing in just now', { retryAfterSeconds })
}
