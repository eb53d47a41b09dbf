import type { Context } from 'hono'
import { Problem } from '../../../shared/api/problem.ts'
import type { ApiAnswer } from '../../api/page-api.ts'

const RETRY_SECONDS = 2

/** Redirects a visitor to sign in, and from there to the path `next`. */
export function signInFirst(c: Pick<Context, 'redirect'>, next: string): Response {
  return c.redirect(`/sign-in?next=${encodeURIComponent(next)}`, 303)
}

/** The response to a refusal for lack of a session; if there is a session, the origin is unavailable. */
export function signInOrFail(
  c: Pick<Context, 'redirect'>,
  answer: Extract<ApiAnswer<unknown>, { ok: false }>,
  next: string,
): Response {
  if (answer.status === 401) return signInFirst(c, next)
  throw new Problem('unavailable', undefined, { retryAfterSeconds: RETRY_SECONDS })
}
