import type { IncomingHttpHeaders } from 'node:http'
import { Problem } from '../../shared/api/problem.ts'
import { type CookieScheme, sentName } from '../../shared/http/cookies.ts'
import { placeCookie } from '../../shared/tokens/cookies.ts'
import { claimedKind } from '../../shared/tokens/verify.ts'
import type { PollInterval } from './poll-interval.ts'

/** The problem for a place that polls too soon, or undefined when the poll is allowed. */
export function askedTooOften(floor: PollInterval, placeToken: string): Problem | undefined {
  const seconds = floor(placeToken)
  if (seconds === 0) return undefined
  return new Problem('too-many', 'The place asks too often; the status says how often to ask', {
    retryAfterSeconds: seconds,
  })
}

/**
 * The place token of a status poll, unverified, or undefined: most polls of programs and all polls of a shared cache
 * have none. A bearer token of another kind is not a place token.
 */
export function presentedPlace(
  { authorization, cookie }: Pick<IncomingHttpHeaders, 'authorization' | 'cookie'>,
  room: string,
  cookies: CookieScheme,
): string | undefined {
  if (authorization === undefined && cookie === undefined) return undefined
  const bearer = /^Bearer (\S+)$/i.exec(authorization ?? '')?.[1]
  if (bearer !== undefined) return claimedKind(bearer) === 'place' ? bearer : undefined
  return cookie === undefined ? undefined : cookieValue(cookie, `${sentName(cookies, placeCookie(room))}=`)
}

/** The same result as Hono's `getCookie`, without parsing the other cookies. */
function cookieValue(header: string, name: string): string | undefined {
  let at = header.indexOf(name)
  while (at > 0 && !/[;\s]/.test(header.charAt(at - 1))) at = header.indexOf(name, at + 1)
  if (at < 0) return undefined
  const end = header.indexOf(';', at)
  return header.slice(at + name.length, end < 0 ? undefined : end).trim()
}
