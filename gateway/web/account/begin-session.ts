import type { Context } from 'hono'
import type { BegunSession, Challenge } from '../../../shared/api/sessions.ts'
import { readOwnCookie } from '../../../shared/http/cookies.ts'
import { SESSION_COOKIE } from '../../../shared/tokens/cookies.ts'
import { type GatewayVerifiers, sessionOf } from '../../api/auth/credentials.ts'
import { forgetRooms } from '../../api/auth/forget-place.ts'
import { forgetOthersPasses } from '../../api/auth/pass-cookies.ts'
import type { ApiAnswer } from '../../api/page-api.ts'
import type { PageEnv } from '../layout/page-context.ts'
import { signInCodePage } from './accounts-security.ts'
import { type DeadlineDeps, timedContext } from './visitors-deadline.ts'

export type BeginDeps = DeadlineDeps & { verifiers: GatewayVerifiers }

/**
 * Continues with the new session. A pass in this browser belongs to another user, unless it is the account's own; a
 * place is preserved, since fans enter before they sign in, unless another account was signed in. Redirects through a
 * page that notices a refused session cookie, which would otherwise lead back to an empty form without an explanation.
 */
export async function beginSession(
  deps: BeginDeps,
  c: Context<PageEnv>,
  answer: Extract<ApiAnswer<BegunSession | Challenge>, { ok: true }>,
  next: string,
): Promise<Response> {
  if ('challenge' in answer.body) {
    c.header('cache-control', 'no-store')
    const form = { challenge: answer.body.challenge, next }
    return c.html(signInCodePage(await contextAt(deps, c, '/sign-in', form), form))
  }
  const account = answer.body.account.id
  const before = sessionOf(deps.verifiers, readOwnCookie(c, SESSION_COOKIE))?.sub
  if (before !== undefined && before !== account) forgetRooms(c)
  else forgetOthersPasses(deps.verifiers, c, account)
  return redirectWith(c, answer.cookies, `/sign-in?begun&next=${encodeURIComponent(next)}`)
}

/** Context whose path is the target of the language switch after a refused form, which cannot be opened with GET. */
export async function contextAt(
  deps: DeadlineDeps,
  c: Context<PageEnv>,
  path: string,
  { next }: { next: string },
) {
  const context = await timedContext(deps, c)
  return { ...context, path: next === '/' ? path : `${path}?next=${encodeURIComponent(next)}` }
}

/** Redirects with the cookies of the API's response. */
export function redirectWith(c: Context, cookies: readonly string[], next: string): Response {
  sendCookies(c, cookies)
  return c.redirect(next, 303)
}

export function sendCookies(c: Context, cookies: readonly string[]): void {
  for (const cookie of cookies) c.header('set-cookie', cookie, { append: true })
}
