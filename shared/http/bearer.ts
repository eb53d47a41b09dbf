import { Problem } from '../api/problem.ts'

/** The credentials of an `Authorization: Bearer` header (RFC 6750, section 2.1), or undefined when there are none. */
export function bearerToken(authorization: string | undefined): string | undefined {
  if (authorization === undefined) return undefined
  const match = /^Bearer ([A-Za-z0-9._~+/-]+=*)$/i.exec(authorization)
  if (match?.[1] === undefined)
    throw new Problem('token-invalid', 'The Authorization header must be "Bearer <token>"')
  return match[1]
}
