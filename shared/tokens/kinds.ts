import { z } from 'zod'

/**
 * The four kinds of token. Each has its own `typ`, issuer and key, so that none can pose as another
 * (RFC 8725, sections 3.11 and 3.12).
 *
 * - `place`   a fan's place in a room, issued and read by gateways alone
 * - `pass`    the right to buy in a room until it expires, issued by gateways, verified by any origin
 * - `session` an authenticated account, issued by the origin, verified by gateways too
 * - `service` a request that a gateway makes on its own behalf
 */
export const TOKEN_KINDS = {
  place: { typ: 'place+jwt', issuer: 'naru-gateway', algorithm: 'HS256' },
  pass: { typ: 'pass+jwt', issuer: 'naru-gateway', algorithm: 'EdDSA' },
  session: { typ: 'session+jwt', issuer: 'naru-origin', algorithm: 'EdDSA' },
  service: { typ: 'service+jwt', issuer: 'naru-gateway', algorithm: 'EdDSA' },
} as const

export type TokenKind = keyof typeof TOKEN_KINDS

export const ROLES = ['fan', 'staff', 'organiser'] as const
export type Role = (typeof ROLES)[number]

/** The audience of a session or service token; that of a place or pass is its room. */
export const AUDIENCES = { session: 'naru', service: 'naru-origin' } as const

/**
 * How an account was proven to be a separate person, which is worth one chance in a draw. Stronger methods (phone,
 * OpenID Connect) become further values of `method`.
 */
const PERSON_PROOF = z.object({
  method: z.enum(['email']),
  /** The value that a room may limit the number of chances by: the domain of an unknown mail provider; '' for none. */
  group: z.string().max(253),
})
export type PersonProof = z.output<typeof PERSON_PROOF>

const common = { aud: z.string(), iat: z.int(), exp: z.int() }

/** The claims of each kind in addition to its issuer. Times are seconds since the epoch (RFC 7519, section 2). */
export const TOKEN_CLAIMS = {
  place: z.object({
    ...common,
    index: z.int().min(0),
    /** The room's epoch in which the index was given, or confirmed after Redis was lost. */
    epoch: z.int().min(1),
    /** The entry's 16 bytes in the log in base64url, to restore it; missing in a place obtained by signing in. */
    entry: z.string().length(22).optional(),
    /**
     * The account that the place is bound to, and whether it takes part in the draw: to restore it in a Redis that lost
     * it.
     */
    sub: z.string().max(64).optional(),
    chance: z.boolean().optional(),
    /** The same as `entry` in tokens issued before the log held hashes. */
    key: z.string().length(22).optional(),
  }),
  pass: z.object({
    ...common,
    sub: z.string(),
    jti: z.string(),
    /**
     * The session under which it was claimed, and when that began: revoking the session ends the pass (OpenID Connect's
     * names).
     */
    sid: z.string().optional(),
    auth_time: z.int().optional(),
    /** The room's epoch in which it was claimed: it is invalid in any other. Missing in older tokens. */
    epoch: z.int().min(1).optional(),
  }),
  session: z.object({
    ...common,
    sub: z.string(),
    name: z.string(),
    roles: z.array(z.enum(ROLES)),
    /** The ID for revoking the session; missing in those issued before sessions had one. */
    jti: z.string().max(64).optional(),
    /** How the user was authenticated (RFC 8176), such as `pwd`, `otp` and `mfa`; missing in older tokens. */
    amr: z.array(z.string().max(16)).max(8).optional(),
    /** How the account was proven; missing until that was done. */
    proof: PERSON_PROOF.optional(),
  }),
  service: z.object({ ...common, sub: z.string() }),
} as const

export type TokenClaims<K extends TokenKind> = z.output<(typeof TOKEN_CLAIMS)[K]>
