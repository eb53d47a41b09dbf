import type { Context } from 'hono'
import { Problem } from '../../../shared/api/problem.ts'
import type { ApiAnswer } from '../../api/page-api.ts'

const RETRY_SECONDS = 2

/** Sends a visitor to sign in, and from there to the path `next`. */
export function signInFirst(c: Pick<Context, 'redirect'>, next: string): Response {
  return c.redirect(`/sign-in?next=${encodeURIComponent(next)}`, 303)
}

/** The page after a refusal that only a missing session explains; with a session, the origin is unavailable. */
export function signInOrFail(
  c: Pick<Context, 'redirect'>,
  answer: Extract<ApiAnswer<unknown>, { ok: false }>,
  next: string,
): Response {
  if (answer.status === 401) return signInFirst(c, next)
  throw new Problem('unavailable', undefined, { retryAfterSeconds: RETRY_SECONDS })
}
